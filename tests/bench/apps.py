"""apps.py - real servers under load, without the shim and with it, in turns.
Throughput, p99, and processor time of their processes for each request.

    APPS=redis,nginx  only these    ROUNDS=n  turns    LOAD=s  seconds of each
"""

import contextlib
import glob
import os
import shutil
import signal
import sys
import tempfile
import threading
import time

import apps_report
import machine
from apps_process import (CLIENT, PINNED, SERVER, copy_for_servers, folder,
                          own, running, settled_cpu, thread_cpu, wait_for)
from apps_servers import APPS
from figures import compared, page_sum
from report import say, write_readme
from tools import get

BUILD, SHIM = os.environ["TEST_BUILD"], os.environ["TEST_SHIM"]
ROUNDS = int(os.environ.get("ROUNDS") or 10)
LOAD = int(os.environ.get("LOAD") or 2)
MODES = ("bare", "record", "exporter", "host")
REPORTERS = "prometheus,json"


class Bench:
    """What all turns share: copies that the servers' user may read."""

    def __init__(self, base):
        self.base = base
        os.chmod(base, 0o755)
        self.bin = copy_for_servers(
            [SHIM, f"{BUILD}/reporters", f"{BUILD}/telemetry-host"],
            f"{base}/bin")
        self.page = f"{base}/run/page"
        self.json = f"{base}/run/json"
        folder(f"{base}/run")
        self.segments = own(tempfile.mkdtemp(
            dir=os.environ["TEST_SEGMENTS"]))
        os.chmod(os.environ["TEST_SEGMENTS"], 0o755)

    def reporters(self):
        """What comes with them, with their defaults."""
        return {"TELEMETRY_REPORTERS": REPORTERS,
                "TELEMETRY_PROMETHEUS_SOCKET": self.page,
                "TELEMETRY_JSON_FILE": self.json}

    def environment(self, mode):
        env = dict(os.environ)
        if mode == "bare":
            return env
        env.update(LD_PRELOAD=f"{self.bin}/libtelemetry_shim.so",
                   TELEMETRY_DIR=self.segments)
        if mode == "exporter":
            env.update(self.reporters())
        return env

    def host(self):
        """telemetry-host, beside the servers: on their processor."""
        env = {**os.environ, "TELEMETRY_DIR": self.segments,
               **self.reporters()}
        names = env.pop("TELEMETRY_REPORTERS")
        return running([f"{self.bin}/telemetry-host", "--reporters", names],
                       env, f"{self.base}/host.log", SERVER)

    def clear(self):
        """The next turn begins with nothing."""
        for path in (self.page, self.json):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
        for name in os.listdir(self.segments):
            shutil.rmtree(f"{self.segments}/{name}")

    def scrape(self):
        return get(self.page)[1].decode()


class Watch:
    """Looks on while the load is: where there is a page it is asked for each
    second, fifteen times as often as Prometheus does; where nobody reports,
    who is recording is noted, as an orderly end leaves nothing."""

    def __init__(self, bench, mode):
        self.bench = bench
        self.look, self.pause = {"record": (self.members, 0.05),
                                 "bare": (None, 0)}.get(
                                     mode, (bench.scrape, 1))
        self.stop, self.failed = threading.Event(), None
        self.recording = set()

    def __enter__(self):
        self.thread = threading.Thread(target=self.work)
        if self.look:
            self.thread.start()
        return self

    def members(self):
        for path in glob.iglob(f"{self.bench.segments}/*/[0-9]*.[0-9]*"):
            self.recording.add(os.path.basename(path))

    def work(self):
        os.sched_setaffinity(0, CLIENT)  # of this thread
        try:
            while not self.stop.wait(self.pause):
                self.look()
        except OSError as error:
            self.failed = error

    def __exit__(self, *_):
        self.stop.set()
        if self.look:
            self.thread.join()
            self.look()


def loaded(bench, app, server, mode, exporter):
    """Figures of the load and the requests of the server's life."""
    def of_exporter():
        return (settled_cpu(exporter.pid) if exporter
                else thread_cpu(server.pid, "telemetry"))

    warm = app.warm()
    before, exporting = settled_cpu(server.pid), of_exporter()
    with Watch(bench, mode) as watch:
        load = app.load(LOAD)
    if watch.failed:
        raise RuntimeError(f"the page: {watch.failed}")
    if mode == "record" and len(watch.recording) < app.recording:
        raise ValueError(f"{len(watch.recording)} processes recorded, not"
                         f" {app.recording}")
    spent = settled_cpu(server.pid) - before
    return {"rate": load.rate, "cpu": spent * 1e6 / load.requests,
            "p99": load.p99, "requests": load.requests,
            "exporter_cpu": (of_exporter() - exporting) * 1e6 / load.requests
            }, warm + load.requests


