#!/bin/bash
# X01-X04, X06, X07, X09-X11, X13-X15, X17, X41, X43, X46, X50, X52, X54-X57: the
# text of Prometheus, to the byte, of a program's events.
. "$(dirname "$0")/../lib/pages.sh"

# is BLOCK...: until the blocks of the program's own metrics are these.
is() {
	expected=$(printf '%s\n' "$@")
	until_ok same || hazard_fail "not
$expected
    but
$(own)"
	python3 "$CHECKER" text "$T/page" || hazard_fail "^ $1"
	[ "$(tail -c 1 "$T/page" | od -An -c)" = "  \n" ] || hazard_fail "X52"
}
own() {
	awk '/^# HELP / { ours = $3 !~ /^(db|dns|tls|libc|process|telemetry|target)_/ }
		ours' "$T/page"
}
same() {
	page && [ "$(own)" = "$expected" ]
}

# X01, X09, X15: without descriptions; metrics in the order of the definitions.
serve 'counter(http.request.total, event=e); last_value(cache.key.total, event=e,
	measurement=n); counter(foo123.bar.total, event=e)' '1027x e n=3' wait:
is '# HELP http_request_total ' '# TYPE http_request_total counter' \
	'http_request_total 1027' '# HELP cache_key_total ' \
	'# TYPE cache_key_total gauge' 'cache_key_total 3' \
	'# HELP foo123_bar_total ' '# TYPE foo123_bar_total counter' \
	'foo123_bar_total 1027'
finish

# X02, X10, X11: labels in the order of their names, and a sum of either kind.
serve 'counter(http.request.total, event=e, tags=[method, code],
	description="The total number of HTTP requests.");
	sum(s, event=f, measurement=n, tags=[z, a]);
	sum(level, event=f, measurement=n, up_down=true)' \
	'1027x e / method=post code=200' '3x e / method=post code=400' \
	'f n=3 / z=1 a=2' wait:
is '# HELP http_request_total The total number of HTTP requests.' \
	'# TYPE http_request_total counter' \
	'http_request_total{code="200",method="post"} 1027' \
	'http_request_total{code="400",method="post"} 3' \
	'# HELP s_total ' '# TYPE s_total counter' 's_total{a="2",z="1"} 3' \
	'# HELP level ' '# TYPE level gauge' 'level 3'
finish

# X04, X06, X07: nothing breaks a line.
serve $'counter(q.total, event=e, tags=[query], description="a\nb\\\\c")' \
	'e / query=SELECT+a0."id"+FROM+"users"+AS+a0+WHERE+LIMIT+$1' \
	$'e / query=line\none\\two' $'e / query=\xff' wait:
is '# HELP q_total a\nb\\c' '# TYPE q_total counter' \
	'q_total{query="SELECT a0.\"id\" FROM \"users\" AS a0 WHERE LIMIT $1"} 1' \
	'q_total{query="line\none\\two"} 1' $'q_total{query="\xef\xbf\xbd"} 1'
finish

# X13, X14: a histogram with labels, and one without.
serve 'distribution(d, event=e, measurement=n, tags=[method], buckets=[.05, .1]);
	distribution(b, event=e, measurement=n, buckets=[.05])' \
	'2x e n=0.05 / method=GET' 'e n=0.25 / method=POST' wait:
is '# HELP d ' '# TYPE d histogram' 'd_bucket{method="GET",le="0.05"} 2' \
	'd_bucket{method="GET",le="0.1"} 2' 'd_bucket{method="GET",le="+Inf"} 2' \
	'd_sum{method="GET"} 0.1' 'd_count{method="GET"} 2' \
	'd_bucket{method="POST",le="0.05"} 0' 'd_bucket{method="POST",le="0.1"} 0' \
	'd_bucket{method="POST",le="+Inf"} 1' 'd_sum{method="POST"} 0.25' \
	'd_count{method="POST"} 1' '# HELP b ' '# TYPE b histogram' \
	'b_bucket{le="0.05"} 2' 'b_bucket{le="+Inf"} 3' 'b_sum 0.35' 'b_count 3'
finish

# X17, X57: what is not allowed in a name is one underscore; X56: labels that are
# the same then are joined, and what is the same for Prometheus is added up.
serve 'last_value(http-srv.1.a:b, event=e, measurement=n, tags=[a.b, a_b]);
	counter(v, event=f, tags=[a])' \
	'e n=1 / a.b=1 a_b=2' 'f / a=1' 'f / a=1.0' wait:
is '# HELP http_srv_1_a:b ' '# TYPE http_srv_1_a:b gauge' \
	'http_srv_1_a:b{a_b="1;2"} 1' '# HELP v_total ' '# TYPE v_total counter' \
	'v_total{a="1"} 2'
finish

# X46: two names that are one for Prometheus: the first, and a line in the log.
serve 'counter(a.b, event=e); counter(a_b.total, event=e)' e wait:
is '# HELP a_b_total ' '# TYPE a_b_total counter' 'a_b_total 1'
finish
grep -q 'metric a_b.total is not shown: ' "$T/log" || hazard_fail "X46: $(cat "$T/log")"

# X55: the fewest digits that read back.
for pair in 1.0=1 1e10=10000000000 1e-7=1e-07 -0.0=-0 \
	1e20=100000000000000000000 0.30000000000000004=0.30000000000000004; do
	serve 'last_value(v, event=e, measurement=n)' "e n=${pair%=*}" wait:
	is '# HELP v ' '# TYPE v gauge' "v ${pair#*=}"
	finish
done

# X54: what is executed first in main() counts.
serve 'counter(c, event=e)' e wait:
is '# HELP c_total ' '# TYPE c_total counter' 'c_total 1'
finish

# X41, X43: a list of buckets that is none, an option that is of a reporter.
serve 'distribution(d, event=e, measurement=n, buckets=[2, 1]);
	sum(s, event=e, measurement=n, prometheus_type=gauge); counter(c, event=e)' \
	e wait:
is '# HELP c_total ' '# TYPE c_total counter' 'c_total 1'
finish
grep -q 'buckets' "$T/log" || hazard_fail "X41: $(cat "$T/log")"
grep -q 'prometheus_type' "$T/log" || hazard_fail "X43: $(cat "$T/log")"

# X50: a reporter that cannot start says so, and leaves nothing behind: the other
# one has everything.
vars=(TELEMETRY_REPORTERS="prometheus,$HAZARD_BIN/dump_reporter.so"
	TELEMETRY_PROMETHEUS_ADDRESS=0.0.0.0 TELEMETRY_DUMP_FILE="$T/dump")
page() {
	grep -q prometheus "$T/log"
}
serve 'counter(c, event=e)' e wait:
finish
grep -qx 'c counter - {} count=1 value=1 process=emit' "$T/dump" ||
	hazard_fail "X50: $(cat "$T/dump")"
hazard_finish
