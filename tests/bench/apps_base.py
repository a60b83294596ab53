"""What the applications of `make bench-apps` have in common."""

import copy
import signal
import socket
import subprocess

from figures import page_sum, wrk
from apps_process import CLIENT, SERVER, free_port, output, running


def connects(address, family=socket.AF_INET):
    with socket.socket(family) as s:
        s.settimeout(10)
        s.connect(address)
        return True


class App:
    """One application.

    operations   calls on sockets of its processes per request: for each kind
                 the least and the most; what the shim says has to be there
    budget       of throughput with the default reporters, times that of bare
    lasting      its processes are there when the load has ended
    recording    so many of them at least are there during the load
    """
    key = title = unit = ""
    budget = None
    operations = {}
    lasting, recording = True, 1
    processors = SERVER
    end = signal.SIGTERM

    def __init__(self, base):
        self.base = base
        self.log = f"{base}/log"

    def prepare(self):
        """Once, without the shim."""

    def placed(self, base):
        """What is prepared, in another folder."""
        subprocess.run(["cp", "-a", self.base, base], check=True)
        other = copy.copy(self)
        other.base, other.log = base, f"{base}/log"
        return other

    def version(self):
        """A command whose first line has it."""

    def renew(self):
        """Before each start: what another program may have taken."""

    def server(self, env):
        self.renew()
        return running(self.command(), env, self.log, self.processors,
                       self.end, cwd=self.base)

    def warm(self):
        """After the start; returns the requests that it took."""
        return self.load(1).requests

    def check(self, page, requests):
        """Complains if the numbers on the page cannot be true."""
        for operation, (least, most) in self.operations.items():
            told = page_sum(page, "libc_socket_operations_total",
                            operation=operation)
            # The load generator leaves while some requests are on their way.
            if not least * requests <= told <= most * requests + 1000:
                raise ValueError(f"{told:.0f} calls of {operation} counted,"
                                 f" {requests} requests made")


class Http(App):
    unit = "request"
    connections = 16

    def renew(self):
        self.port = free_port()

    def url(self):
        return f"http://127.0.0.1:{self.port}/page"

    def ready(self):
        return connects(("127.0.0.1", self.port))

    def load(self, seconds):
        return wrk(output(["wrk", "-t", "1", "-c", str(self.connections),
                           "-d", f"{seconds}s", "--latency", self.url()],
                          CLIENT))
