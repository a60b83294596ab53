"""What the load generators print, as figures; and what is computed from them.
Nothing here starts or measures anything."""

import csv
import re
import statistics
from dataclasses import dataclass
from typing import Optional

UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}


@dataclass
class Load:
    """What a load generator did: requests that were answered, per second, and
    milliseconds that 99 of 100 of them took less than."""
    requests: int
    rate: float
    p99: Optional[float] = None


def find(pattern, text):
    found = re.search(pattern, text, re.MULTILINE)
    if not found:
        raise ValueError(f"expected {pattern} in {text.strip()[-300:]!r}")
    return found


def redis_benchmark(text, requests):
    """Of --csv: a line for each kind of request, `requests` of each."""
    rows = [row for row in csv.reader(text.splitlines()) if len(row) >= 7]
    if len(rows) < 2 or rows[0][1] != "rps":
        raise ValueError(f"expected lines of CSV in {text[-300:]!r}")
    column = rows[0].index("p99_latency_ms")
    seconds = sum(requests / float(row[1]) for row in rows[1:])
    total = requests * (len(rows) - 1)
    return Load(total, total / seconds, max(float(row[column])
                                            for row in rows[1:]))


def wrk(text):
    """Of --latency.  An answer that is an error makes the figures void."""
    wrong = re.search(r"^ +(Socket errors|Non-2xx).*", text, re.MULTILINE)
    if wrong:
        raise ValueError(f"wrk:{wrong[0]}")
    requests = find(r"^ +(\d+) requests in ", text)
    rate = find(r"^Requests/sec: +([\d.]+)$", text)
    p99 = find(r"^ +99% +([\d.]+)(us|ms|s|m)$", text)
    return Load(int(requests[1]), float(rate[1]),
                float(p99[1]) * UNITS[p99[2]])


def pgbench(text, log):
    """log: the lines of --log, whose third word is microseconds."""
    failed = find(r"failed transactions: (\d+)", text)
    if failed[1] != "0":
        raise ValueError(f"pgbench: {failed[0]}")
    done = find(r"actually processed: (\d+)", text)
    rate = find(r"^tps = ([\d.]+) \(without initial", text)
    times = [int(line.split()[2]) for line in log if line.strip()]
    if len(times) != int(done[1]):
        raise ValueError(f"pgbench: {done[1]} transactions, {len(times)} in"
                         " the log")
    return Load(len(times), float(rate[1]), percentile(times, 99) / 1e3)


def sysbench(text):
    """Requests are queries; the time is that of a transaction of 16."""
    queries = find(r"queries: +(\d+) +\(([\d.]+) per sec", text)
    ignored = find(r"ignored errors: +(\d+)", text)
    if ignored[1] != "0":
        raise ValueError(f"sysbench: {ignored[0]}")
    p99 = find(r"99th percentile: +([\d.]+)", text)
    return Load(int(queries[1]), float(queries[2]), float(p99[1]))


def percentile(values, percent):
    """The smallest value that so many per cent are not above."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values")
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def page_sum(page, name, **labels):
    """Of all samples of that name with these labels, of a page of the
    prometheus reporter."""
    total = 0.0
    for line in page.splitlines():
        if line.startswith(name + "{") and all(
                f'{key}="{value}"' in line for key, value in labels.items()):
            total += float(line.rsplit(" ", 1)[1])
    return total


def summary(values):
    """Median and quartiles."""
    if not values:
        return None
    low, middle, high = statistics.quantiles(
        values * 2 if len(values) == 1 else values, n=4, method="inclusive")
    return {"median": middle, "low": low, "high": high, "runs": len(values)}


FIGURES = ("rate", "cpu", "p99", "exporter_cpu")
# Twice the speed of a processor (pace.py): twice the rate, half the time.
GROWS = {"rate": 1, "cpu": -1}


def at_full_speed(turn, figure):
    value = turn.get(figure)
    return value and value / turn.get("speed", 1) ** GROWS.get(figure, 0)


def of_start(turns, mode, figure):
    """The median of its turns, and that of their ratios to the bare one: loads
    of one turn are compared, so that a slow moment of the machine is on both
    sides, and as they were at the same speed.  None where either has no such
    figure."""
    both = [(turn["bare"], turn[mode]) for turn in turns
            if turn.get("bare") and turn.get(mode)]
    values = [b[figure] for _, b in both if b.get(figure) is not None]
    fair = [[at_full_speed(part, figure) for part in pair] for pair in both]
    ratios = [b / a for a, b in fair if a and b is not None]
    return (statistics.median(values) if values else None,
            statistics.median(ratios) if ratios else None)


def compared(starts, mode):
    """starts: of each its turns, dictionaries from mode to figures or None."""
    out = {}
    for figure in FIGURES:
        parts = [of_start(turns, mode, figure) for turns in starts]
        for name, index in ((figure, 0), (figure + "_ratio", 1)):
            out[name] = summary([part[index] for part in parts
                                 if part[index] is not None])
    return out
