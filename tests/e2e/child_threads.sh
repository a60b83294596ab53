#!/bin/sh
# In the child of a fork another thread may be the first to emit, before the one
# that has forked; each has to have counters of its own then.  No allocation and
# no event of the thread's start is seen that would set up the forking one first.
. "$(dirname "$0")/../lib/e2e.sh"
need cc

cd "$TEST_TMP" || exit 1
cc -shared -fPIC -I"$TEST_ROOT/shim/include" -o dump.so \
	"$TEST_LIB/dump_reporter.c" || fail "no reporter"
cc -O1 -pthread -o child "$TEST_LIB/child_threads.c" || fail "no program"
TELEMETRY_WRAP=socket
TELEMETRY_METRICS='counter(calls.count, span=libc.socket.send)'
TELEMETRY_REPORTERS=$TEST_TMP/dump.so
TELEMETRY_DUMP_FILE=$TEST_TMP/dump
TELEMETRY_DIR=$TEST_SEGMENTS/$$.child
export TELEMETRY_WRAP TELEMETRY_METRICS TELEMETRY_REPORTERS \
	TELEMETRY_DUMP_FILE TELEMETRY_DIR
mkdir -m 700 "$TELEMETRY_DIR"
trap 'rm -rf "$TEST_TMP" "$TELEMETRY_DIR"' EXIT

for fork in libc raw; do
	rm -f dump
	LD_PRELOAD=$TEST_SHIM ./child $fork >out || fail "$fork: it failed"
	reported() {
		[ -e dump ] && [ "$(sed -n 's/^calls.count .* count=\([0-9]*\) .*/\1/p' \
			dump | awk '{ sum += $1 } END { print sum + 0 }')" = \
			"$(cat out)" ]
	}
	wait_for reported || fail "$fork: not $(cat out): $(cat dump)"
done
