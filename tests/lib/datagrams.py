#!/usr/bin/env python3
"""datagrams.py udp|udp6|unix:PATH - a receiver of StatsD, by line of input.

Prints its port.  Then, for each line of input, what it was sent since the last:
each datagram on a line, with its line ends as two spaces, and a line with a dot
at the end.  "wait" as input waits for the first, half a minute at most.
"""
import os
import select
import socket
import sys

where, _, path = sys.argv[1].partition(":")
family = {"udp": socket.AF_INET, "udp6": socket.AF_INET6}.get(where, socket.AF_UNIX)
server = socket.socket(family, socket.SOCK_DGRAM)
if path:
    server.bind(path)
else:
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    server.bind(("127.0.0.1" if where == "udp" else "::1", 0))
server.setblocking(False)
print(8125 if path else server.getsockname()[1], flush=True)
for order in sys.stdin:
    if order.strip() == "wait":
        select.select([server], [], [], 30)
    while True:
        try:
            data = server.recv(70000)
        except BlockingIOError:
            break
        print(repr(data.decode("utf-8", "surrogateescape"))[1:-1].replace("\\n", "  "))
    print(".", flush=True)
