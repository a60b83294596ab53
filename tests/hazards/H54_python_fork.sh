#!/bin/bash
# H54: python's warnings about fork in a process with threads, and programs
# that insist on being alone, say the same as bare.
#
# Technique: no thread before a process is long-lived.
# shellcheck source=tests/lib/hazard_lib.sh
. "$(dirname "$0")/../lib/hazard_lib.sh"
hazard_need_shim

for python in /usr/bin/python3 "$(command -v python3)"; do
	[ -x "$python" ] || continue
	hazard_compare "record console events" "$python" -W error -c '
import os, time
pid = os.fork()
if pid == 0:
    os._exit(len(os.listdir("/proc/self/task")))
child = os.waitpid(pid, 0)[1]
tasks = len(os.listdir("/proc/self/task"))
# Where python is slow to start it is old enough for a reporter that is live:
# GROWN_UP (exporter.c) since the constructor, which is later than the start.
start = int(open("/proc/self/stat").read().rsplit(")", 1)[1].split()[19])
up = time.clock_gettime(time.CLOCK_BOOTTIME)
print(child, tasks if up - start / os.sysconf("SC_CLK_TCK") < 0.1 else 1)'
done
if unshare -U true 2>/dev/null; then
	hazard_compare "record console" unshare -Ur sh -c 'id -u'
fi
hazard_finish
