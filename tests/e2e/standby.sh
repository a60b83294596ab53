#!/bin/sh
# The exporter of a group ends, by kill -9 or in order: another process takes
# over, no count falls and none is lost; until then it sleeps.
. "$(dirname "$0")/../lib/e2e.sh"
. "$(dirname "$0")/../lib/ask.sh"
need flock

ask_settings
ask_calls

# begin NAME MODE...: a program whose input is the FIFO NAME.
begin() {
	rm -f "$1"
	mkfifo "$1"
	name=$1
	shift
	LD_PRELOAD=$TEST_SHIM ./calls "$@" <"$name" >"$name.out" 2>"$name.err" 8>&- 9>&- &
	program=$!
}

has_standby() {
	group=$(echo "$TELEMETRY_DIR"/*)
	[ -e "$group/standby" ] && ! flock -s -n "$group/standby" true
}

left() {
	find "$TELEMETRY_DIR" -name '[0-9]*.[0-9]*' -o -name reported | wc -l
}

# Four workers count while their exporter is killed, twice.
begin input steady 4 4000
exec 9>input
wait_for answered '^continues 0$' || fail "nobody answers: $(cat log input.err)"
python3 "$TEST_LIB/takeover.py" "$TELEMETRY_ASK_SOCKET" 20000 \
	"$(echo "$TELEMETRY_DIR"/*)/standby" || fail "log: $(cat log)"
exec 9>&-
wait $program
gone() {
	[ "$(left)" = 0 ]
}
wait_for gone || fail "left: $(find "$TELEMETRY_DIR")"
[ ! -s log ] || fail "logged: $(cat log)"

# A standby sleeps: what the exporter does wakes it not once.
begin one calls 0 100
first=$program
exec 9>one
wait_for answered "^pid $first\$" || fail "the first does not answer"
begin two calls 0 10
second=$program
exec 8>two
wait_for has_standby || fail "no standby"
switches() {
	for task in /proc/$second/task/*; do
		[ "$(cat "$task/comm")" != telemetry ] ||
			grep voluntary "$task/status"
	done
}
wait_for answered ' count=110 ' || fail "not both: $(cat answer)"
before=$(switches)
[ -n "$before" ] || fail "no thread in the standby"
for _ in 1 2 3 4 5 6 7 8 9 10; do
	answered '^pid '
done
[ "$(switches)" = "$before" ] || fail "it woke: $before, then $(switches)"

# Its exporter ends in order; it goes on, with all that was counted.
exec 9>&-
wait "$first" || fail "the first failed"
wait_for answered "^pid $second\$" || fail "the second does not take over"
grep -q ' count=110 ' answer || fail "the count is another: $(cat answer)"
grep -q '^continues 1$' answer || fail "does not go on: $(cat answer)"

# A standby forks, unshares, closes all descriptors; and takes over.
begin three hostile 0 5
third=$program
exec 9>three
wait_for has_standby || fail "the third is no standby"
echo >&9
wait_for grep -q hostile three.out || fail "not hostile: $(cat three.err)"
wait_for has_standby || fail "no standby any more"
kill -9 "$second"
wait_for answered "^pid $third\$" || fail "the third does not take over"
exec 8>&-
exec 9>&-
wait "$third" || fail "the third failed"
grep -q '^unchanged$' three.out || fail "it noticed: $(cat three.out)"
wait_for gone || fail "left: $(find "$TELEMETRY_DIR")"
[ ! -s log ] || fail "logged: $(cat log)"
