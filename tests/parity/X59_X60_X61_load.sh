#!/bin/bash
# X59, X60, X61: pages while events are written, memory without any, series
# beyond the limit, slow clients, children, and an end in between.
#
# shellcheck disable=SC2046 # lists of numbered files
. "$(dirname "$0")/../lib/pages.sh"

definitions='distribution(d, event=e, measurement=n, buckets=[10, 100], tags=[k]);
	counter(c, event=e)'

# X59: two clients, as fast as they can, each page by itself and against the one
# before.
scrapes() { # NAME COUNT
	local i

	for i in $(seq "$2"); do
		curl -sSf -H "$3" -o "$T/$1.$i" \
			"http://127.0.0.1:$(cat "$T/port")/metrics" || return 1
	done
}
serve "$definitions" wait: '400000x e n=5 / k=a' 'thread:300000x e n=50 / k=b' \
	'300000x e n=500 / k=a' wait:
proceed
scrapes one 10 'Accept: text/plain' 9>&- &
one=$!
scrapes two 10 'Accept: application/openmetrics-text' ||
	hazard_fail "X59: a scrape failed"
wait $one || hazard_fail "X59: a scrape failed"
shows 'c_total 1000000' 'd_bucket{k="a",le="10.0"} 400000' \
	'd_bucket{k="b",le="100.0"} 300000' 'd_count{k="a"} 700000'
python3 "$CHECKER" text $(printf "$T/one.%d " $(seq 10)) "$T/page" ||
	hazard_fail "^ X59"
python3 "$CHECKER" open $(printf "$T/two.%d " $(seq 10)) || hazard_fail "^ X59"
finish

# X60: a million values take no more memory than a hundred.
memory() {
	serve "$definitions" wait: "$1x e n=5 / k=a" wait:
	proceed
	shows "c_total $1"
	sed -n 's/^VmHWM: *\([0-9]*\) kB/\1/p' "/proc/$program/status"
	finish
}
few=$(memory 100)
many=$(memory 1000000)
[ "$((many - few))" -lt 1024 ] || hazard_fail "X60: $few KiB, then $many KiB"

# 12,000 series of 10,000: what is beyond is one more, and counted.
mapfile -t events < <(seq -f 'e / k=%.0f' 12000)
vars=(TELEMETRY_MEMORY_LIMIT=64M)
serve 'counter(c, event=e, tags=[k], max_series=10000)' "${events[@]}" wait:
shows 'c_total{k="",otel_metric_overflow="true"} 2000' 'c_total{k="1"} 1'
[ "$(grep -c '^c_total{k="[0-9]' "$T/page")" = 10000 ] ||
	hazard_fail "not 10,000 series"
grep -qx 'telemetry_overflowed_total{metric="c"} 2000' "$T/page" ||
	hazard_fail "not counted: $(grep overflow "$T/page")"
finish
vars=()

# X61: a hundred clients that send a byte now and then keep nobody out.
serve "$definitions" 'e n=1 / k=a' wait: '100x e n=1 / k=a' wait:
python3 -c '
import socket, sys, time
clients = [socket.create_connection(("127.0.0.1", int(sys.argv[1])))
           for _ in range(100)]
print("there", flush=True)
while True:
    for client in clients:
        try:
            client.send(b"X")
        except OSError:
            pass
    time.sleep(0.05)' "$(cat "$T/port")" >"$T/loris" 9>&- &
loris=$!
until_ok grep -q there "$T/loris" || hazard_fail "X61: no slow clients"
shows 'c_total 1'
proceed
shows 'c_total 101'
grep -q '^telemetry_prometheus_errors_total{reason="evicted"} [1-9]' "$T/page" ||
	hazard_fail "X61: nobody was evicted"
finish
kill $loris
wait $loris 2>/dev/null

# Children, one after the other, while it is scraped: each counts once.
serve "$definitions" wait: 'e n=1 / k=a' \
	'fork:100x e n=1 / k=a' 'fork:100x e n=1 / k=b' 'fork:100x e n=1 / k=a' \
	'fork:100x e n=1 / k=b' 'fork:100x e n=1 / k=a' 'fork:100x e n=1 / k=b' \
	wait:
proceed
scrapes forks 10 'Accept: text/plain' || hazard_fail "forks: a scrape failed"
shows 'c_total 601' 'd_count{k="a"} 301' 'd_count{k="b"} 300'
python3 "$CHECKER" text $(printf "$T/forks.%d " $(seq 10)) "$T/page" ||
	hazard_fail "^ forks"
finish

# It ends while somebody reads, and while somebody asks.
for i in 1 2 3; do
	serve "$definitions" 'e n=1 / k=a' wait:
	scrapes end 1000 'Accept: text/plain' 9>&- 2>/dev/null &
	asking=$!
	finish
	wait $asking && hazard_fail "it still answers"
	[ ! -e "$T/port" ] || hazard_fail "the port's file is still there"
	[ ! -s "$T/log" ] || hazard_fail "logged: $(cat "$T/log")"
done
hazard_finish
