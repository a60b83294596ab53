#!/bin/bash
# X19-X22, X26-X28, X30-X35, X37-X39, X42, X44, X51: what of a program's events is
# on the page of Prometheus.
. "$(dirname "$0")/../lib/pages.sh"

buckets='distribution(d, event=e, measurement=n, buckets=[1, 2, 3])'

# histogram B1 B2 B3 BINF SUM COUNT
histogram() {
	shows "d_bucket{le=\"1.0\"} $1" "d_bucket{le=\"2.0\"} $2" \
		"d_bucket{le=\"3.0\"} $3" "d_bucket{le=\"+Inf\"} $4" \
		"d_sum $5" "d_count $6"
}

# X19, X20, X21: bounds are inclusive.
serve "$buckets" 'e n=0.1' wait:
histogram 1 1 1 1 0.1 1
finish
serve "$buckets" 'e n=2' 'e n=3.1' wait:
histogram 0 1 1 2 5.1 2
finish
serve "$buckets" 'e n=4' 'e n=5' wait:
histogram 0 0 0 2 9 2
finish

# X22: cumulative over two scrapes; in text of both formats.
serve "$buckets" 'e n=3' 'e n=3' wait: 'e n=1.5' 'e n=0.8' wait:
histogram 0 0 2 2 6 2
cp "$T/page" "$T/first"
proceed
histogram 1 2 4 4 8.3 4
python3 "$CHECKER" text "$T/first" "$T/page" || hazard_fail "^ X22"
page 'Accept: application/openmetrics-text'
python3 "$CHECKER" open "$T/page" || hazard_fail "^ X22"
finish

# X26, X27, X35, X37: gauges, floats, a tag that is there but null.
serve 'last_value(g, event=e, measurement=n, tags=[a], keep=[n > 0]);
	sum(level, event=f, measurement=n, up_down=true);
	sum(paid.total, event=e, measurement=x, tags=[a])' \
	'e n=200000 x=1.5 / a=a' 'e n=190000 x=1.5 / a=b' 'e n=210000 x=2 / a=a' \
	'e n=-1 x=0.25 / a=a' 'e n=7 x=1 / a=null' 'f n=200000' 'f n=-190000' \
	'f n=-10000' wait:
shows 'g{a="a"} 210000' 'g{a="b"} 190000' 'g{a=""} 7' 'level 0' \
	'paid_total{a="a"} 3.75' 'paid_total{a="b"} 1.5' 'paid_total{a=""} 1' \
	'# TYPE g gauge' '# TYPE level gauge' '# TYPE paid_total counter'
finish

# X28, X30, X31: sums by label; another unit, and what is dropped.
serve 'sum(sold, event=e, measurement=n, tags=[who], drop=[n = 100]);
	distribution(took, event=e, measurement=t, unit=native:second,
	buckets=[0.01, 0.1], tags=[who])' \
	'e n=23 t=20000000 / who=users' 'e n=3 t=30000000 / who=clients' \
	'e n=5 t=6000000 / who=users' 'e n=100 t=6000000 / who=users' wait:
shows 'sold_total{who="users"} 28' 'sold_total{who="clients"} 3' \
	'took_seconds_bucket{who="clients",le="0.1"} 1' \
	'took_seconds_bucket{who="users",le="0.01"} 2' \
	'took_seconds_count{who="users"} 3' 'took_seconds_sum{who="users"} 0.032'
finish

# X32, X33, X34: no measurement, no number, no tag.
serve 'sum(s, event=e, measurement=n, tags=[who])' 'e n=1 / who=a' 'e m=5 / who=a' \
	'e n=text / who=a' 'e n=2' wait:
shows 's_total{who="a"} 1' 's_total{who=""} 2'
finish

# X38, X39, X42: what is negative, bounds of all sizes, ranges.
serve 'sum(s, event=e, measurement=n);
	distribution(d, event=f, measurement=n, buckets=[.05, 1, 2.0, 1e6]);
	distribution(r, event=f, measurement=n, buckets=linear(100, 100, 3))' \
	'e n=5' 'e n=-7' 'f n=0.05' 'f n=1' 'f n=3' 'f n=1e7' 'f n=-4' wait:
shows 's_total 5' 'd_bucket{le="0.05"} 2' 'd_bucket{le="1.0"} 3' \
	'd_bucket{le="2.0"} 3' 'd_bucket{le="1e+06"} 4' 'd_bucket{le="+Inf"} 5' \
	'd_sum 10000000.05' 'r_bucket{le="100.0"} 4' 'r_bucket{le="300.0"} 4'
finish

# X44, X51: a summary is one; what nothing is known of has its HELP and TYPE.
serve 'summary(t, event=e, measurement=n); counter(never, event=f)' 'e n=4' wait:
shows '# TYPE t summary' 't{quantile="0.5"} 4' 't{quantile="0.99"} 4' \
	't_sum 4' 't_count 1' '# HELP never_total ' '# TYPE never_total counter'
finish
[ ! -s "$T/log" ] || hazard_fail "logged: $(cat "$T/log")"
hazard_finish
