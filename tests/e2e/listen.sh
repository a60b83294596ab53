#!/bin/sh
# A reporter that listens: it answers for the whole group while the program
# runs, the program never notices, and a reporter that is never done, or that
# cannot start, is bounded.
. "$(dirname "$0")/../lib/e2e.sh"
. "$(dirname "$0")/../lib/ask.sh"

ask_settings
ask_calls

# begin MODE...: the program, its standard input held open.
begin() {
	rm -f input log out "$TELEMETRY_ASK_SOCKET"
	mkfifo input
	LD_PRELOAD=$TEST_SHIM ./calls "$@" <input >out &
	program=$!
	exec 9>input
	wait_for ask || fail "$*: nobody answers: $(cat log out)"
}

# end: what it printed is in `out`.
end() {
	exec 9>&-
	wait $program || fail "the program failed: $(cat out log)"
	grep -q '^unchanged$' out || fail "it noticed: $(cat out)"
}

# Numbers of a program and its children, while they run.
begin calls 3 1000
wait_for answered '^calls.count .* count=4000 ' ||
	fail "not 4000 calls: $(cat answer)"
answered "^pid $program\$" || fail "not the first process: $(cat answer)"
end
[ ! -s log ] || fail "logged: $(cat log)"

# The program forks, unshares, closes all descriptors.
begin hostile 0 0
echo >&9
wait_for grep -q hostile out || fail "not hostile: $(cat out)"
wait_for answered '^pid ' || fail "gone: $(cat log out)"
end
[ ! -s log ] || fail "logged: $(cat log)"

# The same where the descriptors of the reporter are in the program's table: it
# begins anew, and leaves the program's alone.
begin filtered 0 0
echo >&9
wait_for grep -q hostile out || fail "filtered: not hostile: $(cat out)"
wait_for answered '^pid ' || fail "filtered: gone: $(cat log out)"
end
grep -q 'begins anew' log || fail "filtered: nothing was closed: $(cat log)"
[ "$(wc -l <log)" = 1 ] || fail "filtered: logged $(cat log)"

# A reporter that is never done.
for TELEMETRY_ASK_MODE in now endless; do
	export TELEMETRY_ASK_MODE
	begin calls 0 100
	wait_for grep -q 'reporter ask is never done' log ||
		fail "$TELEMETRY_ASK_MODE: not noticed: $(cat log)"
	wait_for answered '^pid ' || fail "$TELEMETRY_ASK_MODE: no answer"
	end
	[ "$(wc -l <log)" = 1 ] || fail "more than once: $(cat log)"
done
unset TELEMETRY_ASK_MODE

# Its place is taken: one line; free again: it takes it.
rm -f input log "$TELEMETRY_ASK_SOCKET"
mkfifo busy input
python3 -c '
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
open("busy").read()
os.unlink(sys.argv[1])' "$TELEMETRY_ASK_SOCKET" &
holder=$!
exec 8>busy
LD_PRELOAD=$TEST_SHIM ./calls calls 0 100 <input >out 8>&- &
program=$!
exec 9>input
wait_for grep -q 'ask: the socket is taken' log || fail "not taken: $(cat log)"
exec 8>&-
wait $holder || fail "the other one failed"
wait_for answered '^calls.count .* count=100 ' || fail "not free: $(cat log)"
end
[ "$(wc -l <log)" = 1 ] || fail "more than one line: $(cat log)"
