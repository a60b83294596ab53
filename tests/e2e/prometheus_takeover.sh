#!/bin/sh
# Somebody reads the page all the time while the process that serves it is
# killed, twice: no counter of any series falls, and the port answers again.
. "$(dirname "$0")/../lib/e2e.sh"
need cc python3

TELEMETRY_DIR=$TEST_SEGMENTS/$$
TELEMETRY_REPORTERS=prometheus
TELEMETRY_LOG_FILE=$TEST_TMP/log
TELEMETRY_METRICS='counter(calls.count, span=libc.socket.send)'
TELEMETRY_PROMETHEUS_PORT=$(python3 -c '
import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
export TELEMETRY_DIR TELEMETRY_REPORTERS TELEMETRY_LOG_FILE TELEMETRY_METRICS \
	TELEMETRY_PROMETHEUS_PORT
mkdir -m 700 "$TELEMETRY_DIR"
cd "$TEST_TMP" || exit 1
cc -O1 -o calls "$TEST_LIB/calls.c" || fail "cannot build calls.c"
program=""
trap 'kill -9 $program 2>/dev/null; rm -rf "$TELEMETRY_DIR" "$TEST_TMP"' EXIT

mkfifo input
LD_PRELOAD=$TEST_SHIM ./calls steady 4 3000 <input >out 2>err 9>&- &
program=$!
exec 9>input
cat >scraper.py <<'END'
import glob, os, re, socket, subprocess, sys, time, urllib.request
port, total = int(sys.argv[1]), 15000
url = f"http://127.0.0.1:{port}/metrics"
LIMIT = 60  # seconds, against a hang
last = {}

def page():
    try:
        return urllib.request.urlopen(url, timeout=LIMIT).read().decode()
    except OSError:
        return None

def counters(text):
    # What is the reporter's own begins with each one that serves the page.
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
    for line in text.splitlines():
        name, _, value = line.rpartition(" ")
        family = re.match(r"[^{ ]*", name)[0]
        base = re.sub(r"_(bucket|sum|count)$", "", family)
        if (not line.startswith(("#", "telemetry_prometheus_"))
                and (kinds.get(family) == "counter"
                     or kinds.get(base) in ("histogram", "summary"))):
            yield name, float(value)

def calls():
    text = page()
    if text is None:
        return None
    now = dict(counters(text))
    for name, value in last.items():
        if now.get(name, -1) < value:
            sys.exit(f"{name} fell from {value} to {now.get(name)}")
    last.update(now)
    return sum(v for n, v in now.items() if n.startswith("calls_count_total"))

def until(good):
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        value = calls()
        if value is not None and good(value):
            return value
        time.sleep(0.002)  # between two looks
    sys.exit(f"{value} calls: not in {LIMIT} s")

def has_standby():
    lock = glob.glob(os.environ["TELEMETRY_DIR"] + "/*/standby")
    return lock and subprocess.call(["flock", "-s", "-n", lock[0], "true"])

def server():
    """Who has the lock of the group."""
    lock = os.stat(glob.glob(os.environ["TELEMETRY_DIR"] + "/*/lock")[0])
    for line in open("/proc/locks"):
        if f":{lock.st_ino} " in line and "->" not in line:
            return int(line.split()[4])

gaps = []
for at in (total // 3, total):
    until(lambda v: v >= at and has_standby())
    victim = server()
    begin = time.monotonic()
    os.kill(victim, 9)
    until(lambda v: server() != victim)
    gaps.append(time.monotonic() - begin)
if until(lambda v: True) != total:
    sys.exit(f"not {total} calls: {calls()}")
# A second is what operators are told; this is only against a way that waits
# for a time.
if max(gaps) > 10:
    sys.exit(f"nobody answered for {gaps} s")
print("answers again after %.0f and %.0f ms" % tuple(g * 1000 for g in gaps))
END
python3 scraper.py "$TELEMETRY_PROMETHEUS_PORT" || fail "$(cat err log 2>/dev/null)"
exec 9>&-
wait $program
[ ! -s log ] || fail "logged: $(cat log)"
