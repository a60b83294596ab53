#!/bin/sh
# Whom each send went to, as the records say it: addresses of all families, in
# children, threads and numbers that come again.
. "$(dirname "$0")/../lib/e2e.sh"
need python3

TELEMETRY_DIR=$TEST_SEGMENTS/$$
TELEMETRY_REPORTERS=json
TELEMETRY_JSON_FILE=$TEST_TMP/lines
TELEMETRY_JSON_CONTENT=events
TELEMETRY_RECORD=libc.socket.send
TELEMETRY_LOG_FILE=$TEST_TMP/log
TELEMETRY_EXIT_TIMEOUT=30000
export TELEMETRY_DIR TELEMETRY_REPORTERS TELEMETRY_JSON_FILE \
	TELEMETRY_JSON_CONTENT TELEMETRY_RECORD TELEMETRY_LOG_FILE TELEMETRY_EXIT_TIMEOUT
mkdir -m 700 "$TELEMETRY_DIR"
cd "$TEST_TMP" || exit 1

# /usr/bin: elsewhere python3 may be a script that starts others.
python=/usr/bin/python3
[ -x $python ] || python=python3

cat >host.py <<'END'
import os, signal, socket, sys, threading
from socket import AF_INET, AF_INET6, AF_UNIX, SOCK_STREAM

TIMES = 4  # the first ones are told otherwise than those that come again
expected = open("expected", "a")
size = int(sys.argv[1])

def send(s, address=None, port=None):
    """Each with a number of bytes of its own."""
    global size
    for _ in range(TIMES):
        size += 1
        s.send(b"x" * size)
        print(size, address, port, file=expected, flush=True)

def listen(family, address):
    s = socket.socket(family, SOCK_STREAM)
    if family == AF_INET6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    s.bind(address)
    s.listen()
    return s

def connect(server, family, address, fd=None):
    """A connection, both ends; of that number if there is one."""
    s = socket.socket(family, SOCK_STREAM)
    if fd is not None and s.fileno() != fd:
        os.dup2(s.fileno(), fd)
        s.close()
        s = socket.socket(fileno=fd)
    s.connect(address)
    return s, server.accept()[0]

def in_child(first, run):
    global size
    pid = os.fork()
    if pid == 0:
        size = first
        run()
        os._exit(0)
    assert os.waitpid(pid, 0)[1] in (0, signal.SIGKILL)

def die(s, *peer):
    send(s, *peer)
    os.kill(os.getpid(), signal.SIGKILL)

def grandchild(s, *peer):
    send(s, *peer)
    in_child(3000, lambda: send(s, *peer))

if size:  # executed
    s = socket.socket(fileno=int(sys.argv[2]))
    send(s, sys.argv[3], int(sys.argv[4]))
    sys.exit()

four = listen(AF_INET, ("127.0.0.1", 0))
port = four.getsockname()[1]
a, b = connect(four, AF_INET, ("127.0.0.1", port))
back = a.getsockname()[1]
send(a, "127.0.0.1", port)
send(b, "127.0.0.1", back)
# By turns, at one number.
c, d = connect(four, AF_INET, ("127.0.0.1", port))
number = c.fileno()
any_four = listen(AF_INET, ("0.0.0.0", 0))
any_port = any_four.getsockname()[1]
for host in 3, 40, 255, 3:
    c.detach()  # closed by what replaces it
    d.close()
    where = (f"127.1.0.{host}", any_port)
    c, d = connect(any_four, AF_INET, where, number)
    assert c.fileno() == number
    send(c, *where)
# UNIX: a path, an abstract name, none.
for name, text in ("sock", "sock"), ("\0abstract-" + str(os.getpid()),
                                    "@abstract-" + str(os.getpid())):
    server = listen(AF_UNIX, name)
    e, f = connect(server, AF_UNIX, name)
    send(e, text)
    send(f, "unnamed")
    c.detach()
    c, d = connect(server, AF_UNIX, name, number)
    send(c, text)
    c.close()
    c, d = connect(any_four, AF_INET, where, number)
pair = socket.socketpair()
send(pair[0])
# In children: what they have inherited, in their own segments.
in_child(1000, lambda: send(a, "127.0.0.1", port))
in_child(1100, lambda: send(c, *where))
in_child(1200, lambda: die(b, "127.0.0.1", back))
in_child(2000, lambda: grandchild(c, *where))
os.set_inheritable(a.fileno(), True)
if (pid := os.fork()) == 0:
    os.execv(sys.executable, [sys.executable, sys.argv[0], "4000",
                              str(a.fileno()), "127.0.0.1", str(port)])
assert os.waitpid(pid, 0)[1] == 0
for s in a, c:
    t = threading.Thread(target=send, args=(s, *s.getpeername()))
    t.start()
    t.join()
send(a, "127.0.0.1", port)

def over_ipv6():
    six = listen(AF_INET6, ("::", 0))
    where = ("::1", six.getsockname()[1])
    g, h = connect(six, AF_INET6, where)
    send(g, *where)
    send(h, "::1", g.getsockname()[1])
    # IPv4 at such a socket, at one end or at both.
    g, h = connect(six, AF_INET, ("127.0.0.1", where[1]))
    send(g, "127.0.0.1", where[1])
    send(h, "::ffff:127.0.0.1", g.getsockname()[1])
    g, h = connect(six, AF_INET6, ("::ffff:127.0.0.9", where[1]))
    send(g, "::ffff:127.0.0.9", where[1])
    in_child(5000, lambda: send(g, "::ffff:127.0.0.9", where[1]))

try:
    socket.socket(AF_INET6).bind(("::1", 0))
except OSError:
    print("no IPv6", flush=True)
else:
    over_ipv6()

# More addresses than are kept: the port is all that is left.
u = socket.socket(AF_INET, socket.SOCK_DGRAM)
for i in range(5000):
    u.connect((f"127.2.{i >> 8}.{i & 255}", 9))
c.detach()
where = ("127.3.3.3", any_port)
c, d = connect(any_four, AF_INET, where, number)
send(c, None, any_port)
in_child(6000, lambda: send(c, None, any_port))
END

cat >check.py <<'END'
import json, sys

sends = {}
for line in open("lines"):
    event = json.loads(line)
    if event.get("name") == "libc.socket.send":
        size = event["measurements"]["bytes"]
        sends.setdefault(size, []).append(event["metadata"])
count = 0
for line in open("expected"):
    size, address, port = line.split()
    found = sends.get(int(size), [])
    if len(found) != 1:
        sys.exit(f"{len(found)} sends of {size} bytes")
    count += 1
    seen = [str(found[0].get("network.peer." + key))
            for key in ("address", "port")]
    if seen != [address, port]:
        sys.exit(f"{size} bytes to {address} {port}: recorded as {seen}")
print(count, "sends")
END
said=$(LD_PRELOAD=$TEST_SHIM $python host.py 0) || fail "host"
$python check.py || fail "not as expected"
[ ! -e log ] || fail "logged $(cat log)"
[ -z "$said" ] || skip "$said"
