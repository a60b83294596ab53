"""One start of an application: a server of each mode, all alive at once, loaded
in turns."""

import contextlib
import glob
import os
import shutil
import subprocess
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from apps_process import (CLIENT, SERVER, cpu, folder, get, own, running,
                          settled_cpu, thread_cpu, wait_for)
from figures import page_sum
from pace import Pace

# The second one is as the first: its ratios are the noise.
MODES = ("bare", "control", "record", "exporter", "host")
BARE = MODES[:2]
REPORTERS = "prometheus,json"
FAILURES = (RuntimeError, OSError, ValueError, subprocess.SubprocessError)


class Place:
    """Of one mode: where its servers record and report."""

    def __init__(self, base, mode, binaries):
        self.base, self.mode, self.bin = folder(f"{base}/{mode}"), mode, binaries
        self.page, self.json = f"{self.base}/page", f"{self.base}/json"
        self.log = f"{self.base}/host.log"
        self.segments = own(tempfile.mkdtemp(
            dir=os.environ["TEST_SEGMENTS"]))

    def reporters(self):
        """What comes with them, with their defaults."""
        return {"TELEMETRY_REPORTERS": REPORTERS,
                "TELEMETRY_PROMETHEUS_SOCKET": self.page,
                "TELEMETRY_JSON_FILE": self.json}

    def environment(self):
        env = dict(os.environ)
        if self.mode not in BARE:
            env.update(LD_PRELOAD=f"{self.bin}/libtelemetry_shim.so",
                       TELEMETRY_DIR=self.segments)
        if self.mode == "exporter":
            env.update(self.reporters())
        return env

    def host(self):
        """telemetry-host, beside the servers: on their processor."""
        env = {**os.environ, "TELEMETRY_DIR": self.segments,
               **self.reporters()}
        names = env.pop("TELEMETRY_REPORTERS")
        return running([f"{self.bin}/telemetry-host", "--reporters", names],
                       env, self.log, SERVER)

    def clear(self):
        """The next start begins with nothing."""
        for path in (self.page, self.json):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
        for name in os.listdir(self.segments):
            shutil.rmtree(f"{self.segments}/{name}")

    def scrape(self):
        return get(self.page)[1].decode()

    def members(self):
        """Who records: an orderly end leaves nothing."""
        return {os.path.basename(path) for path in
                glob.iglob(f"{self.segments}/*/[0-9]*.[0-9]*")}


class Watch:
    """Looks on while the load is: where there is a page it is asked for each
    second, fifteen times as often as Prometheus does; where nobody reports,
    who is recording is noted."""

    def __init__(self, place):
        self.place = place
        self.look, self.pauses = {
            "record": (self.record, (0.05, 0.05)),
            "exporter": (place.scrape, (0.5, 1)),
            "host": (place.scrape, (0.5, 1))}.get(place.mode, (None, None))
        self.stop, self.failed = threading.Event(), None
        self.recording = set()

    def __enter__(self):
        self.thread = threading.Thread(target=self.work)
        if self.look:
            self.thread.start()
        return self

    def record(self):
        self.recording |= self.place.members()

    def work(self):
        os.sched_setaffinity(0, CLIENT)  # of this thread
        pause, again = self.pauses
        try:
            while not self.stop.wait(pause):
                self.look()
                pause = again
        except OSError as error:
            self.failed = error

    def __exit__(self, *_):
        self.stop.set()
        if self.look:
            self.thread.join()
        if self.failed:
            raise RuntimeError(f"the page: {self.failed}")
        if self.look == self.record:
            self.look()


