"""apps.py - real servers under load, without the shim and with it.
Throughput, p99, and processor time of their processes for each request.

A start has a server of each mode, all alive at once, which are loaded in turns:
seconds apart, while turns of minutes apart differ by more than is measured.
What is compared are loads of one turn, and as they were at the same speed of
the processors (pace.py); the figure of a start is the median of its turns.  Two
servers that are alike differ from start to start, by 4 % with PostgreSQL: many
starts tell more than many turns.  Those that are not under load go on living, as servers do; what they
take of the processor is told, too.

    APPS=redis,nginx  only these       ROUNDS=n  starts of each
    TURNS=n           of each start    LOAD=s    seconds of a load
"""

import os
import signal
import sys
import time

import apps_report
import machine
from apps_process import PINNED, copy_for_servers, folder
from apps_servers import APPS
from apps_start import FAILURES, MODES, REPORTERS, Place, Server, one_start
from figures import compared, summary
from pace import find_full
from report import say, write_readme

BUILD, SHIM = os.environ["TEST_BUILD"], os.environ["TEST_SHIM"]
ROUNDS = int(os.environ.get("ROUNDS") or 20)
TURNS = int(os.environ.get("TURNS") or 1)
LOAD = int(os.environ.get("LOAD") or 1)


def places(base):
    """For each mode; what the servers' user may read."""
    os.chmod(base, 0o755)
    os.chmod(os.environ["TEST_SEGMENTS"], 0o755)
    binaries = copy_for_servers(
        [SHIM, f"{BUILD}/reporters", f"{BUILD}/telemetry-host"], f"{base}/bin")
    run = folder(f"{base}/run")
    return [Place(run, mode, binaries) for mode in MODES]


def result(app, starts, version):
    turns = [start["turns"] for start in starts]
    return {"key": app.key, "title": app.title, "unit": app.unit,
            "budget": app.budget, "version": version,
            "idle": summary([start["idle"] for start in starts]),
            "bare": compared(turns, "bare"),
            "modes": {mode: compared(turns, mode) for mode in MODES[1:]},
            "starts": starts}


def chosen():
    names = [app.key for app in APPS]
    wanted = (os.environ.get("APPS") or ",".join(names)).split(",")
    for name in wanted:
        if name not in names:
            raise SystemExit(f"APPS: {name}: expected {', '.join(names)}")
    return [app for app in APPS if app.key in wanted]


def prepared(base, kinds, void):
    """For each application that is ready one for each mode, and its version."""
    for kind in kinds:
        app = kind(folder(f"{base}/{kind.key}"))
        say(f"preparing {app.title}")
        try:
            app.prepare()
            yield ([app.placed(f"{app.base}.{mode}") for mode in MODES],
                   machine.first_line(*app.version()))
        except FAILURES as error:
            void.append(f"{app.key}: {type(error).__name__}: {error}")


def start(apps, at, number, void):
    def why(mode, error):
        void.append(f"{apps[0].key}, {mode}, start {number + 1}:"
                    f" {type(error).__name__}: {error}")
    say(f"start {number + 1} of {ROUNDS}: {apps[0].title}")
    return one_start([Server(app, place, why) for app, place in zip(apps, at)],
                     number, TURNS, LOAD)


def measure(base, kinds):
    void, at = [], places(base)
    ready = list(prepared(base, kinds, void))
    starts = [[] for _ in ready]
    for number in range(ROUNDS):
        for (apps, _), done in zip(ready, starts):
            done.append(start(apps, at, number, void))
    say("")
    return [result(apps[0], done, version)
            for (apps, version), done in zip(ready, starts)], void


def main():
    # As an interrupt: the servers are in sessions of their own.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    kinds = chosen()
    described = machine.describe()
    find_full()
    begin = time.monotonic()
    results, void = measure(os.environ["TEST_TMP"], kinds)
    data = {"what": "bench-apps", "machine": described, "pinned": PINNED,
            "reporters": REPORTERS, "rounds": ROUNDS, "turns": TURNS,
            "load_seconds": LOAD,
            "took_seconds": round(time.monotonic() - begin),
            "apps": results, "void": void}
    apps_report.show(data, os.environ.get("BENCH_OUT") or BUILD)
    if os.environ.get("README") == "1":
        if len(kinds) != len(APPS):
            raise SystemExit("README=1 needs all applications")
        write_readme("bench-apps", apps_report.readme(data),
                     f"{os.environ['TEST_ROOT']}/README.md")
    if void:
        sys.exit(f"{len(void)} are void")


if __name__ == "__main__":
    main()
