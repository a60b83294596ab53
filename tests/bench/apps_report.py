"""What `make bench-apps` shows: the table, the chart, and its part of
README.md."""

import json
import os

from report import (BARE, HEIGHT, PEER, SHIM, WIDTH, head, number,
                    origin, quantity, text_at)

CONTROL = "control"
TITLES = {"record": "no reporter", "exporter": "exporter inside",
          "host": "telemetry-host"}
ROWS = {CONTROL: "bare again: noise", **TITLES}
COLOURS = {CONTROL: "#d0d4d8", "record": SHIM, "exporter": BARE,
           "host": PEER}


def ratio(part, digits=3):
    return f"{part['median']:.{digits}f}" if part else "-"


def budget_of(app):
    """Of throughput with the reporters; a word, nothing fails."""
    part = app["modes"]["exporter"]["rate_ratio"]
    if app["budget"] is None or not part:
        return ""
    met = part["median"] >= app["budget"]
    return f"{app['budget']:g} {'met' if met else 'MISSED'}"


def bare_line(app):
    bare = app["bare"]
    if not bare["rate"]:
        return "  could not be measured"
    p99 = bare["p99"]
    return (f"  {'bare':<18} {number(bare['rate']['median']):>9}/s {'':>25}"
            f"{quantity(bare['cpu']['median'], 'us'):>9} {'':>23} "
            + (quantity(p99["median"], "ms") if p99 else "-"))


def quartiles(part):
    return f"{part['low']:.3f}..{part['high']:.3f}" if part else "-"


def exporting(part):
    """Of the exporter's thread, or of telemetry-host; the former is in the
    figure of the servers, too."""
    own = part["exporter_cpu"]
    return quantity(own["median"], "us") if own and own["median"] else "-"


def mode_line(app, mode):
    part = app["modes"][mode]
    if not part["rate"]:
        return f"  {ROWS[mode]:<18} void"
    verdict = budget_of(app) if mode == "exporter" else ""
    return (f"  {ROWS[mode]:<18} {number(part['rate']['median']):>9}/s"
            f" {ratio(part['rate_ratio']):>6}"
            f" {quartiles(part['rate_ratio']):>13}"
            f" {quantity(part['cpu']['median'], 'us'):>12}"
            f" {ratio(part['cpu_ratio']):>6}"
            f" {quartiles(part['cpu_ratio']):>13}"
            f" {ratio(part['p99_ratio'], 2):>6} {exporting(part):>9}"
            f" {verdict}").rstrip()


def idle_line(app):
    """What those that are not under load take from the one that is."""
    idle = app["idle"]
    share = f"{idle['median'] * 100:.1f} %" if idle else "-"
    return f"  {'idle servers took':<18} {share:>9} of a processor"


def table(data):
    where = ("servers on one processor, who asks them on another"
             if data["pinned"] else "everything on one processor")
    out = [head(data["machine"]),
           f"medians of {data['rounds']} starts, each with {data['turns']}"
           f" turn(s) of {data['load_seconds']} s; all servers alive at once,"
           f" {where};",
           f"reporters {data['reporters']}; {data['took_seconds']} s in all",
           "", f"  {'':<18} {'requests':>11} {'ratio':>6} {'quartiles':>13}"
           f" {'CPU/request':>12} {'ratio':>6} {'quartiles':>13} {'p99':>6}"
           " exporter's budget"]
    for app in data["apps"]:
        out.append(f"{app['title']}, a {app['unit']} ({app['version']})")
        out.append(bare_line(app))
        out += [mode_line(app, mode) for mode in ROWS]
        out.append(idle_line(app))
    out += [f"void: {why}" for why in data["void"]]
    return "\n".join(out)


def cell(app, figure, digits=2):
    return " / ".join(ratio(app["modes"][mode][figure], digits)
                      for mode in TITLES)


def noise(app):
    """Of the second bare server: throughput, its quartiles, processor time."""
    part = app["modes"][CONTROL]
    if not part["rate_ratio"]:
        return "-"
    return (f"{ratio(part['rate_ratio'])} ({quartiles(part['rate_ratio'])}),"
            f" CPU {ratio(part['cpu_ratio'], 2)}")


def readme_row(app):
    bare = app["bare"]["rate"]
    rate = f"{number(bare['median'])} {app['unit']}s/s" if bare else "-"
    if bare and app["unit"].endswith("y"):
        rate = rate.replace("ys/s", "ies/s")
    p99 = cell(app, "p99_ratio") if app["bare"]["p99"] else ""
    return (f"| {app['title']} | {rate} | {noise(app)} |"
            f" {cell(app, 'rate_ratio', 3)} | {cell(app, 'cpu_ratio')} |"
            f" {p99} |")


def readme(data):
    out = [origin("bench-apps", data["machine"])
           + f" medians of {data['rounds']}",
           "starts, all servers alive at once and loaded in turns of"
           f" {data['load_seconds']} s; times the bare one: no reporter /"
           " `prometheus` and `json` inside / in `telemetry-host`. A second"
           " bare one shows the noise.", "",
           "| | bare | bare again (quartiles) | throughput | CPU per request"
           " | p99 |", "|---|---|---|---|---|---|"]
    return "\n".join(out + [readme_row(app) for app in data["apps"]])


# ---- the chart ------------------------------------------------------------

LEFT, LONG = 330, 420


def bar(x, y, long, colour):
    return (f'<rect x="{x}" y="{y - 12}" width="{max(long, 1):.1f}"'
            f' height="15" fill="{colour}"/>')


def bars(app, y):
    """Its bars of throughput; a ratio of 1 is LONG."""
    parts = [text_at(LEFT - 8, y, app["title"], anchor="end")]
    for mode in ROWS:
        part = app["modes"][mode]
        if not part["rate_ratio"]:
            continue
        value = part["rate_ratio"]["median"]
        long = min(value, 1.2) * LONG
        parts.append(bar(LEFT, y, long, COLOURS[mode]))
        label = f"{value:.3f} {ROWS[mode]}"
        if part["cpu_ratio"]:
            label += f", CPU {part['cpu_ratio']['median']:.3f}"
        parts.append(text_at(LEFT + max(long, LONG) + 8, y, label))
        y += HEIGHT
    return parts, y + HEIGHT // 2


def chart(data):
    parts, y = [], 64
    for app in data["apps"]:
        more, y = bars(app, y)
        parts += more
    parts.append(f'<line x1="{LEFT + LONG}" x2="{LEFT + LONG}" y1="48"'
                 f' y2="{y}" stroke="#d03030"/>')
    machine = data["machine"]
    title = (f"bench-apps: throughput, times that of the bare run,"
             f" {machine['date']}, {machine['cpu']}")
    wide = WIDTH + 100
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}"'
        f' height="{y + 10}" font-family="sans-serif" font-size="12">',
        f'<rect width="{wide}" height="{y + 10}" fill="#ffffff"/>',
        text_at(12, 28, title), *parts, "</svg>"]) + "\n"


def show(data, build):
    print(table(data))
    os.makedirs(build, exist_ok=True)
    with open(f"{build}/bench-apps.json", "w") as out:
        json.dump(data, out, indent=1)
    with open(f"{build}/bench-apps.svg", "w") as out:
        out.write(chart(data))
    print(f"\n{build}/bench-apps.json, {build}/bench-apps.svg")
