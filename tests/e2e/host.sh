#!/bin/sh
# telemetry-host exports a group from outside: processes come and go before,
# during and after its own restarts, by kill -9 too; no call is lost, no count
# falls, and no process has a thread of ours or loads a reporter.
. "$(dirname "$0")/../lib/e2e.sh"
. "$(dirname "$0")/../lib/ask.sh"
need flock

ask_settings
# A process waits for nobody here: by default no longer than a second.
unset TELEMETRY_EXIT_TIMEOUT
TELEMETRY_METRICS='counter(calls.count, span=libc.socket.send)'
export TELEMETRY_METRICS
reporter ask
reporter dump
build calls
reporters=$TEST_TMP/ask.so,$TEST_TMP/dump.so
trap 'kill -9 $host $second $watcher $program 2>/dev/null' EXIT
host="" second="" watcher="" program=""

is_answered() {
	answered "$2" && grep -q "^pid $1\$" answer
}

# expect PID COUNT: this one answers, with so many calls.
expect() {
	wait_for is_answered "$1" " count=$2 " ||
		fail "not pid $1 count $2: $(cat answer log host.err)"
}

# The options of its reporters are its own, and so is the time for its last
# report.
start_host() {
	TELEMETRY_EXIT_TIMEOUT=30000 \
		TELEMETRY_ASK_SOCKET=$TEST_TMP/socket TELEMETRY_DUMP_FILE=$TEST_TMP/dump \
		"$TEST_BUILD/telemetry-host" "$@" 2>>host.err 9>&- &
}

# A process with children, all of which end in order.
run_calls() {
	LD_PRELOAD=$TEST_SHIM ./calls calls "$1" "$2" </dev/null >out ||
		fail "calls failed"
	grep -qx unchanged out || fail "calls noticed: $(cat out)"
}

# begin NAME MODE...: a program whose input is the FIFO NAME.
begin() {
	rm -f "$1"
	mkfifo "$1"
	name=$1
	shift
	LD_PRELOAD=$TEST_SHIM ./calls "$@" <"$name" >"$name.out" 2>"$name.err" 9>&- &
	program=$!
}

# Neither a thread nor a reporter, in it and its children.
untouched() {
	for pid in $1 $(cat "/proc/$1/task/$1/children"); do
		[ "$(ls "/proc/$pid/task")" = "$pid" ] ||
			fail "a second thread in $pid"
		grep -q libtelemetry_shim "/proc/$pid/maps" ||
			fail "$pid is not observed"
		! grep -E 'ask|dump|reporters/' "/proc/$pid/maps" ||
			fail "$pid has loaded a reporter"
	done
}

