#!/bin/sh
# telemetry-host is killed, and comes back when a program has counted something
# in between.  A receiver of differences gets nothing twice, and all of what
# comes afterwards; a page has everything.
. "$(dirname "$0")/../lib/e2e.sh"
. "$(dirname "$0")/../lib/statsd.sh"
need jq python3 curl

TELEMETRY_DIR=$TEST_SEGMENTS/$$
TELEMETRY_STATSD_INTERVAL=100
TELEMETRY_PROMETHEUS_SOCKET=$TEST_TMP/socket
export TELEMETRY_DIR TELEMETRY_STATSD_INTERVAL TELEMETRY_PROMETHEUS_SOCKET
mkdir -m 700 "$TELEMETRY_DIR"
cd "$TEST_TMP" || exit 1

start_receiver
host="" program=""
trap 'kill $receiver $host $program 2>/dev/null' EXIT
await_receiver

# As many sends as lines come in, and a line for each.
cat >program.py <<'EOF'
import socket, sys
a, b = socket.socketpair()
for line in sys.stdin:
    a.send(b"x")
    print(flush=True)
EOF
mkfifo input
LD_PRELOAD=$TEST_SHIM OTEL_SERVICE_NAME=shop $python program.py <input >replies &
program=$!
exec 4>input

made=0
has_made() {
	[ "$(wc -l <replies)" = $made ]
}
feed() { # COUNT
	made=$((made + $1))
	yes | head -n "$1" >&4
	wait_for has_made || fail "the program makes no $1 sends"
}
sends() {
	jq -s '[.[] | select(.name == "shop.libc.socket.operations.send.unix.none") | .value] | add // 0' got
}
at_least() {
	[ "$(sends)" -ge "$1" ]
}
start_host() {
	"$TEST_BUILD/telemetry-host" --all --reporters statsd,prometheus \
		2>>host.err 4>&- &
	host=$!
}
reports() {
	jq -s '[.[] | select(.name == "shop.process.uptime")] | length' got
}
more() {
	[ "$(reports)" -gt $((before + 1)) ]
}
has_page() {
	curl -sf --unix-socket socket http://x/metrics >page
}
page_sends() {
	awk '/^libc_socket_operations_total.*"send"/ { print $NF }' page
}

start_host
feed 5
wait_for at_least 5 || fail "$(sends) sends, not 5: $(cat host.err)"
for between in 7 0 20; do
	kill -9 $host
	wait $host 2>/dev/null
	feed $between
	before=$(reports)
	start_host
	wait_for more || fail "the next one reports nothing: $(cat host.err)"
	sent=$(sends)
	[ "$sent" -le $made ] || fail "$sent sends of $made"
	feed 3
	wait_for at_least $((sent + 3)) ||
		fail "of 3 sends afterwards: $(($(sends) - sent))"
	before=$(reports)
	wait_for more || fail "it reports no more: $(cat host.err)"
	[ "$(sends)" -eq $((sent + 3)) ] ||
		fail "of 3 sends afterwards: $(($(sends) - sent))"
	wait_for has_page || fail "no page: $(cat host.err)"
	[ "$(page_sends)" = $made ] || fail "$(page_sends) on the page, not $made"
done
echo "$(sends) of $made sends"
