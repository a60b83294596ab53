#!/bin/sh
# What a reporter opens and closes has numbers of its own table; the program's
# sockets of the same numbers are counted all the same, and a connect that goes on
# is not ended by what a reporter asks.  Where the program has
# another allocator than libc's, as redis has, a reporter's calls come to us.
. "$(dirname "$0")/../lib/e2e.sh"
. "$(dirname "$0")/../lib/ask.sh"
need curl

TELEMETRY_DIR=$TEST_SEGMENTS/$$
TELEMETRY_DEEPBIND=false
TELEMETRY_REPORTERS=prometheus
TELEMETRY_PROMETHEUS_SOCKET=$TEST_TMP/page
TELEMETRY_LOG_FILE=$TEST_TMP/log
export TELEMETRY_DIR TELEMETRY_DEEPBIND TELEMETRY_REPORTERS \
	TELEMETRY_PROMETHEUS_SOCKET TELEMETRY_LOG_FILE
mkdir -m 700 "$TELEMETRY_DIR"
cd "$TEST_TMP" || exit 1
program=
trap 'kill -9 $program 2>/dev/null' EXIT

# Each line of input: one byte through each of 100 pairs.
cat >pairs.py <<'END'
import socket, sys

pairs = [socket.socketpair() for _ in range(100)]
print(len(pairs), flush=True)
for line in sys.stdin:
    for a, b in pairs:
        a.send(b"x")
        b.recv(1)
    print("done", flush=True)
for a, b in pairs:
    a.close()
    b.close()
print("closed", flush=True)
sys.stdin = open("last")
sys.stdin.readline()
END

scrape() {
	curl -sf --unix-socket page -o answer http://localhost/metrics
}

told() { # PATTERN
	awk -v pattern="$1" '$0 ~ pattern { sum += $NF } END { print sum + 0 }' \
		answer
}

mkfifo input last
LD_PRELOAD=$TEST_SHIM python3 pairs.py <input >out &
program=$!
exec 9>input
wait_for grep -q 100 out || fail "the program does not start: $(cat log)"
wait_for scrape || fail "nobody answers: $(cat log)"
for round in 1 2 3 4 5; do
	echo >&9
	lines=$((round + 1))
	wait_for sh -c "[ \$(wc -l <out) = $lines ]" || fail "round $round: $(cat out)"
	scrape || fail "round $round: nobody answers"
	for operation in send recv; do
		count=$(told "^libc_socket_operations_total.*operation=\"$operation\"")
		[ "$count" = $((round * 100)) ] ||
			fail "$count calls of $operation and not $((round * 100))"
	done
done
exec 9>&-
wait_for grep -q closed out || fail "it does not end: $(cat out)"
scrape || fail "nobody answers"
count=$(told '^libc_socket_operations_total.*operation="close"')
[ "$count" = 200 ] || fail "$count calls of close and not 200"
echo >last
wait $program || fail "status $?"
[ ! -s log ] || fail "logged: $(cat log)"

# A connect that the program gives up while the reporter looks at the same number.
cat >attempt.py <<'END'
import errno, select, socket, sys

def next_line():
    # The thread begins behind a call that is seen.
    while not select.select([sys.stdin], [], [], 0.01)[0]:
        pass
    sys.stdin.readline()

server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen(1)
others = [socket.socket() for _ in range(32)]   # numbers that both use
attempt = socket.socket()
attempt.setblocking(False)
assert attempt.connect_ex(server.getsockname()) == errno.EINPROGRESS
assert 32 < attempt.fileno() < 64
print("begun", flush=True)
next_line()
attempt.close()
print("given up", flush=True)
next_line()
END

reporter ask
TELEMETRY_REPORTERS=$TEST_TMP/ask.so
TELEMETRY_ASK_SOCKET=$TEST_TMP/socket
TELEMETRY_ASK_MODE=errors
TELEMETRY_METRICS='counter(waits, span=libc.socket.wait);'\
'counter(made, event=libc.socket.connect.stop);'\
'counter(given.up, event=libc.socket.connect.exception)'
export TELEMETRY_REPORTERS TELEMETRY_ASK_SOCKET TELEMETRY_ASK_MODE \
	TELEMETRY_METRICS
unset TELEMETRY_PROMETHEUS_SOCKET
LD_PRELOAD=$TEST_SHIM python3 attempt.py <input >out &
program=$!
exec 9>input
wait_for grep -q begun out || fail "the program does not start: $(cat log)"
wait_for ask || fail "nobody answers: $(cat log)"
echo >&9
wait_for grep -q 'given up' out || fail "it does not give up: $(cat log)"
answered '^given.up .*count=1 ' || fail "it was not given up: $(cat answer)"
! answered '^made .*count=[^0]' || fail "it was taken for made: $(cat answer)"
exec 9>&-
wait $program || fail "status $?"
[ ! -s log ] || fail "logged: $(cat log)"
