"""bench.py bench|bench-peers - runs the rows in turns, so that bare,
shim and peers meet the same machine, and writes what came out."""

import fnmatch
import json
import os
import subprocess
import sys

import machine
import report
from figures import summary
from pace import find_full
from peers import PEERS, TURNS, found
from report import say
from rows import ROWS
from tools import SHIM, Run, at_pace

ROUNDS = int(os.environ.get("ROUNDS") or 15)
RUNS = int(os.environ.get("RUNS") or 0)
ONLY = os.environ.get("ONLY") or "*"
BUILD = os.environ["TEST_BUILD"]


def attempt(row, run):
    """A figure and None, or None and why there is none."""
    try:
        with run.around():
            return row.measure(run), None
    except (RuntimeError, OSError, ValueError, StopIteration,
            subprocess.SubprocessError) as error:
        return None, f"{type(error).__name__}: {error}"


def runs_of(row, peers, errors, turn):
    """(list that gets the figure, run, name for errors) of one row; every
    other turn backwards, so that nobody always comes first."""
    runs = [] if row.alone else [("bare", Run())]
    runs.append(("shim", Run(SHIM, row.env)))
    runs += [(peer.key, peer.run()) for peer in peers
             if row.key in peer.rows and turn < TURNS
             and (row.key, peer.key) not in errors]
    return runs[::-1] if turn % 2 else runs


def one_turn(row, peers, values, errors, turn):
    for name, run in runs_of(row, peers, errors, turn):
        figure, why = attempt(row, run)
        values[row.key].setdefault(name, []).append(figure)
        if why:
            ours = name in ("bare", "shim")
            errors[row.key if ours else (row.key, name)] = why


def pairs(values, name):
    """Of the turns in which both worked."""
    return [(b, other) for b, other in zip(values["bare"], values[name])
            if b is not None and other is not None]


def compared(values, name):
    """Differences and ratios are those of one turn each, so that a slow moment
    of the machine is on both sides."""
    both = pairs(values, name)
    return {"total": summary([other for _, other in both]),
            "added": summary([other - b for b, other in both]),
            "ratio": summary([other / b for b, other in both if b > 0])}


def result(row, values, errors):
    """One row of the output."""
    out = {"key": row.key, "title": row.title, "unit": row.unit}
    if row.key in errors:
        return {**out, "error": errors[row.key]}
    out.update(budget=row.budget, environment=row.env, readme=row.readme)
    if row.alone:
        return {**out, "shim": summary(values["shim"])}
    figures = compared(values, "shim")
    out.update(bare=summary(values["bare"]), shim=figures["total"],
               added=figures["added"], ratio=figures["ratio"])
    out["peers"] = {name: compared(values, name) for name in values
                    if name not in ("bare", "shim") and pairs(values, name)}
    return out


def measure(rows, peers):
    rows = [row for row in rows if fnmatch.fnmatch(row.key, ONLY)]
    errors, values = {}, {row.key: {} for row in rows}
    for turn in range(ROUNDS):
        for row in rows:
            if turn >= (row.rounds or ROUNDS) or row.key in errors:
                continue
            say(f"turn {turn + 1} of {ROUNDS}: {row.title}")
            one_turn(row, peers, values, errors, turn)
    say("")
    return [result(row, values[row.key], errors) for row in rows], errors


def choose(what):
    """`bench` takes the peers that it finds along."""
    if what == "bench":
        return ROWS
    if what == "bench-peers":
        wanted = {key for peer in PEERS for key in peer.rows}
        return [row for row in ROWS if row.key in wanted]
    raise SystemExit(f"bench.py: there is no {what}")


def write(what, data):
    with open(f"{BUILD}/{what}.json", "w") as out:
        json.dump(data, out, indent=1)
    with open(f"{BUILD}/{what}.svg", "w") as out:
        out.write(report.chart(data))
    print(f"\n{BUILD}/{what}.json, {BUILD}/{what}.svg")


def judge(runs):
    """Do the budgets hold in several runs?  Says so, and fails nothing."""
    rows = [row for row in ROWS if row.budget is not None]
    print(report.head(machine.describe()), "\n")
    print(f"{'':<48} {'':>3} {'budget':>8}  added in each run")
    figures = {row.key: [] for row in rows}
    for _ in range(runs):
        for out in measure(rows, [])[0]:
            figures[out["key"]].append(out)
    for row in rows:
        if figures[row.key]:
            print(report.verdicts(row, figures[row.key]))
    print(report.pace(at_pace))


def main():
    what = sys.argv[1] if len(sys.argv) == 2 else "bench"
    find_full()
    if RUNS:
        judge(RUNS)
        return
    rows = choose(what)
    described = machine.describe()
    peers, absent = found()
    results, errors = measure(rows, peers)
    data = {"what": what, "machine": described,
            "peers": {p.key: p.title for p in peers}, "rows": results,
            "absent": absent, "at_pace": at_pace,
            "failed": {" under ".join(key): why for key, why in errors.items()
                       if isinstance(key, tuple)}}
    print(report.table(data))
    write(what, data)
    if os.environ.get("README") == "1":
        if what != "bench" or ONLY != "*":
            raise SystemExit("README=1 needs all rows of make bench")
        report.write_readme("bench", report.readme(data),
                            f"{os.environ['TEST_ROOT']}/README.md")


if __name__ == "__main__":
    main()
