#!/usr/bin/env python3
"""statsd_server.py plain|dogstatsd udp|udp6|unixgram:PATH|unixstream:PATH OUT

A receiver that takes nothing but what the dialect says, to the byte.  Writes
its port (0 for a path) to OUT.port when it is ready, and each line to OUT as
JSON: {"name", "value", "type", "sign", "rate", "tags"}; {"bad": why} for what
is not right.  Ends with SIGTERM.
"""
import json
import os
import re
import socket
import struct
import sys

NAME = re.compile(r"[A-Za-z0-9_.\-]+")
NUMBER = re.compile(r"[+-]?(0|[1-9][0-9]*)(\.[0-9]+)?")
RATE = re.compile(r"(0\.[0-9]*[1-9]|1)")
TAG = re.compile(r"[^,|#\n:@\s]+:[^,|#\n@\s]*")
TYPES = {"plain": ("c", "g", "ms"), "dogstatsd": ("c", "g", "h", "d")}
MOST = {"udp": 1432, "udp6": 1432, "unixgram": 8192, "unixstream": 8192}


def need(condition, what):
    if not condition:
        raise ValueError(what)


def parse_line(dialect, line):
    need(line, "an empty line")
    name, colon, rest = line.partition(":")
    need(colon, "no colon")
    need(NAME.fullmatch(name), "the name")
    need(".." not in name and not name.startswith(".") and not name.endswith("."),
         "an empty segment")
    fields = rest.split("|")
    need(len(fields) >= 2, "no type")
    value, kind = fields[0], fields[1]
    need(kind in TYPES[dialect], f"type {kind}")
    need(NUMBER.fullmatch(value), f"number {value}")
    need(kind == "g" or value[0] != "+", "a sign")
    out = {"name": name, "value": float(value), "type": kind,
           "sign": value[0] if value[0] in "+-" else "", "rate": 1.0, "tags": {}}
    fields = fields[2:]
    if fields and fields[0].startswith("@"):
        need(RATE.fullmatch(fields[0][1:]), f"rate {fields[0]}")
        need(kind != "g", "a sampled gauge")
        out["rate"] = float(fields.pop(0)[1:])
    if fields and dialect == "dogstatsd" and fields[0].startswith("#"):
        for tag in fields.pop(0)[1:].split(","):
            need(TAG.fullmatch(tag), f"tag {tag}")
            key, _, text = tag.partition(":")
            need(key not in out["tags"], f"tag {key} twice")
            out["tags"][key] = text
    need(not fields, f"left over: {fields}")
    return out


def take(dialect, transport, data, out):
    def say(value):
        out.write(json.dumps(value) + "\n")
    if not data or len(data) > MOST[transport]:
        say({"bad": f"a datagram of {len(data)} bytes"})
    for line in data.decode("utf-8", "surrogateescape").split("\n"):
        try:
            line.encode("utf-8")
            say(parse_line(dialect, line))
        except ValueError as e:
            say({"bad": str(e), "line": repr(line)})
    out.flush()


def exactly(peer, size):
    data = b""
    while len(data) < size:
        more = peer.recv(size - len(data))
        if not more:
            return None
        data += more
    return data


def serve_stream(server, fn):
    server.listen(5)
    while True:
        peer, _ = server.accept()
        while True:
            head = exactly(peer, 4)
            if head is None:
                break
            size = struct.unpack("<I", head)[0]
            data = exactly(peer, size) if size <= 65536 else None
            if data is None:
                break
            fn(data)


def main():
    dialect, where, name = sys.argv[1:]
    transport, _, path = where.partition(":")
    family = {"udp": socket.AF_INET, "udp6": socket.AF_INET6}.get(
        transport, socket.AF_UNIX)
    kind = socket.SOCK_STREAM if transport == "unixstream" else socket.SOCK_DGRAM
    server = socket.socket(family, kind)
    if family == socket.AF_UNIX:
        server.bind(path)
    else:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        server.bind(("127.0.0.1" if transport == "udp" else "::1", 0))
    out = open(name, "w")
    if transport == "unixstream":
        server.listen(5)
    with open(name + ".tmp", "w") as f:
        f.write(str(server.getsockname()[1]) if not path else "0")
    os.rename(name + ".tmp", name + ".port")
    if transport == "unixstream":
        serve_stream(server, lambda data: take(dialect, transport, data, out))
    while True:
        take(dialect, transport, server.recv(70000), out)


main()
