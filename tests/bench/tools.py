"""Ways to measure: each makes a function of a `Run`, which is one turn of one
row, bare or not, and gives one number."""

import contextlib
import os
import re
import signal
import subprocess
import time

from apps_process import get

BIN = os.environ["TEST_BENCH"]
SHIM = os.environ["TEST_SHIM"]
TMP = os.environ["TEST_TMP"]

# Nothing is aggregated, nothing is recorded.
NOTHING = {"TELEMETRY_METRICS": "counter(bench.nothing.count)",
           "TELEMETRY_RECORD": "-*"}


class Run:
    """How a program is started: bare when preload is None; a peer is a wrapper
    command, a library, or both.  around: what has to be on meanwhile."""

    def __init__(self, preload=None, env=None, wrapper=(),
                 around=contextlib.nullcontext):
        self.preload, self.env, self.wrapper = preload, env or {}, wrapper
        self.around = around

    def environment(self):
        env = {**os.environ, **self.env}
        if self.preload:
            env["LD_PRELOAD"] = self.preload
        return env


def output(command, env):
    done = subprocess.run(command, env=env, capture_output=True, text=True,
                          timeout=120)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: status {done.returncode}: "
                           f"{done.stderr.strip()[-300:]}")
    return done.stdout


# What was measured at the full pace of its processor (pace.h), and all of it.
at_pace = [0, 0]


def paced(command, env):
    """The figure of a program that tells how much of it was at full pace."""
    text = output(command, env)
    # A wrapper may print lines of its own.
    found = re.search(r"^(\d+(?:\.\d+)?) (\d+) (\d+)$", text, re.MULTILINE)
    if not found:
        raise RuntimeError(f"{command[0]}: no figure in {text[-200:]!r}")
    at_pace[0] += int(found[2])
    at_pace[1] += int(found[3])
    return float(found[1])


def loop(*arguments):
    """A loop of loops.c: nanoseconds per operation."""
    def measure(run):
        return paced([*run.wrapper, f"{BIN}/loops", *map(str, arguments)],
                     run.environment())
    return measure


def start(runs, *command):
    """Start and exit of a command, milliseconds."""
    def measure(run):
        env = {**os.environ, **run.env}
        if run.preload:
            env["BENCH_PRELOAD"] = run.preload
        return paced([f"{BIN}/start", str(runs), *run.wrapper, *command],
                     env) / 1e6
    return measure


def stack(frames):
    def measure(_run):
        return float(output([f"{BIN}/stack", str(frames)], dict(os.environ)))
    return measure


class Host:
    """host.c, at rest; used as `with Host(run, "idle") as pid`."""

    def __init__(self, run, *arguments):
        self.run, self.arguments = run, [str(a) for a in arguments]

    def __enter__(self):
        self.log = open(f"{TMP}/host.log", "w+")
        self.process = subprocess.Popen(
            [f"{BIN}/host", *self.arguments], env=self.run.environment(),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log)
        if self.process.stdout.readline() != b"ready\n":
            self.log.seek(0)
            raise RuntimeError(f"host {self.arguments}: {self.log.read()}")
        return self.process.pid

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        self.process.stdout.close()
        self.log.close()


def resident(what):
    """Resident memory of a process at rest, KiB."""
    def measure(run):
        with Host(run, what) as pid:
            with open(f"/proc/{pid}/smaps_rollup") as rollup:
                return float(next(line.split()[1] for line in rollup
                                  if line.startswith("Rss:")))
    return measure


def switches(pid):
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/status") as status:
            total += sum(int(line.split()[1]) for line in status
                         if "ctxt_switches" in line)
    return total


def wakeups(seconds):
    """Context switches of all threads of an idle process, per second.  The
    first second, in which threads start, is not looked at."""
    def measure(run):
        with Host(run, "idle") as pid:
            time.sleep(1.2)
            before = switches(pid)
            time.sleep(seconds)
            return (switches(pid) - before) / seconds
    return measure


def wait_for(condition, what, limit=60):
    end = time.monotonic() + limit
    while not (value := condition()):
        if time.monotonic() > end:
            raise RuntimeError(f"{what}: nothing for {limit} s")
        time.sleep(0.02)
    return value


def series_environment(run, extra):
    metrics = ("counter(bench.series.count, tags=[number],"
               " max_series=20000)")
    return Run(run.preload, {**run.env, **extra, "TELEMETRY_METRICS": metrics,
                             "TELEMETRY_MEMORY_LIMIT": "256M"})


def series_loop(count, number, processes=1):
    """An event of so many series, nanoseconds; beside so many processes of the
    group."""
    def measure(run):
        run = series_environment(run, {"TELEMETRY_RECORD": "-*"})
        if processes == 1 or not run.preload:
            return loop("series", count, number)(run)
        with Host(run, "processes", processes - 1):
            return loop("series", count, number)(run)
    return measure


def collect(*what):
    """A look at all series of all processes of a group, milliseconds."""
    def measure(run):
        path = f"{TMP}/collect"
        if os.path.exists(path):
            os.unlink(path)
        # prometheus brings the thread, from the beginning of main.
        env = {"TELEMETRY_REPORTERS": f"{BIN}/collect.so,prometheus",
               "TELEMETRY_PROMETHEUS_SOCKET": f"{TMP}/page",
               "TELEMETRY_COLLECT_FILE": path}

        def looks():
            if not os.path.exists(path):
                return None
            with open(path) as lines:
                times = [int(line.split()[0]) for line in lines][2:]
            return times if len(times) >= 8 else None
        with Host(series_environment(run, env), *what):
            return min(wait_for(looks, "the reporter")) / 1e6
    return measure


def scrape(*what):
    """From connect to the last byte of the prometheus reporter's page,
    milliseconds."""
    def measure(run):
        path = f"{TMP}/page"
        env = {"TELEMETRY_REPORTERS": "prometheus",
               "TELEMETRY_PROMETHEUS_SOCKET": path}

        def answers():
            try:
                return b"bench_series" in get(path)[1]
            except OSError:
                return False
        with Host(series_environment(run, env), *what):
            wait_for(answers, "the page")
            return min(get(path)[0] for _ in range(8)) * 1e3
    return measure
