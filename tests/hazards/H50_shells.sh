#!/bin/bash
# H50: what shells and python see under /proc/self/fd is what they see bare.
#
# Technique: no descriptor in a recorder, high numbers in an exporter.
# shellcheck source=tests/lib/hazard_lib.sh
. "$(dirname "$0")/../lib/hazard_lib.sh"
hazard_need_shim

hazard_compare "record console" bash -c 'ls /proc/self/fd; exec 7</dev/null
	ls /proc/self/fd; cat < <(ls /proc/self/fd); exec {fd}</dev/null; echo $fd
	ls /proc/self/fd | cat; ls -1 /proc/self/fd | wc -l; exec 3<&- 4<&-
	echo x | (read -r y; echo $y >&9) 9>&1'
python=/usr/bin/python3
[ -x "$python" ] || python=$(command -v python3)
hazard_compare "record console" "$python" -c '
import os, subprocess, threading
print(sorted(os.listdir("/proc/self/fd")), threading.active_count())
r, w = os.pipe(); print(r, w)
print(subprocess.check_output(["ls", "/proc/self/fd"], pass_fds=(w,)))
print(len(os.listdir("/proc/self/task")))'
hazard_finish
