#!/bin/sh
# prometheus: odd names, all bytes, tags that collide, 10,000 series, exemplars:
# every judge accepts the page, and a server has it all.
. "$(dirname "$0")/../lib/e2e.sh"
. "$TEST_LIB/prometheus.sh"
need cc curl prometheus promtool python3

cd "$TEST_TMP" || exit 1
cc -I"$TEST_ROOT/shim/include" -o serve "$TEST_LIB/serve_reporter.c" ||
	fail "cannot build serve_reporter.c"
mkfifo input
./serve "$TEST_BUILD/reporters/prometheus.so" 10000 port=0 \
	port_file="$PORT_FILE" <input >log &
serve=$!
exec 9>input
wait_for has_port || fail "nobody listens: $(cat log)"
start_server odd="$port"

page text text.1
page open open.1
page text text.2
page open open.2
judge text text.1 text.2
judge open open.1 open.2
[ "$(grep -c '^many_total{' open.1)" = 10000 ] || fail "not 10,000 series"
[ "$(grep -c 'metric odd_calls is not shown' log)" = 1 ] ||
	fail "not one line: $(cat log)"
echo "a page of $(wc -c <open.1) bytes in" \
	"$(awk '/scrape_duration_seconds_sum/ { s = $2 }
		/scrape_duration_seconds_count/ { n = $2 }
		END { printf "%.1f ms", 1000 * s / n }' text.2)"

read_back 'sum(many_total)' 10000
read_back 'count(odd_calls_total)' 3
read_back 'odd_time_seconds_bucket{le="+Inf",exported_le="1"}' 4

has_exemplars() {
	now=$(date +%s)
	curl -sf -G "$api/query_exemplars" \
		--data-urlencode 'query=odd_time_seconds_bucket' \
		-d "start=$((now - 600))" -d "end=$((now + 600))" >exemplars
	grep -q '"span_id":"000000000000feed"},"value":"0.05"' exemplars &&
		grep -q '"span_id":"000000000000beef"},"value":"0.5"' exemplars
}
wait_for has_exemplars || fail "no exemplars: $(cat exemplars)"

kill $prometheus
wait $prometheus
exec 9>&-
wait $serve || fail "serve: status $?"
