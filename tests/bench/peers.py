"""Other tools that look at the same calls.  A peer is one entry: how a program
is run under it, and in which rows.  Those that are not on the machine, or do
not work there, are named with the reason."""

import atexit
import contextlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import Callable, Tuple

from tools import TMP, Run, output, loop

LIBS = "/usr/lib/x86_64-linux-gnu"
LIBC = f"{LIBS}/libc.so.6"
LTTNG = f"{LIBS}/liblttng-ust-libc-wrapper.so.1"
JEMALLOC = f"{LIBS}/libjemalloc.so.2"
TURNS = 5


@dataclass
class Peer:
    key: str
    title: str
    rows: Tuple[str, ...]
    run: Callable
    needs: str  # a program, or a library's path
    prepare: Callable = lambda: None


def command(*words):
    """Once, for the whole sitting."""
    return output(list(words), dict(os.environ))


def quietly(*words):
    subprocess.run(words, capture_output=True, timeout=60)


def lttng_begin():
    """A session that exists, and does not trace outside of lttng_tracing()."""
    os.environ["LTTNG_HOME"] = f"{TMP}/lttng"
    os.makedirs(os.environ["LTTNG_HOME"], exist_ok=True)
    if os.path.exists("/var/run/lttng/lttng-sessiond.pid"):
        raise RuntimeError("a session daemon of somebody else runs")
    daemon = subprocess.Popen(["lttng-sessiond", "--no-kernel", "--quiet"],
                              stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    atexit.register(lambda: (quietly("lttng", "destroy", "bench"),
                             daemon.terminate(), daemon.wait(30)))
    # It would start a daemon of its own while ours is not ready.
    create = ["lttng", "--no-sessiond", "create", "bench",
              "--output", f"{TMP}/lttng/trace"]
    for _ in range(100):
        if subprocess.run(create, capture_output=True).returncode == 0:
            break
        with contextlib.suppress(subprocess.TimeoutExpired):
            daemon.wait(0.1)
            raise RuntimeError("lttng-sessiond has ended")
    command("lttng", "enable-event", "-u", "lttng_ust_libc:*")


@contextlib.contextmanager
def lttng_tracing():
    command("lttng", "start")
    try:
        yield
    finally:
        quietly("lttng", "stop")


# Probes are on malloc alone, which favours them: with one on free, too, a call
# was measured at 5,333 ns instead of 372.
def perf_begin():
    """The event is probe_libc:bench_malloc."""
    atexit.register(quietly, "perf", "probe", "-q", "-d",
                    "probe_libc:bench_malloc*")
    command("perf", "probe", "-x", LIBC, "bench_malloc=malloc")


def bpftrace(program):
    """It wants the command as one word."""
    return lambda: Run(wrapper=("sh", "-c",
                                'p=$1; shift; exec bpftrace -e "$p" -c "$*"',
                                "sh", program))


def count(*names):
    probes = ",".join(f"uprobe:{LIBC}:{name}" for name in names)
    return f"{probes} {{ @ = count(); }}"


def durations(*names):
    begin = ",".join(f"uprobe:{LIBC}:{name}" for name in names)
    end = begin.replace("uprobe", "uretprobe")
    return (f"{begin} {{ @s[tid] = nsecs; }} "
            f"{end} {{ @ = hist(nsecs - @s[tid]); }}")


PERF = ("perf", "stat", "-e", "probe_libc:bench_malloc")
UFTRACE = ("uftrace", "record", "--force", "-d", f"{TMP}/uftrace")

PEERS = [
    Peer("lttng-off", "LTTng-UST libc wrapper, not tracing",
         ("heap-idle", "true"), lambda: Run(LTTNG), LTTNG),
    Peer("lttng", "LTTng-UST libc wrapper, tracing", ("heap",),
         lambda: Run(LTTNG, around=lttng_tracing), LTTNG, lttng_begin),
    Peer("heaptrack", "heaptrack", ("heap",),
         lambda: Run(wrapper=("heaptrack", "-o", f"{TMP}/heaptrack")),
         "heaptrack"),
    Peer("uftrace", "uftrace record", ("heap-histogram", "unix", "tcp"),
         lambda: Run(wrapper=UFTRACE), "uftrace"),
    Peer("jemalloc", "jemalloc's profiler (an allocator; samples)",
         ("heap", "true"), lambda: Run(JEMALLOC, {
             "MALLOC_CONF": "prof:true,prof_active:true"}), JEMALLOC),
    Peer("bpftrace-count", "bpftrace uprobe on malloc alone, count", ("heap",),
         bpftrace(count("malloc")), "bpftrace"),
    Peer("bpftrace-heap", "bpftrace uprobe pair on malloc alone",
         ("heap-histogram",), bpftrace(durations("malloc")),
         "bpftrace"),
    Peer("bpftrace-socket", "bpftrace uprobe pairs, histogram",
         ("unix", "tcp"), bpftrace(durations("send", "recv")), "bpftrace"),
    Peer("perf", "perf stat, uprobe on malloc alone", ("heap",),
         lambda: Run(wrapper=PERF), "perf", perf_begin),
]


def works(peer):
    """Tries it once: None, or why it cannot be measured here."""
    if not shutil.which(peer.needs) and not os.path.exists(peer.needs):
        return "not installed (make bench-peers)"
    try:
        peer.prepare()
        loop("heap", 1000)(peer.run())
    except (RuntimeError, OSError, ValueError,
            subprocess.SubprocessError) as error:
        return str(error)
    return None


def found():
    """Those that work here, and why the others do not."""
    absent = {peer.title: why for peer in PEERS if (why := works(peer))}
    return [peer for peer in PEERS if peer.title not in absent], absent
