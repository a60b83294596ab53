#!/usr/bin/env python3
"""takeover.py SOCKET TOTAL - kills the exporter of a group that is counting.

Asks the reporter lib/ask_reporter.c without end; calls.count must never fall.
Kills the exporter at a third of TOTAL, and again at TOTAL; then the count must
be TOTAL still.  Prints how long nobody answered.
"""
import os
import re
import socket
import sys
import time

path, total = sys.argv[1], int(sys.argv[2])
LIMIT = 60  # seconds, against a hang


def ask():
    s = socket.socket(socket.AF_UNIX)
    try:
        s.settimeout(LIMIT)
        s.connect(path)
        text = b"".join(iter(lambda: s.recv(1 << 16), b"")).decode()
    except OSError:
        return None
    finally:
        s.close()
    pid = re.search(r"^pid (\d+)$", text, re.M)
    count = re.search(r"^calls\.count .* count=(\d+) ", text, re.M)
    return pid and (int(pid[1]), int(count[1]) if count else 0, text)


def ask_until(good):
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        answer = ask()
        if answer:
            check(answer)
            if good(answer):
                return answer
        time.sleep(0.002)  # between two looks at a condition
    sys.exit(f"no such answer within {LIMIT} s; the last one: {last}")


last = (0, 0)


def check(answer):
    global last
    if answer[1] < last[1]:
        sys.exit(f"the count fell from {last} to {answer}")
    last = answer[:2]


def has_standby(pid):
    """Only one that has proved to live on takes over."""
    return os.path.exists(sys.argv[3]) and os.system(
        f"flock -s -n {sys.argv[3]} true") != 0


def kill_at(count):
    pid = ask_until(lambda a: a[1] >= count and has_standby(a[0]))[0]
    begin = time.monotonic()
    os.kill(pid, 9)
    ask_until(lambda a: a[0] != pid)
    return time.monotonic() - begin


gaps = [kill_at(total // 3), kill_at(total)]
answer = ask_until(lambda a: True)
if answer[1] != total:
    sys.exit(f"{answer[1]} calls, not {total}: {answer[2]}")
if "continues 1" not in answer[2]:
    sys.exit(f"does not say that it goes on: {answer[2]}")
print("taken over after %.0f and %.0f ms" % tuple(g * 1000 for g in gaps))
