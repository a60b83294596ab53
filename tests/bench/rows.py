"""The rows of `make bench`, in the order in which they are shown.  A row is one
entry: what is measured, how, what the shim is told, and the budget.

  budget   what the shim may add to the bare run, in the unit of the row
  alone    there is no bare run: the figure is the shim's own
  rounds   fewer turns than the others, for what takes long
"""

from dataclasses import dataclass, field
from typing import Callable, Optional

from tools import (NOTHING, collect, loop, resident, scrape, series_loop,
                   stack, start, wakeups)


@dataclass
class Row:
    key: str
    title: str
    unit: str
    measure: Callable
    env: dict = field(default_factory=dict)
    budget: Optional[float] = None
    alone: bool = False
    rounds: Optional[int] = None
    readme: bool = False


IDLE = {"TELEMETRY_WRAP": "process"}
HEAP = ("heap", 20000)
UNIX = ("unix", 400)
TCP = ("tcp", 200)
SPAN = ("span", 4000)


def histogram(of, spans):
    return {"TELEMETRY_RECORD": "-*", "TELEMETRY_METRICS":
            f"distribution({of}, span=[{spans}], measurement=duration,"
            " unit=native:microsecond, buckets=[0.1,1,10,100])"}


RING = {**NOTHING, "TELEMETRY_RECORD": "*"}
HEAP_HISTOGRAM = histogram("bench.heap", "libc.heap.alloc,libc.heap.free")
SPAN_HISTOGRAM = histogram("bench.time", "bench.span")
BASH = "for i in {1..200}; do /bin/true; done"

ROWS = [
    Row("heap-idle", "malloc or free, nothing attached", "ns",
        loop(*HEAP), IDLE, budget=1.2, readme=True),
    Row("socket-idle", "send or recv, UNIX, nothing attached", "ns",
        loop(*UNIX), IDLE, readme=True),
    Row("heap", "malloc or free, counted", "ns", loop(*HEAP), budget=6,
        readme=True),
    Row("heap-histogram", "malloc or free, exact duration, histogram", "ns",
        loop(*HEAP), HEAP_HISTOGRAM, budget=25, readme=True),
    Row("span-histogram", "a program's span into a histogram", "ns",
        loop(*SPAN), SPAN_HISTOGRAM, budget=25, readme=True),
    Row("span-ring", "a program's span into the ring", "ns",
        loop(*SPAN), RING, readme=True),
    Row("unix", "send or recv, 64 bytes, UNIX, defaults", "ns",
        loop(*UNIX), budget=60, readme=True),
    Row("tcp", "send or recv, 64 bytes, TCP loopback, defaults", "ns",
        loop(*TCP), budget=60, readme=True),
    Row("pipe", "write or read, 64 bytes, pipe, defaults", "ns",
        loop("pipe", 400)),
    *(Row(f"handlers-{n}", f"a program's span, {n} handlers", "ns",
          loop(*SPAN, n), NOTHING) for n in (0, 1, 3, 8)),
    Row("start-event", "the same, 1 handler at its start", "ns",
        loop("span-start", 4000, 1), NOTHING),
    Row("query", "db.query, SELECT 1, sqlite3 in memory", "ns",
        loop("query", 500), readme=True),
    Row("true", "start and exit of /bin/true", "ms", start(60, "/bin/true"),
        budget=0.3, readme=True),
    Row("bash", "bash running 200 commands", "ms",
        start(1, "bash", "-c", BASH), rounds=5, readme=True),
    Row("storm", "fork, exec and wait, from a wrapped program", "ns",
        loop("fork", 1), rounds=5),
    *(Row(f"threads-{n}", f"malloc or free, {n} threads, processor time",
          "ns", loop("threads", 10000, n)) for n in (1, 2, 4, 8)),
    *(Row(f"event-series-{n}", f"an event, {n:,} series", "ns",
          series_loop(4000, n), rounds=5) for n in (10, 1000, 10000)),
    *(Row(f"event-processes-{n}", f"an event, {n} processes", "ns",
          series_loop(4000, 10, n), rounds=5) for n in (64, 500)),
    Row("attach", "attach and detach-and-wait, events running", "ns",
        loop("attach", 10), alone=True),
    *(Row(f"collect-series-{n}", f"collect, {n:,} series", "ms",
          collect("series", n), alone=True, rounds=3)
      for n in (10, 1000, 10000)),
    *(Row(f"scrape-series-{n}", f"scrape, {n:,} series", "ms",
          scrape("series", n), alone=True, rounds=3, readme=n == 10000)
      for n in (10, 1000, 10000)),
    *(Row(f"collect-processes-{n}", f"collect, {n} processes", "ms",
          collect("processes", n), alone=True, rounds=3)
      for n in (1, 64, 500)),
    *(Row(f"scrape-processes-{n}", f"scrape, {n} processes", "ms",
          scrape("processes", n), alone=True, rounds=3, readme=n == 500)
      for n in (1, 64, 500)),
    Row("memory-idle", "resident memory, idle", "KiB", resident("idle"),
        budget=1024, readme=True),
    Row("memory-load", "resident memory after 8 threads' 1 M spans", "KiB",
        resident("load"), rounds=5, readme=True),
    Row("wakeups", "wake-ups of an idle process per second", "",
        wakeups(2), budget=0, rounds=3, readme=True),
    Row("stack-10", "a stack of 10 frames and main", "ns", stack(10),
        alone=True),
    Row("stack-30", "a stack of 30 frames and main", "ns", stack(30),
        alone=True),
]
