#!/bin/sh
# A non-blocking connect is one span that ends when the program learns how it
# went: by SO_ERROR, by a second connect, by the first bytes, or never.
. "$(dirname "$0")/../lib/e2e.sh"
cd "$TEST_TMP" || exit 1

cat >host.py <<'END'
import errno, os, select, socket
server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen(5)
refuses = socket.socket()
refuses.bind(("127.0.0.1", 0))
here, nowhere = server.getsockname(), refuses.getsockname()

def attempt(address):
    s = socket.socket()
    s.setblocking(False)
    assert s.connect_ex(address) == errno.EINPROGRESS
    return s

def error(s):
    select.select([], [s], [])
    return s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)

good = attempt(here)                       # SO_ERROR, then bytes
assert error(good) == 0 and good.send(b"x") == 1
bad = attempt(nowhere)                     # SO_ERROR
assert error(bad) == errno.ECONNREFUSED
asked = attempt(nowhere)                   # a second connect
select.select([], [asked], [])
assert asked.connect_ex(nowhere) == errno.ECONNREFUSED
left = attempt(here)                       # closed without asking
child = os.fork()                          # whose copy of it says nothing
if child == 0:
    left.close()
    os._exit(0)
os.waitpid(child, 0)
left.close()
print(good.getpeername()[1], bad.fileno() >= 0, asked.fileno() >= 0)
END
LD_PRELOAD=$TEST_SHIM TELEMETRY_DIR=$TEST_SEGMENTS/$$ TELEMETRY_REPORTERS=console \
	TELEMETRY_CONSOLE_MODE=events TELEMETRY_CONSOLE_FILE=events \
	/usr/bin/python3 host.py >out || fail "the program noticed"

ends() {
	grep -c "libc.socket.connect.$1 .*$2" events || :
}
[ "$(ends stop in_progress=true)" = 1 ] || fail "not one that worked"
[ "$(ends exception 'reason=ECONNREFUSED.*in_progress=true')" = 2 ] ||
	fail "not two that were refused"
[ "$(ends exception 'kind=cancel reason=closed')" = 1 ] ||
	fail "not one that was given up"
[ "$(ends exception '')" = 3 ] || fail "a failure was counted twice"