def verify(bench, app, server, mode, requests):
    """Was the shim on, and are its numbers true?"""
    log = f"{bench.base}/host.log"
    if mode == "record" and not app.lasting:
        return 0
    with contextlib.ExitStack() as stack:
        process = server
        if mode == "record":  # somebody who can read what was recorded
            process = stack.enter_context(bench.host())
        elif mode == "exporter":
            log = app.log
        page = wait_for(bench.scrape, process, log)
        app.check(page, requests)
    if not os.path.getsize(bench.json):
        raise ValueError("no line of JSON")
    return page_sum(page, "telemetry_dropped_total")


def one(bench, app, mode):
    """A turn of one mode: its figures."""
    bench.clear()
    with contextlib.ExitStack() as stack:
        exporter = None
        if mode == "host":
            exporter = stack.enter_context(bench.host())
            wait_for(bench.scrape, exporter, f"{bench.base}/host.log")
        server = stack.enter_context(app.server(bench.environment(mode)))
        wait_for(app.ready, server, app.log)
        figures, requests = loaded(bench, app, server, mode, exporter)
        if mode != "bare":
            figures["dropped"] = verify(bench, app, server, mode, requests)
    return figures


def one_round(bench, app, number, void):
    """All modes, each round beginning with another one."""
    figures = {}
    first = number % len(MODES)
    for mode in MODES[first:] + MODES[:first]:
        say(f"round {number + 1} of {ROUNDS}: {app.key}, {mode}")
        try:
            figures[mode] = one(bench, app, mode)
        except (RuntimeError, OSError, ValueError, TimeoutError) as error:
            void.append(f"{app.key}, {mode}, round {number + 1}:"
                        f" {type(error).__name__}: {error}")
            figures[mode] = None
    return figures


def result(app, turns, version):
    return {"key": app.key, "title": app.title, "unit": app.unit,
            "budget": app.budget, "version": version,
            "bare": compared(turns, "bare"),
            "modes": {mode: compared(turns, mode) for mode in MODES[1:]},
            "turns": turns}


def chosen():
    names = [app.key for app in APPS]
    wanted = (os.environ.get("APPS") or ",".join(names)).split(",")
    for name in wanted:
        if name not in names:
            raise SystemExit(f"APPS: {name}: expected {', '.join(names)}")
    return [app for app in APPS if app.key in wanted]


def prepared(bench, kinds, void):
    """Applications that are ready, and their versions."""
    for kind in kinds:
        app = kind(folder(f"{bench.base}/{kind.key}"))
        say(f"preparing {app.title}")
        try:
            app.prepare()
            yield app, machine.first_line(*app.version())
        except (RuntimeError, OSError, ValueError) as error:
            void.append(f"{app.key}: {type(error).__name__}: {error}")


def measure(bench, kinds):
    void = []
    apps = list(prepared(bench, kinds, void))
    turns = {app.key: [] for app, _ in apps}
    for number in range(ROUNDS):
        for app, _ in apps:
            turns[app.key].append(one_round(bench, app, number, void))
    say("")
    return [result(app, turns[app.key], version)
            for app, version in apps], void


def main():
    # As an interrupt: the servers are in sessions of their own.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    kinds = chosen()
    described = machine.describe()
    begin = time.monotonic()
    results, void = measure(Bench(os.environ["TEST_TMP"]), kinds)
    data = {"what": "bench-apps", "machine": described, "pinned": PINNED,
            "reporters": REPORTERS, "rounds": ROUNDS, "load_seconds": LOAD,
            "took_seconds": round(time.monotonic() - begin),
            "apps": results, "void": void}
    apps_report.show(data, os.environ.get("BENCH_OUT") or BUILD)
    if os.environ.get("README") == "1":
        if len(kinds) != len(APPS):
            raise SystemExit("README=1 needs all applications")
        write_readme("bench-apps", apps_report.readme(data),
                     f"{os.environ['TEST_ROOT']}/README.md")
    if void:
        sys.exit(f"{len(void)} turns are void")


if __name__ == "__main__":
    main()
