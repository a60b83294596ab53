#!/bin/sh
# telemetry-run --export-dashboards: what it writes is what Grafana and
# Prometheus load, and each panel asks for series that there are.
. "$(dirname "$0")/../lib/e2e.sh"
need jq promtool prometheus curl python3

run() {
	"$TEST_ROOT/scripts/telemetry-run" "$@"
}
[ "$TEST_BUILD" = "$TEST_ROOT/build" ] || {
	# telemetry-run of a source tree looks for build/.
	sed "s|^libdir=\$|libdir=$TEST_BUILD|" "$TEST_ROOT/scripts/telemetry-run" \
		>"$TEST_TMP/telemetry-run"
	chmod +x "$TEST_TMP/telemetry-run"
	run() {
		"$TEST_TMP/telemetry-run" "$@"
	}
}
cd "$TEST_TMP" || exit 1

run --export-dashboards out || fail "it failed"
for bundle in process sockets dns tls db heap; do
	jq -e --arg uid "telemetry-$bundle" '
		.uid == $uid and (.panels | length) > 0 and
		([.panels[].id] | unique | length) == (.panels | length) and
		all(.panels[]; .title != "" and (.targets | length) > 0 and
		    all(.targets[]; .expr != "" and .refId != ""))' \
		"out/telemetry-$bundle.json" >/dev/null ||
		fail "$bundle: $(head -c 300 "out/telemetry-$bundle.json")"
done
[ ! -e out/telemetry-custom.json ] || fail "there are no other metrics"
[ "$(find out -name '*.tmp')" = "" ] || fail "left: $(ls out)"
promtool check rules out/telemetry-alerts.yml >promtool.out 2>&1 ||
	fail "promtool: $(cat promtool.out)"
grep -q 'SUCCESS: 12 rules' promtool.out || fail "promtool: $(cat promtool.out)"

# Those of the user, and what is wrong.
TELEMETRY_METRICS='sum(shop.revenue, event=shop.order, measurement=amount)' \
	run --export-dashboards own || fail "it failed with metrics"
jq -e '.panels[0].targets[0].expr | contains("rate(shop_revenue_total{")' \
	own/telemetry-custom.json >/dev/null || fail "custom: $(cat own/telemetry-custom.json)"
run --metrics 'summ(a.b.c)' --export-dashboards bad 2>err &&
	fail "a definition that is wrong is fine"
grep -q 'summ' err || fail "says $(cat err)"
run --export-dashboards 2>err
[ $? = 2 ] || fail "no folder is fine"
: >file
run --export-dashboards file/below 2>err && fail "a file is a folder"
mkdir taken taken/telemetry-dns.json
run --export-dashboards taken 2>err && fail "a folder in the way is fine"
grep -q 'taken/telemetry-dns.json' err || fail "says $(cat err)"

# Against a server that has scraped a program: every expression can be asked,
# and the metric in it is one that was there.
mkfifo stdin
LD_PRELOAD=$TEST_SHIM TELEMETRY_REPORTERS=prometheus TELEMETRY_PROMETHEUS_PORT=0 \
	TELEMETRY_PROMETHEUS_PORT_FILE="$TEST_TMP/port" python3 -c '
import socket, sqlite3, sys, time
a, b = socket.socketpair()
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
peer = server.accept()[0]
client.send(b"x"), peer.recv(1), client.close(), peer.close()
socket.getaddrinfo("localhost", 80)
sqlite3.connect(":memory:").execute("select 1").fetchall()
sys.stdin.read()' <stdin &
program=$!
exec 9>stdin
wait_for test -s port || fail "nobody listens"
curl -s "http://127.0.0.1:$(cat port)/metrics" >page
for file in out/telemetry-*.json; do
	jq -r '.panels[].targets[].expr' "$file"
done >expressions
names=$(grep -o '[a-z_0-9]*{job' expressions | sed 's/{job//' | sort -u)
for name in $names; do
	grep -q "^# TYPE ${name%_bucket} \|^# TYPE ${name%_count} \|^# TYPE $name " \
		page || fail "no $name on the page"
done
exec 9>&-
wait $program || fail "the program failed"
# Any server can say whether it understands them.
mkdir data
cat >prometheus.yml <<END
global: { scrape_interval: 1h }
END
python3 - >free <<'END'
import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])
END
prometheus --config.file=prometheus.yml --storage.tsdb.path=data \
	--web.listen-address="127.0.0.1:$(cat free)" >prometheus.log 2>&1 &
server=$!
wait_for curl -sf "http://127.0.0.1:$(cat free)/-/ready" ||
	fail "no server: $(tail -n 3 prometheus.log)"
while read -r expression; do
	expression=$(echo "$expression" |
		sed 's/\$__rate_interval/5m/g; s/"\$[a-z]*"/".*"/g')
	curl -s --data-urlencode "query=$expression" \
		"http://127.0.0.1:$(cat free)/api/v1/query" |
		jq -e '.status == "success"' >/dev/null ||
		fail "the server does not understand $expression"
done <expressions
kill $server
wait $server
exit 0
