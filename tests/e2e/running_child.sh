#!/bin/sh
# A process ends while its child, which has counted, runs on: what the child has
# counted is in the child's last report, and in no other.
. "$(dirname "$0")/../lib/e2e.sh"
need cc python3

TELEMETRY_DIR=$TEST_SEGMENTS/$$
TELEMETRY_REPORTERS=$TEST_TMP/dump.so
TELEMETRY_DUMP_FILE=$TEST_TMP/dump
TELEMETRY_METRICS='counter(calls.count, span=libc.socket.send)'
export TELEMETRY_DIR TELEMETRY_REPORTERS TELEMETRY_DUMP_FILE TELEMETRY_METRICS
mkdir -m 700 "$TELEMETRY_DIR"
cd "$TEST_TMP" || exit 1
cc -shared -fPIC -I"$TEST_ROOT/shim/include" -o dump.so \
	"$TEST_LIB/dump_reporter.c" || fail "no dump.so"
cat >founder.py <<'END'
import os, socket, sys
a, b = socket.socketpair()
def send(count):
    for i in range(count):
        a.send(b"x")
        b.recv(1)
ready, told = os.pipe()
if os.fork() == 0:
    send(50)
    os.write(told, b"x")
    sys.stdin.read()
    send(5)
else:
    os.read(ready, 1)
    send(7)
END
mkfifo input
LD_PRELOAD=$TEST_SHIM python3 founder.py <input &
founder=$!
exec 9>input
wait $founder || fail "the founder failed"
sum() {
	sed -n 's/^calls.count .* count=\([0-9]*\) .*/\1/p' dump |
		awk '{ sum += $1 } END { print sum + 0 }'
}
[ "$(sum)" = 7 ] || fail "the founder's report has $(sum) calls, not 7"
exec 9>&-
reported() {
	[ "$(sum)" = 62 ]
}
wait_for reported || fail "$(sum) calls in the two reports, not 62: $(cat dump)"
