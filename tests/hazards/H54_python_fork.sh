#!/bin/bash
# H54: python's warnings about fork in a process with threads, and programs
# that insist on being alone, say the same as bare.
#
# Technique: no thread before a process is long-lived.
# shellcheck source=tests/lib/hazard_lib.sh
. "$(dirname "$0")/../lib/hazard_lib.sh"
hazard_need_shim

# Who has no reporter that is live has no thread, ever.  Where there is one, a
# thread comes when the process has lived for GROWN_UP (exporter.c), and not a
# tick before, however slow python is to start: both ages are the kernel's.  The
# shim knows a process from its constructor on, which is after the kernel does.
cat >"$T/alone.py" <<'END'
import os, select

GROWN_UP = 0.1
MODE = os.environ["HAZARD_MODE"]
TASKS = "/proc/self/task"
TICKS = os.sysconf("SC_CLK_TCK")
OWN = str(os.getpid())


def started(task):
    with open(TASKS + "/" + task + "/stat") as stat:
        return int(stat.read().rsplit(")", 1)[1].split()[19])


def now():
    with open("/proc/uptime") as uptime:
        return float(uptime.read().split()[0])


def age():
    return now() - started(OWN) / TICKS


def others():
    """At which age of the process each of its other threads began, in s."""
    ages = []
    for task in os.listdir(TASKS):
        try:
            if task != OWN:
                ages.append((started(task) - started(OWN)) / TICKS)
        except (FileNotFoundError, ProcessLookupError):
            pass  # it has ended
    return ages


pid = os.fork()
if pid == 0:
    os._exit(len(os.listdir(TASKS)))
print("child:", os.waitpid(pid, 0)[1])
ages = others()
while not ages and age() < (20 if MODE == "events" else 2 * GROWN_UP):
    select.select([], [], [], 0.005)
    ages = others()
if MODE == "events" and not ages:
    print("no thread")
if MODE != "events" and ages:
    print("threads at", ages)
if ages and min(ages) < GROWN_UP:
    print("a thread at", min(ages))
END
for python in /usr/bin/python3 "$(command -v python3)"; do
	[ -x "$python" ] || continue
	hazard_compare "record console events" "$python" -W error "$T/alone.py"
done
if unshare -U true 2>/dev/null; then
	hazard_compare "record console" unshare -Ur sh -c 'id -u'
fi
hazard_finish
