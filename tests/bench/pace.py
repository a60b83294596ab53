"""How fast the processors are: pace.h.  What else they do for others takes up to
a half of it, for milliseconds at a time."""

import os
import subprocess


def program():
    return f"{os.environ['TEST_BENCH']}/pace"


def find_full():
    """For all that is measured in this sitting."""
    os.environ["BENCH_PACE"] = subprocess.run(
        [program()], capture_output=True, text=True, check=True).stdout.strip()


class Pace:
    """Looks on: speed is the mean of these processors' then, 1 at most."""

    def __init__(self, processors):
        self.processors = processors

    def __enter__(self):
        self.running = [subprocess.Popen(
            [program(), os.environ["BENCH_PACE"]], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True,
            preexec_fn=lambda on=on: os.sched_setaffinity(0, {on}))
            for on in self.processors]
        return self

    def __exit__(self, *_):
        told = [process.communicate(timeout=10)[0].split()
                for process in self.running]
        if not all(told):
            raise RuntimeError("the pace of a processor could not be had")
        self.speed = sum(float(words[0]) for words in told) / len(told)
