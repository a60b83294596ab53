#!/bin/sh
# The console's events while a program runs: its thread, its descriptors, its
# sleep, and that each event is shown once.
. "$(dirname "$0")/../lib/e2e.sh"
need python3

TELEMETRY_DIR=$TEST_SEGMENTS/$$
TELEMETRY_REPORTERS=console
TELEMETRY_CONSOLE_MODE=events
TELEMETRY_CONSOLE_FILE=$TEST_TMP/events
TELEMETRY_LOG_FILE=$TEST_TMP/log
TELEMETRY_EXIT_TIMEOUT=30000
export TELEMETRY_DIR TELEMETRY_REPORTERS TELEMETRY_CONSOLE_MODE \
	TELEMETRY_CONSOLE_FILE TELEMETRY_LOG_FILE TELEMETRY_EXIT_TIMEOUT
mkdir -m 700 "$TELEMETRY_DIR"
cd "$TEST_TMP" || exit 1

# /usr/bin: elsewhere python3 may be a script that starts others.
python=/usr/bin/python3
[ -x $python ] || python=python3

cat >host.py <<'END'
import os, select, socket, sys, time

def until(condition, what):
    end = time.monotonic() + 30
    while not condition():
        if time.monotonic() > end:
            sys.exit("not in time: " + what)
        select.select([], [], [], 0.01)

def tasks():
    names = {}
    for task in os.listdir("/proc/self/task"):
        try:
            names[open(f"/proc/self/task/{task}/comm").read().strip()] = task
        except FileNotFoundError:
            pass
    return names

def shown(text):
    try:
        return sum(text in line for line in open("events"))
    except FileNotFoundError:
        return 0

def descriptors():
    return sorted(os.listdir("/proc/self/fd"), key=int)

before = descriptors()
assert "telemetry" not in tasks()
a, b = socket.socketpair()
a.send(b"x" * 77)
until(lambda: shown("libc.socket.send.stop"), "an event while it runs")
assert shown("bytes=77") == 1
assert "telemetry" in tasks()
status = open(f"/proc/self/task/{tasks()['telemetry']}/status").read()
assert "SigBlk:\tfffffffe7ffbfeff" in status, status
b.recv(100)
a.close()
b.close()
# What the thread has open is not among the program's descriptors, and the
# program may close all that it does not know.
assert descriptors() == before, descriptors()
os.closerange(3, 5000)
one, two = socket.socketpair()
assert one.fileno() == 3, one.fileno()
one.send(b"y" * 88)
until(lambda: shown("bytes=88"), "an event after all descriptors were closed")
# A child's events are shown by its parent, once.
pid = os.fork()
if pid == 0:
    two.send(b"z" * 99)
    os._exit(0)
os.waitpid(pid, 0)
until(lambda: shown("bytes=99"), "an event of a child")
# Without events it sleeps; one wakes it.
def switches():
    name = f"/proc/self/task/{tasks()['telemetry']}/status"
    return [l for l in open(name) if l.startswith("voluntary")]
def sleeps():
    seen = switches()
    time.sleep(2) # longer than any of its pauses, and no event of ours
    return seen == switches()
end = time.monotonic() + 60
while not sleeps():
    assert time.monotonic() < end, "it never sleeps"
one.send(b"w" * 66)
until(lambda: shown("bytes=66"), "an event after its sleep")
one.send(b"v" * 55)
END
LD_PRELOAD=$TEST_SHIM $python host.py >out 2>&1 || fail "the host: $(cat out)"
[ ! -s out ] || fail "it wrote $(cat out)"
[ ! -s log ] || fail "it logged $(cat log)"
for bytes in 77 88 99 66 55; do
	count=$(grep -c "send.stop .*bytes=$bytes " events)
	[ "$count" = 1 ] || fail "bytes=$bytes was shown $count times"
done
grep -qE '^[0-9:.]{15}Z python3[^ ]*\[[0-9]+\] libc.socket.send.start span=' \
	events || fail "no start: $(head -3 events)"
[ -z "$(find "$TELEMETRY_DIR" -name '[0-9]*.[0-9]*')" ] || fail "segments are left"

# A short program: everything at its end, none twice, in order.
rm -f events
LD_PRELOAD=$TEST_SHIM sh -c '/bin/true; exec /bin/ls /dev/null' >out
[ "$(cat out)" = /dev/null ] || fail "it wrote $(cat out)"
sort -c events || fail "not in order: $(cat events)"
[ -z "$(uniq -d events)" ] || fail "twice: $(uniq -d events)"
[ "$(grep -c 'ls\[[0-9]*\] libc.process.exit ' events)" = 1 ] ||
	fail "one exit of ls: $(cat events)"
