#!/bin/sh
# 2001 processes come and go, eight at a time, every tenth by SIGKILL, while
# their telemetry-host is killed 20 times, and twice is told to end: the sum is
# exact, and never falls.
. "$(dirname "$0")/../lib/e2e.sh"
. "$(dirname "$0")/../lib/ask.sh"

ask_settings
ask_calls
host="" watcher="" program=""
trap 'kill -9 $host $watcher $program 2>/dev/null' EXIT

start_host() {
	"$TEST_BUILD/telemetry-host" 2>>host.err 9>&- &
	host=$!
}

start_host
python3 "$TEST_LIB/never_falls.py" "$TELEMETRY_ASK_SOCKET" 200100 9>&- &
watcher=$!
mkfifo input
LD_PRELOAD=$TEST_SHIM ./calls storm 2000 100 <input >out 9>&- &
program=$!
exec 9>input
echo >&9
restarts=0
while [ $restarts -lt 22 ]; do
	wait_for [ -S socket ] || fail "the host does not come: $(cat host.err)"
	sleep 0.1 # of its work; it may be anywhere
	case $restarts in
	7 | 15) kill $host ;;
	*) kill -9 $host ;;
	esac
	wait $host
	restarts=$((restarts + 1))
	rm -f socket
	start_host
done
exec 9>&-
wait $program || fail "the storm failed"
wait $watcher || fail "the sum fell or is another: $(cat host.err)"
wait_for [ -S socket ] || fail "the host does not come: $(cat host.err)"
kill $host
wait $host || fail "status $?"
