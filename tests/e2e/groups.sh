#!/bin/sh
# Every call counts once, in whatever way the processes of a group come and go:
# for a reporter that is asked while they run, and in the last reports.
# slow/groups.sh has more of the situations of lib/family.c.
. "$(dirname "$0")/../lib/e2e.sh"
. "$(dirname "$0")/../lib/ask.sh"

TELEMETRY_LOG=warn
TELEMETRY_LOG_FILE=$TEST_TMP/log
TELEMETRY_METRICS='counter(calls.count, span=libc.socket.send)'
TELEMETRY_EXIT_TIMEOUT=30000
socket=$TEST_TMP/socket
export TELEMETRY_LOG TELEMETRY_LOG_FILE TELEMETRY_METRICS \
	TELEMETRY_EXIT_TIMEOUT TELEMETRY_DIR TELEMETRY_REPORTERS
cd "$TEST_TMP" || exit 1
reporter ask
reporter dump
build family

# sum FILE: the calls in it.
sum() {
	sed -n 's/^calls.count .* count=\([0-9]*\) .*/\1/p' "$1" |
		awk '{ sum += $1 } END { print sum + 0 }'
}

answers() {
	ask "$socket" && [ "$(sum answer)" = "$1" ]
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
		[ "$1" = dump ] || for _ in 1 2 3; do
			wait_for ask "$socket" || fail "$*: no answer"
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

# Processes that become another user, who has no way into the folder.
[ "$(id -u)" = 0 ] || exit 0
begin ask user
wait_for answers "$expected" ||
	fail "user: $(sum answer) calls, not $expected: $(cat log)"
end user

# Two processes with one pid, each in a namespace of its own.
if unshare --pid --fork --mount-proc true 2>/dev/null; then
	begin ask again
	for i in 1 2; do
		unshare --pid --fork --mount-proc \
			env TELEMETRY_ASK_SOCKET="$socket" \
			sh -c "LD_PRELOAD=$TEST_SHIM exec ./family live $i" \
			<input >/dev/null 9>&- &
	done
	wait_for answers $((expected + 3)) ||
		fail "namespaces: $(sum answer), not $expected and 3"
	answers $((expected + 3)) || fail "namespaces: $(sum answer) later"
	end namespaces
	wait
fi

# What such a process needs must be where the other user may read it.
open=$(mktemp -d /tmp/groups.XXXXXX) || exit 1
trap 'rm -rf "$open"' EXIT
chmod 755 "$open"
mkdir -m 777 "$open/run"
cp -r "$TEST_SHIM" "$(dirname "$TEST_SHIM")/reporters" ask.so family "$open"
TEST_SHIM=$open/libtelemetry_shim.so
TEST_TMP=$open
socket=$open/run/socket
cd "$open" || exit 1
unset TELEMETRY_LOG_FILE
begin ask drop 2>err
wait_for answers "$expected" ||
	fail "drop: $(sum answer) calls, not $expected: $(cat err)"
: >log
end drop

# It reports itself, and nobody reports it again.
TELEMETRY_REPORTERS=console
TELEMETRY_DIR=$TEST_SEGMENTS/$$.drop
mkdir -m 700 "$TELEMETRY_DIR"
LD_PRELOAD=$TEST_SHIM ./family drop </dev/null >out 2>err
grep -qE '^ +libc.socket.send +6 ' err || fail "drop: reported $(cat err)"
[ "$(left)" = 1 ] || fail "drop: $(left) files"
LD_PRELOAD=$TEST_SHIM /bin/true 2>err
! grep libc.socket.send err || fail "drop: reported twice: $(cat err)"
[ "$(left)" = 0 ] || fail "drop: $(left) files in the end"
