"""lines.py MAP TRACE [PATH]: what the shim touches in a call.

TRACE is what valgrind's lackey says of lines.c, MAP what that has written.
Prints for each path lines and pages of code, then of data: those of one call,
the middle of all rounds.  With a PATH, the functions and the data of one.
"""

import bisect
import statistics
import subprocess
import sys

SHIM = "libtelemetry_shim.so"
LINE, PAGE = 6, 12  # bits of an address

# Which steps of lines.c: all that a server does for one question among them.
PATHS = {"busy": [1], "write": [2], "wait": [3], "recv": [4], "send": [5],
         "read": [6], "malloc": [7], "free": [8], "server": [1, 3, 4, 5]}
STEPS = 9


class Memory:
    """What is where."""

    def __init__(self, path):
        self.areas = []
        with open(path, encoding="utf-8") as file:
            for line in file:
                words = line.split()
                if words[0] == "mark":
                    self.mark = int(words[1], 16)
                    continue
                low, high = (int(end, 16) for end in words[0].split("-"))
                name = words[5] if len(words) > 5 else "no file"
                self.areas.append((low, high, words[1], name))
        ours = [area for area in self.areas if SHIM in area[3]]
        self.base = ours[0][0]
        self.code = next(area[:2] for area in ours if "x" in area[2])
        listed = subprocess.run(["nm", "--defined-only", "-n", ours[0][3]],
                                capture_output=True, text=True, check=True)
        lines = (line.split() for line in listed.stdout.splitlines())
        self.symbols = [(int(words[0], 16), words[2]) for words in lines]
        self.starts = [symbol[0] for symbol in self.symbols]

    def symbol(self, address):
        at = bisect.bisect_right(self.starts, address - self.base) - 1
        return self.symbols[at][1]

    def name(self, address):
        for low, high, _, name in self.areas:
            if not low <= address < high:
                continue
            if SHIM in name or self.base < low < self.base + self.starts[-1]:
                return self.symbol(address)
            return f"{name}+{address - low:#x}"
        return "nothing"


class Step:
    """Accesses as (address, size), and for data the code that made it."""

    def __init__(self):
        self.code, self.data = [], []

    def add(self, other):
        self.code += other.code
        self.data += other.data


def spread(accesses, bits):
    return {part for address, size, *_ in accesses
            for part in range(address >> bits,
                              (address + size - 1 >> bits) + 1)}


def split(text):
    address, _, size = text.partition(",")
    return int(address, 16), int(size)


def read_rounds(path, memory):
    """The steps of each whole round, by their numbers from 1."""
    low, high = memory.code
    mark, number, step, ours, rounds = f"{memory.mark:08x},", 0, None, False, []
    with open(path, encoding="ascii", errors="replace") as file:
        for line in file:
            kind, text = line[:2], line[3:]
            if kind == "I " and text.startswith(mark):
                number = number % STEPS + 1
                if number == 1:
                    rounds.append({})
                step = rounds[-1][number] = Step()
            elif step and kind == "I ":
                address, size = split(text)
                ours = low <= address < high
                if ours:
                    step.code.append((address, size))
            elif step and ours and kind in (" L", " S", " M"):
                step.data.append((*split(text), step.code[-1][0]))
    return [steps for steps in rounds if len(steps) == STEPS]


def path_of(steps, numbers):
    whole = Step()
    for number in numbers:
        whole.add(steps[number])
    return whole


def counts(step):
    return [len(spread(what, bits))
            for what in (step.code, step.data) for bits in (LINE, PAGE)]


def show(memory, step):
    functions = {}
    for address, size in step.code:
        functions.setdefault(memory.symbol(address), []).append((address, size))
    for name, code in functions.items():
        print(f"code {name}: {len(code)} instructions,",
              f"{len(spread(code, LINE))} lines")
    lines = {}
    for address, size, code in step.data:
        for line in spread([(address, size)], LINE):
            lines.setdefault(line, []).append((address, memory.symbol(code)))
    for line, touched in sorted(lines.items()):
        print(f"data {line << LINE:#x} {memory.name(touched[0][0])}:",
              *sorted({f"{address & 63:#x}" for address, _ in touched}),
              "by", *sorted({code for _, code in touched}))


def main():
    memory = Memory(sys.argv[1])
    rounds = read_rounds(sys.argv[2], memory)[-32:]
    if len(rounds) < 2:
        sys.exit(f"{len(rounds)} whole rounds of the program in {sys.argv[2]}")
    if len(sys.argv) > 3:
        show(memory, path_of(rounds[-2], PATHS[sys.argv[3]]))
        return
    for name, numbers in PATHS.items():
        each = [counts(path_of(steps, numbers)) for steps in rounds]
        print(name, *(int(statistics.median(c)) for c in zip(*each)))


main()