marked() {
	ls "$TELEMETRY_DIR"/*/hosted
}

left() {
	find "$TELEMETRY_DIR" -name '[0-9]*.[0-9]*' | wc -l
}

# The whole life of a group, whose processes are started with the arguments of
# the shell, and telemetry-host with "$@".
life() {
	rm -rf "$TELEMETRY_DIR"
	mkdir -m 700 "$TELEMETRY_DIR"
	: >host.err
	# Before any process.
	start_host "$@"
	host=$!
	wait_for answered '^continues 0$' || fail "no host: $(cat host.err log)"
	run_calls 3 100
	expect $host 400
	run_calls 0 50
	expect $host 450

	# It is killed; what goes on, ends and begins without it is not lost.
	begin input steady 3 2000
	exec 9>input
	steady=$program
	python3 "$TEST_LIB/never_falls.py" "$TEST_TMP/socket" 8650 &
	watcher=$!
	wait_for answered ' count=([5-9]|[0-9]{4})' || fail "nobody counts"
	kill -9 $host
	wait $host
	wait_for marked || fail "no mark"
	run_calls 1 100
	untouched $steady
	! answered . 2>/dev/null || fail "somebody answers: $(cat answer)"
	start_host "$@"
	host=$!
	wait $watcher || fail "the count fell, or is another"
	expect $host 8650
	grep -qx 'continues 1' answer || fail "it does not go on"
	untouched $steady

	# In order: a last report, and the same with another one that waits.
	start_host "$@"
	second=$!
	wait_for grep -q "process $host (telemetry-host) exports" host.err ||
		fail "does not say who exports: $(cat host.err)"
	rm -f dump
	kill $host
	wait $host || fail "status $? of the host"
	host=$second
	second=""
	grep -q '^calls.count .* count=8650 ' dump ||
		fail "no last report: $(cat dump)"
	expect $host 8650
	exec 9>&-
	wait $steady
	grep -qx unchanged input.out || fail "noticed: $(cat input.out)"

	# All processes end while there is no host.
	begin input calls 1 5
	exec 9>input
	expect $host 8660
	rm -f dump
	kill -INT $host
	wait $host || fail "status $? of the host"
	exec 9>&-
	wait $program
	run_calls 1 5
	[ "$(grep -c '^calls.count' dump)" = 1 ] || fail "reported: $(cat dump)"
	start_host "$@"
	host=$!
	expect $host 8670
	grep -qx 'continues 1' answer || fail "it does not go on"
}

life --reporters "$reporters"
wait_for [ "$(left)" = 0 ] || fail "not folded: $(ls "$TELEMETRY_DIR"/*)"
! "$TEST_BUILD/telemetry-host" --release 2>err || fail "released in use"
grep -q "process $host (telemetry-host) exports this group; end it first" err ||
	fail "does not say why: $(cat err)"
kill $host
wait $host
host=
"$TEST_BUILD/telemetry-host" --release || fail "cannot release"
[ -z "$(find "$TELEMETRY_DIR" -type f -size +0)" ] ||
	fail "left: $(find "$TELEMETRY_DIR" -type f -size +0)"
run_calls 2 100
[ "$(left)" = 0 ] || fail "left: $(ls "$TELEMETRY_DIR"/*)"

# The same where the processes have reporters themselves, of which one listens:
# but for the host each would start a thread as main begins.
TELEMETRY_REPORTERS=$reporters
TELEMETRY_ASK_SOCKET=$TEST_TMP/socket
TELEMETRY_DUMP_FILE=$TEST_TMP/dump
export TELEMETRY_REPORTERS TELEMETRY_ASK_SOCKET TELEMETRY_DUMP_FILE
life

# One that has no way to the folder any more knows whose it is.
cat >leaver.py <<'END'
import os, select, socket, sys
a, b = socket.socketpair()
a.send(b"x")
for what in sys.argv[1:]:
    os.chdir("/")
    os.chroot("/proc") if what == "root" else os.setuid(65534)
a.send(b"x")
threads = 0
for i in range(80):
    select.select([], [], [], 0.005)
    threads = max(threads, os.stat("/self/task" if "root" in sys.argv
                                   else "/proc/self/task").st_nlink - 2)
a.send(b"x")
print(threads)
END
if [ "$(id -u)" = 0 ]; then
	count=0
	for ways in user 'root user'; do
		# shellcheck disable=SC2086
		LD_PRELOAD=$TEST_SHIM python3 leaver.py $ways >out 2>err ||
			fail "$ways: $(cat err)"
		[ "$(cat out)" = 1 ] || fail "$ways: $(cat out) threads"
		count=$((count + 3))
		wait_for answered "count=$count .*process=python3" ||
			fail "$ways: not counted: $(cat answer)"
	done
fi

# A process has begun without a host, and exports; one comes, and has it.
kill $host
wait $host
host=
"$TEST_BUILD/telemetry-host" --release || fail "cannot release"
rm -f dump
: >host.err
begin input calls 0 7
exec 9>input
expect $program 7
start_host
host=$!
wait_for grep -q "process $program (calls) exports this group; waiting" \
	host.err || fail "does not say who exports: $(cat host.err)"
expect $host 7
alone() {
	[ "$(ls "/proc/$program/task")" = "$program" ]
}
wait_for alone || fail "its thread is still there"
exec 9>&-
wait $program
grep -qx unchanged input.out || fail "noticed: $(cat input.out)"
[ ! -e dump ] || fail "it has reported: $(cat dump)"

# Somebody removes its folder: what comes then has a new one.
rm -rf "$TELEMETRY_DIR"
wait_for marked || fail "the host has no folder any more"
run_calls 1 20
expect $host 40
kill $host
wait $host || fail "status $?"
[ ! -s log ] || fail "logged: $(cat log)"
