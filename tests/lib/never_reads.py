"""never_reads.py stream|fifo|scrape PATH OUT - a receiver that takes nothing,
until somebody opens the FIFO OUT.go; then all that there is, into OUT, until
OUT.end is there.  Of `scrape` there are 30, each of which asks for a page, and
they leave without having read it.  OUT.ready is there when all have come.
"""
import os
import select
import socket
import sys
import time

how, path, out = sys.argv[1:]
deadline = time.monotonic() + 60
server = None


def page():
    """A connection that has asked."""
    while True:
        s = socket.socket(socket.AF_UNIX)
        try:
            s.connect(path)
            s.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            return s
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)  # it is not there yet


def ready():
    open(out + ".ready", "w").close()


def take(source, sources, to):
    """What is ready; a listener has one more to be read."""
    if source == server:
        sources.append(source.accept()[0])
        return
    data = os.read(source if isinstance(source, int) else source.fileno(),
                   1 << 20)
    to.write(data)
    if not data:
        sources.remove(source)


def drain(sources):
    with open(out, "wb", buffering=0) as to:
        while True:
            # Before the look: then nothing comes after it.
            ended = os.path.exists(out + ".end")
            readable = select.select(sources, [], [], 0.02)[0]
            if ended and not readable:
                return
            for source in readable:
                take(source, sources, to)


if how == "stream":
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen(100)
    ready()
    open(out + ".go").close()
    drain([server])
elif how == "fifo":
    os.mkfifo(path, 0o600)
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    # Otherwise there would be an end of it.
    keep = os.open(path, os.O_WRONLY)
    ready()
    open(out + ".go").close()
    drain([fd])
else:
    scrapers = [page() for _ in range(30)]
    # Each has the beginning of its answer.
    for s in scrapers:
        s.settimeout(60)
        s.recv(1, socket.MSG_PEEK)
    ready()
    open(out + ".go").close()
