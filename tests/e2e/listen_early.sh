#!/bin/sh
# A reporter that is known to listen does so as main begins: in the process of
# the group that has the lock, and only there; no other one loads it, and one
# that only ends does not, either.
. "$(dirname "$0")/../lib/e2e.sh"
. "$(dirname "$0")/../lib/ask.sh"

ask_settings
# By its name it is one of those that come with the shim.
TELEMETRY_REPORTERS=$TEST_TMP/prometheus.so
TELEMETRY_ASK_SOCKET=$TEST_TMP/socket
export TELEMETRY_REPORTERS TELEMETRY_ASK_SOCKET
reporter ask prometheus

# sleeps FIFO: a program that does nothing but wait for the end of its input.
sleeps() {
	mkfifo "$1"
	LD_PRELOAD=$TEST_SHIM /bin/cat <"$1" 8>&- 9>&- &
	program=$!
}

is_cat() {
	grep -q '/cat$' "/proc/$program/maps"
}

sleeps one
first=$program
exec 9>one
wait_for answered "^pid $first\$" || fail "does not answer: $(cat log)"
sleeps two
exec 8>two
wait_for is_cat || fail "the second does not run"
LD_PRELOAD=$TEST_SHIM /bin/true || fail "true is not"
for _ in 1 2 3 4 5; do
	answered "^pid $first\$" || fail "another one answers: $(cat answer)"
done
! grep -q prometheus "/proc/$program/maps" || fail "the second loaded it"
[ "$(find "/proc/$program/task" -maxdepth 1 | wc -l)" = 2 ] ||
	fail "the second has a thread"

# Many that end while they are asked: nobody waits for anything.
exec 8>&-
exec 9>&-
wait
i=0
while [ $i -lt 30 ]; do
	i=$((i + 1))
	rm -f one
	sleeps one
	exec 9>one
	wait_for answered "^pid $program\$" || fail "$i: no answer: $(cat log)"
	(answered . || :) &
	exec 9>&-
	wait $program || fail "$i: status $?"
done
wait
# The option is not one of the reporter of that name.
! grep -v 'TELEMETRY_ASK_SOCKET: there is no such variable' log || fail "logged"
