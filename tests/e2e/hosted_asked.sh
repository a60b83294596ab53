#!/bin/sh
# A process under load looks at its rings ten times a second, but asks only four
# times whether telemetry-host wants the group.
. "$(dirname "$0")/../lib/e2e.sh"
need strace python3

TELEMETRY_DIR=$TEST_SEGMENTS/$$
mkdir -m 700 "$TELEMETRY_DIR"
cd "$TEST_TMP" || exit 1
trap 'kill -9 $program 2>/dev/null' EXIT

mkfifo ends
cat >sends.py <<'END'
import select, socket, sys

a, b = socket.socketpair()
while not select.select([sys.stdin], [], [], 0.01)[0]:
    a.send(b"x")
    b.recv(1)
END
TELEMETRY_REPORTERS=json TELEMETRY_JSON_CONTENT=events \
	TELEMETRY_JSON_FILE=$TEST_TMP/lines TELEMETRY_DIR=$TELEMETRY_DIR \
	LD_PRELOAD=$TEST_SHIM strace -f -qq -ttt -e trace=getdents64,faccessat \
	-o trace python3 sends.py <ends >out 2>&1 &
program=$!
exec 9>ends

# Looks that found records have written lines.
has_looked() {
	[ "$(grep -c 'getdents64(.*) = [1-9]' trace)" -ge 40 ] && [ -s lines ]
}
wait_for has_looked || fail "it does not look: $(tail -n 5 trace out)"
exec 9>&-
wait $program || fail "status $?: $(tail -n 5 out)"

# Of the folder of the group: 16 digits.  Before and after its rounds the process
# asks some more times.
awk -v more=8 '
match($0, /\/[0-9a-f]+\/hosted"/) && RLENGTH == 25 { asked++ }
NR == 1 { first = $2 }
{ last = $2 }
END {
	printf "asked %d times in %.1f s\n", asked, last - first
	exit !(asked >= 4 && asked <= (last - first) / 0.25 + more)
}' trace >asked || fail "$(cat asked)"