class Server:
    """Of one mode, in one start."""

    def __init__(self, app, place, why):
        self.app, self.place, self.mode = app, place, place.mode
        self.process = self.exporter = None
        self.requests = self.dropped = 0
        self.spent = 0.0  # seconds, under load
        self.void, self.why = False, why

    def try_to(self, what):
        """What fails makes this mode void for all of the start."""
        if self.void:
            return None
        try:
            return what()
        except FAILURES as error:
            self.void = True
            self.why(self.mode, error)
            return None

    def start(self, stack):
        if self.mode == "host":
            self.exporter = stack.enter_context(self.place.host())
            wait_for(self.place.scrape, self.exporter, self.place.log)
        self.process = stack.enter_context(
            self.app.server(self.place.environment()))

    def be_ready(self):
        wait_for(self.app.ready, self.process, self.app.log)

    def warm(self):
        self.requests += self.app.warm()

    def exporter_cpu(self):
        return (settled_cpu(self.exporter.pid) if self.exporter
                else thread_cpu(self.process.pid, "telemetry"))

    def load(self, seconds):
        """A load, and its figures."""
        before, exporting = settled_cpu(self.process.pid), self.exporter_cpu()
        with Watch(self.place) as watch, Pace(self.app.processors) as pace:
            load = self.app.load(seconds)
        if (self.mode == "record"
                and len(watch.recording) < self.app.recording):
            raise ValueError(f"{len(watch.recording)} processes recorded, not"
                             f" {self.app.recording}")
        spent = settled_cpu(self.process.pid) - before
        exporting = self.exporter_cpu() - exporting
        self.requests += load.requests
        self.spent += spent + (exporting if self.exporter else 0)
        return {"rate": load.rate, "cpu": spent * 1e6 / load.requests,
                "p99": load.p99, "requests": load.requests,
                "exporter_cpu": exporting * 1e6 / load.requests,
                "speed": pace.speed}

    def verify(self):
        """Was the shim on, and are its numbers true?"""
        if self.mode in BARE or (self.mode == "record"
                                 and not self.app.lasting):
            return
        with contextlib.ExitStack() as stack:
            process, log = self.exporter, self.place.log
            if self.mode == "record":  # who can read what was recorded
                process = stack.enter_context(self.place.host())
            elif self.mode == "exporter":
                process, log = self.process, self.app.log
            page = wait_for(self.place.scrape, process, log)
            self.app.check(page, self.requests)
            # Who has little to tell is looked at every 1.6 s.
            wait_for(lambda: os.path.getsize(self.place.json), process, log)
        self.dropped = page_sum(page, "telemetry_dropped_total")

    def end(self):
        """They end at the same time; whoever began them waits."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(self.app.end)


def rotated(items, by):
    by %= len(items)
    return items[by:] + items[:by]


def each(servers, method):
    """At the same time."""
    with ThreadPoolExecutor(len(servers)) as pool:
        list(pool.map(lambda s: s.try_to(lambda: method(s)), servers))


def idle_share(servers, turns):
    """Runs the turns; seconds of processor that the servers took while they
    were not under load, per second."""
    roots = [process.pid for s in servers for process in
             (s.process, s.exporter) if process]
    before, begin = settled_cpu(*roots), time.monotonic()
    turns()
    left = cpu(*roots) - before - sum(s.spent for s in servers)
    return max(left, 0) / (time.monotonic() - begin)


def one_start(servers, number, turn_count, seconds):
    """Its turns, from mode to figures or None, and what idle ones took.  Each
    turn begins with another mode, every second one runs backwards."""
    turns = []

    def in_turns():
        for turn in range(number * turn_count, (number + 1) * turn_count):
            turns.append({})
            for s in rotated(servers, turn)[::-1 if turn % 2 else 1]:
                turns[-1][s.mode] = s.try_to(lambda: s.load(seconds))

    with contextlib.ExitStack() as stack:
        for s in rotated(servers, number):
            s.place.clear()
            s.try_to(lambda: s.start(stack))
        each(servers, lambda s: s.be_ready())
        each(servers, lambda s: s.warm())
        idle = idle_share(servers, in_turns)
        for s in servers:
            s.try_to(s.verify)
        for s in servers:
            s.end()
    for s in servers:
        for turn in turns:
            turn[s.mode] = None if s.void else turn[s.mode]
    return {"turns": turns, "idle": idle,
            "dropped": {s.mode: s.dropped for s in servers
                        if s.mode not in BARE}}
