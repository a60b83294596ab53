#!/bin/sh
# A receiver of differences gets each call once: of groups that telemetry-host
# finds unreported, of one that has reported itself to the same receiver, and
# around SIGHUP.  Told to end, the host ends, with all that was counted.
. "$(dirname "$0")/../lib/e2e.sh"
. "$(dirname "$0")/../lib/statsd.sh"
need jq python3

TELEMETRY_DIR=$TEST_SEGMENTS/$$
TELEMETRY_LOG_FILE=$TEST_TMP/log
TELEMETRY_STATSD_INTERVAL=100
export TELEMETRY_DIR TELEMETRY_LOG_FILE TELEMETRY_STATSD_INTERVAL
mkdir -m 700 "$TELEMETRY_DIR"
cd "$TEST_TMP" || exit 1

start_receiver
host="" first="" second=""
trap 'kill $receiver $host $first $second 2>/dev/null' EXIT
await_receiver

# Sends as often as lines come in.
cat >host.py <<'END'
import socket, sys
a, b = socket.socketpair()
for line in sys.stdin:
    a.send(b"x")
    b.recv(10)
END
start() { # NAME
	mkfifo "$1.in"
	LD_PRELOAD=$TEST_SHIM OTEL_SERVICE_NAME=$1 $python host.py <"$1.in" 4>&- 5>&- &
}
sends() {
	jq -s "[.[] | select(.name == \"$1.libc.socket.operations.send.unix.none\") | .value] | add // 0" got
}
sent() {
	[ "$(sends "$1")" = "$2" ]
}
expect() { # NAME COUNT
	wait_for sent "$1" "$2" || fail "$1: $(sends "$1") sends, not $2: $(cat log host.err)"
}
total=0
feed() { # DESCRIPTOR COUNT
	yes | head -n "$2" >&"$1"
}
is_reporting() {
	feed 4 1
	total=$((total + 1))
	! sent first 0
}

# One reports itself; another group is not reported by anybody.
TELEMETRY_REPORTERS=statsd start first
first=$!
exec 4>first.in
wait_for is_reporting || fail "the first one reports nothing"
feed 4 20
total=$((total + 20))
expect first $total
start second
second=$!
exec 5>second.in
feed 5 7
"$TEST_BUILD/telemetry-host" --all --reporters statsd 2>host.err 4>&- 5>&- &
host=$!
expect second 7
taken() {
	[ "$(ls "/proc/$first/task")" = "$first" ] &&
		for lock in "$TELEMETRY_DIR"/*/lock; do
			! flock -n "$lock" true || return 1
		done
}
wait_for taken || fail "not taken: $(cat host.err)"
# What it knows of the first one by now has been sent.
reports() {
	jq -s '[.[] | select(.name == "first.process.uptime")] | length' got
}
before=$(reports)
more() {
	[ "$(reports)" -gt $((before + 1)) ]
}
wait_for more || fail "the host does not report"
feed 4 3
feed 5 2
expect first $((total + 3))
expect second 9

# SIGHUP: what was counted before is sent before, and not again.
feed 5 4
before=$(reports)
kill -HUP $host
wait_for more || fail "the host does not report after SIGHUP"
expect second 13
feed 4 5
feed 5 1
expect first $((total + 8))
expect second 14

# SIGTERM, with an interval that has not come.
kill $host
wait $host || fail "status $?"
before=$(reports)
TELEMETRY_STATSD_INTERVAL=600000 "$TEST_BUILD/telemetry-host" --all \
	--reporters statsd 2>host.err 4>&- 5>&- &
host=$!
has_baseline() {
	[ "$(reports)" -gt "$before" ]
}
wait_for has_baseline || fail "no first report"
feed 5 6
$python - "$host" <<'END' || fail "the end took too long, or failed"
import os, select, signal, sys, time
pid = int(sys.argv[1])
fd = os.pidfd_open(pid)
begin = time.monotonic()
os.kill(pid, signal.SIGTERM)
select.select([fd], [], [], 30)
took = time.monotonic() - begin
# Far below the interval; a second for the reporters, and a loaded machine.
assert took < 10, took
END
wait $host || fail "status $?"
host=""
expect second 20
expect first $((total + 8))
! grep -v '"bad"' got | grep -q bad || fail "bad lines: $(grep bad got)"
exec 4>&- 5>&-
wait $first $second
[ ! -s log ] || fail "logged: $(cat log)"
