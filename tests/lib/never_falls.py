#!/usr/bin/env python3
"""never_falls.py SOCKET TOTAL - asks lib/ask_reporter.c until it has counted
TOTAL calls; the count must never fall, and never be more.  That nobody answers
for a while is no fault.
"""
import re
import socket
import sys
import time

path, total = sys.argv[1], int(sys.argv[2])
end = time.monotonic() + 60  # against a hang
last = 0
while last < total:
    if time.monotonic() > end:
        sys.exit(f"{last} calls, not {total}")
    s = socket.socket(socket.AF_UNIX)
    try:
        s.settimeout(30)
        s.connect(path)
        text = b"".join(iter(lambda: s.recv(1 << 16), b"")).decode()
    except OSError:
        text = ""
    finally:
        s.close()
    # What was killed in the middle of its answer says nothing.
    count = re.search(r"^calls\.count .* count=(\d+) ", text, re.M)
    if count and "continues" in text:
        if not last <= int(count[1]) <= total:
            sys.exit(f"after {last} of {total}: {count[1]}")
        last = int(count[1])
    time.sleep(0.005)  # between two looks
