#!/bin/sh
# The process that reports for its group is killed.  The next one begins where
# it stopped: what the receiver has counted is sent once.
. "$(dirname "$0")/../lib/e2e.sh"
. "$(dirname "$0")/../lib/statsd.sh"
need jq python3

TELEMETRY_DIR=$TEST_SEGMENTS/$$
TELEMETRY_REPORTERS=statsd
TELEMETRY_LOG_FILE=$TEST_TMP/log
TELEMETRY_EXIT_TIMEOUT=30000
TELEMETRY_STATSD_INTERVAL=100
export TELEMETRY_DIR TELEMETRY_REPORTERS TELEMETRY_LOG_FILE \
	TELEMETRY_EXIT_TIMEOUT TELEMETRY_STATSD_INTERVAL
mkdir -m 700 "$TELEMETRY_DIR"
cd "$TEST_TMP" || exit 1

start_receiver
second=
trap 'kill $receiver $second 2>/dev/null; rm -rf "$TEST_TMP" "$TELEMETRY_DIR"' EXIT
await_receiver

# Sends as often as lines come in; a line of ours for each.
cat >host.py <<'END'
import socket, sys
a, b = socket.socketpair()
for line in sys.stdin:
    a.send(b"x")
    b.recv(10)
END
start() { # NAME
	mkfifo "$1.in"
	TELEMETRY_STATSD_PORT=$(cat got.port) LD_PRELOAD=$TEST_SHIM \
		OTEL_SERVICE_NAME=shop $python host.py <"$1.in" &
}
sends() {
	jq -s '[.[] | select(.name == "shop.libc.socket.operations.send.unix.none") | .value] | add' got
}
sent() {
	[ "$(sends)" = "$1" ]
}
gauges() {
	grep -c '"shop.process.uptime"' got
}
more_gauges() {
	[ "$(gauges)" -gt "$1" ]
}

# Each line is a send; a process starts to report when it has lived for a while
# and does something.
total=0
feed() { # DESCRIPTOR COUNT
	yes | head -n "$2" >&"$1"
	total=$((total + $2))
}
is_reporting() {
	feed "$1" 1
	[ -n "$(sends)" ] && [ "$(sends)" != null ]
}

start first
first=$!
exec 4>first.in
wait_for is_reporting 4 || fail "the first one reports nothing"
feed 4 5
wait_for sent $total || fail "the first one: $(sends) sends, not $total"
start second
second=$!
exec 5>second.in
# It waits to take over.
is_standby() {
	feed 5 1
	grep -qs telemetry /proc/$second/task/*/comm
}
wait_for is_standby || fail "the second one has no thread"
feed 5 7
wait_for sent $total || fail "both: $(sends) sends, not $total"

kill -9 $first
wait $first 2>/dev/null
before=$(gauges)
wait_for more_gauges $((before + 1)) || fail "nobody took over"
feed 5 3
wait_for sent $total || fail "after the first one was killed: $(sends) sends, not $total"
exec 5>&-
wait $second || fail "the second one failed"
kill $receiver
wait $receiver 2>/dev/null
sent $total || fail "at the end: $(sends) sends, not $total"
! grep '"bad"' got || fail "a line that is wrong"
