"""What `make bench` shows: the table, the chart, and the part of README.md
between its markers."""

import html
import sys


def say(text):
    """What is going on, to who is watching."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def number(value):
    """Three digits are what such a figure is good for."""
    if abs(value) >= 99.95:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 9.995 else f"{value:.2f}"


def quantity(value, unit):
    """In the unit that reads best."""
    for unit_of, larger in (("ns", "us"), ("us", "ms"), ("KiB", "MiB")):
        limit = 1024 if unit_of == "KiB" else 1000
        if unit == unit_of and abs(value) >= 10 * limit:
            value, unit = value / limit, larger
    return f"{number(value)} {unit}".strip()


def spread(part):
    return f"{number(part['low'])}..{number(part['high'])}"


def verdict(row):
    """Of the budget, whose figure is beside it: a word, nothing fails."""
    if row.get("budget") is None:
        return ""
    within = row["added"]["median"] <= row["budget"]
    return f"{row['budget']:g} {'met' if within else 'MISSED'}"


def best_peer(row, names):
    """(what it adds, its name) of the peer that adds least."""
    return min(((part["added"]["median"], names[key])
                for key, part in row.get("peers", {}).items()), default=None)


def head(machine):
    kind = "virtual machine, " if machine["virtual"] else ""
    return (f"{machine['date']}, {kind}{machine['processors']} processors,"
            f" {machine['cpu']}\n{machine['system']}, Linux"
            f" {machine['kernel']}, {machine['libc']},"
            f" {machine['compiler']}; clock {machine['clock']}, load"
            f" {machine['load']}; commit {machine['commit']}")


def line(row):
    if "error" in row:
        return f"{row['title']:<48} could not be measured: {row['error']}"
    if "bare" not in row:
        return (f"{row['title']:<48} {row['unit']:>3} {'':>9}"
                f" {number(row['shim']['median']):>9}"
                f" {'':>9} {spread(row['shim']):>17}")
    ratio = f"{row['ratio']['median']:.2f}" if row["ratio"] else ""
    return (f"{row['title']:<48} {row['unit']:>3}"
            f" {number(row['bare']['median']):>9}"
            f" {number(row['shim']['median']):>9}"
            f" {number(row['added']['median']):>9} {spread(row['added']):>17}"
            f" {ratio:>6} {verdict(row)}")


def verdicts(row, runs):
    """A line for `RUNS=n`: what was added in each run, and how often that was
    within the budget."""
    added = [out["added"]["median"] if "added" in out else None
             for out in runs]
    good = sum(value is not None and value <= row.budget for value in added)
    shown = " ".join(f"{'failed' if v is None else number(v):>8}"
                     for v in added)
    word = "met" if good == len(added) else "MISSED"
    return (f"{row.title:<48} {row.unit:>3} {row.budget:>8g} {shown}"
            f"  {word}, {good} of {len(added)}")


def peer_lines(row, names):
    for key, part in sorted(row.get("peers", {}).items(),
                            key=lambda item: item[1]["added"]["median"]):
        times = part["added"]["median"] / max(row["added"]["median"], 1e-9)
        beside = f" {times:.1f} times ours" if 0 < times < 1e6 else ""
        yield (f"  {names[key]:<46} {'':>3} {'':>9}"
               f" {number(part['total']['median']):>9}"
               f" {number(part['added']['median']):>9}"
               f" {spread(part['added']):>17}"
               f" {part['ratio']['median']:>6.2f}{beside}")


def pace(of):
    """of: what was measured at the full pace of its processor, and all."""
    return (f"{of[0]:,} of {of[1]:,} batches and starts were at the full pace"
            " of their processor: the figures")


def table(data):
    out = [head(data["machine"]), "",
           f"{'':<48} {'':>3} {'bare':>9} {'shim':>9} {'added':>9}"
           f" {'quartiles':>17} {'ratio':>6} budget"]
    for row in data["rows"]:
        out.append(line(row))
        out.extend(peer_lines(row, data["peers"]))
    for what, why in {**data["absent"], **data["failed"]}.items():
        out.append(f"{what}: could not be measured: {why}")
    out.append(pace(data["at_pace"]))
    return "\n".join(text.rstrip() for text in out)


# ---- the part of README.md ------------------------------------------------

def readme_row(row, names):
    unit = row["unit"]
    if "bare" not in row:
        figures = ["", quantity(row["shim"]["median"], unit), "", "", ""]
    else:
        added, peer = row["added"], best_peer(row, names)
        budget = row["budget"]
        figures = [quantity(row["bare"]["median"], unit),
                   quantity(added["median"], unit),
                   spread(added),
                   "" if budget is None else quantity(budget, unit),
                   f"{quantity(peer[0], unit)} ({peer[1]})" if peer else ""]
    return f"| {row['title']} | " + " | ".join(figures) + " |"


def origin(what, machine):
    """Two lines: what these figures are from."""
    kind = "a virtual machine with " if machine["virtual"] else ""
    return (f"`make {what}`, {machine['date'].split()[0]}, {kind}"
            f"{machine['processors']} processors ({machine['cpu']}),\n"
            f"{machine['system']}, Linux {machine['kernel']},"
            f" {machine['libc']};")


def readme(data):
    out = [origin("bench", data["machine"])
           + " medians of turns, of what ran at full pace:",
           "", "| | bare | added | quartiles | budget | best peer adds |",
           "|---|---|---|---|---|---|"]
    out += [readme_row(row, data["peers"]) for row in data["rows"]
            if row.get("readme") and "error" not in row]
    return "\n".join(out)


def write_readme(what, part, path):
    """Between the markers of that name."""
    begin, end = f"<!-- {what} -->", f"<!-- /{what} -->"
    with open(path) as file:
        text = file.read()
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise SystemExit(f"{path}: expected the lines {begin} and {end}")
    with open(path, "w") as file:
        file.write(f"{before}{begin}\n{part}\n{end}{after}")
    print(f"{path}: the table is written")


# ---- the chart ------------------------------------------------------------

LEFT, WIDTH, HEIGHT = 330, 900, 22
SHIM, PEER, BARE = "#2a6fb0", "#b8bcc2", "#4d5562"


def bars_of(data):
    """(text, [(name, ratio to bare, colour)]) of each row with a bare run."""
    for row in data["rows"]:
        if not row.get("ratio"):
            continue
        bare = row["bare"]["median"]
        bars = [("shim", row["ratio"]["median"], SHIM)]
        bars += [(data["peers"][key], part["total"]["median"] / bare, PEER)
                 for key, part in row.get("peers", {}).items()]
        yield row["title"], sorted(bars, key=lambda bar: bar[1])


def text_at(x, y, text, colour=BARE, anchor="start"):
    return (f'<text x="{x:.0f}" y="{y:.0f}" fill="{colour}"'
            f' text-anchor="{anchor}">{html.escape(text)}</text>')


def chart(data):
    """Ratio to bare, logarithmic: 1 at the left edge of the bars."""
    import math
    rows = list(bars_of(data))
    top = max((ratio for _, bars in rows for _, ratio, _ in bars), default=2)
    scale = (WIDTH - LEFT - 220) / math.log(max(top, 2))
    parts, y = [], 64
    for title, bars in rows:
        parts.append(text_at(LEFT - 8, y, title, anchor="end"))
        for name, ratio, colour in bars:
            long = max(math.log(max(ratio, 1)) * scale, 1)
            parts.append(f'<rect x="{LEFT}" y="{y - 12}" width="{long:.1f}"'
                         f' height="15" fill="{colour}"/>')
            label = f"{ratio:.2f}" + ("" if name == "shim" else f" {name}")
            parts.append(text_at(LEFT + long + 6, y, label))
            y += HEIGHT
    machine = data["machine"]
    title = (f"{data['what']}: time or memory, times that of the bare run"
             f" (logarithmic), {machine['date']}, {machine['cpu']}")
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}"'
        f' height="{y + 10}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{y + 10}" fill="#ffffff"/>',
        text_at(12, 28, title), *parts, "</svg>"]) + "\n"
