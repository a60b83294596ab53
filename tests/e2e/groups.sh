#!/bin/sh
# Every call counts once, in whatever way the processes of a group come and go:
# for a reporter that is asked while they run, and in the last reports.
# slow/groups.sh has more of the situations of lib/family.c.
. "$(dirname "$0")/../lib/e2e.sh"
need cc python3

TELEMETRY_LOG=warn
TELEMETRY_LOG_FILE=$TEST_TMP/log
TELEMETRY_METRICS='counter(calls.count, span=libc.socket.send)'
TELEMETRY_EXIT_TIMEOUT=30000
socket=$TEST_TMP/socket
export TELEMETRY_LOG TELEMETRY_LOG_FILE TELEMETRY_METRICS \
	TELEMETRY_EXIT_TIMEOUT TELEMETRY_DIR TELEMETRY_REPORTERS
cd "$TEST_TMP" || exit 1
for reporter in ask dump; do
	cc -shared -fPIC -I"$TEST_ROOT/shim/include" -o $reporter.so \
		"$TEST_LIB/${reporter}_reporter.c" || fail "no $reporter"
done
cc -O1 -pthread -o family "$TEST_LIB/family.c" || fail "cannot build family.c"

ask() {
	python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
while chunk := s.recv(65536):
	sys.stdout.buffer.write(chunk)' "$socket" >answer
}

# sum FILE: the calls in it.
sum() {
	sed -n 's/^calls.count .* count=\([0-9]*\) .*/\1/p' "$1" |
		awk '{ sum += $1 } END { print sum + 0 }'
}

answers() {
	ask && [ "$(sum answer)" = "$1" ]
}

# Files of processes.
left() {
	find "$TELEMETRY_DIR" -name '[0-9]*.[0-9]*' | wc -l
}

says() {
	grep -q "^$1\$" out
}

begin() { # REPORTER SITUATION
	TELEMETRY_REPORTERS=$TEST_TMP/$1.so
	TELEMETRY_DIR=$TEST_SEGMENTS/$$.$1.$2
	mkdir -m 700 "$TELEMETRY_DIR"
	rm -f input out log dump "$socket"
	mkfifo input
	: >out
	if [ "$1" = ask ]; then
		option=TELEMETRY_ASK_SOCKET=$socket
	else
		option=TELEMETRY_DUMP_FILE=$TEST_TMP/dump
	fi
	env "$option" LD_PRELOAD="$TEST_SHIM" ./family "$2" <input >out &
	program=$!
	exec 9>input
	if [ "$2" = thread ]; then
		wait_for says half || fail "$*: $(cat out log)"
		# While it looks dead.
		[ "$1" = dump ] || for i in 1 2 3; do
			wait_for ask || fail "$*: no answer"
		done
		echo >&9
	fi
	wait_for says ready || fail "$*: $(cat out log)"
	expected=$(grep -v '[^0-9]' out | tail -n 1)
}

end() {
	exec 9>&-
	wait $program || fail "$1: it failed: $(cat out log)"
	[ ! -s log ] || fail "$1: logged: $(cat log)"
}

is_over() {
	[ "$(left)" = 0 ] && [ ! -e "$(echo "$TELEMETRY_DIR"/*)/retained" ]
}

for situation in ${GROUPS_SITUATIONS:-kill again daemon orphans}; do
	begin ask $situation
	wait_for answers "$expected" ||
		fail "$situation: $(sum answer) calls, not $expected"
	# The dead are folded by and by, and it stays the same.
	few_left() {
		answers "$expected" && [ "$(left)" -le 1 ]
	}
	wait_for few_left ||
		fail "$situation: $(left) files, $(sum answer) of $expected"
	end $situation
	wait_for is_over || fail "$situation: left: $(ls "$TELEMETRY_DIR"/*)"

	begin dump $situation
	end $situation
	reported() {
		[ -e dump ] && [ "$(sum dump)" = "$expected" ]
	}
	wait_for reported ||
		fail "$situation: $(sum dump) calls reported, not $expected"
	wait_for is_over || fail "$situation: left: $(ls "$TELEMETRY_DIR"/*)"
done
