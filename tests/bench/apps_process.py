"""Starting, stopping and weighing the servers.  All run as one user who is not
root, because some refuse to be root, and in folders of their own."""

import contextlib
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import time

TICK = os.sysconf("SC_CLK_TCK")
ROOT = os.getuid() == 0
# Servers, and telemetry-host, on one processor; who asks them on the other.
PROCESSORS = sorted(os.sched_getaffinity(0))
PINNED = len(PROCESSORS) > 1
SERVER = set(PROCESSORS[:1]) if PINNED else set(PROCESSORS)
CLIENT = set(PROCESSORS[1:2]) if PINNED else set(PROCESSORS)


def user():
    return "nobody" if ROOT else pwd.getpwuid(os.getuid()).pw_name


def own(path):
    """Gives a file or folder to the servers' user; returns the path."""
    if ROOT:
        entry = pwd.getpwnam("nobody")
        os.chown(path, entry.pw_uid, entry.pw_gid)
    return path


def folder(path):
    os.mkdir(path, 0o700)
    return own(path)


def spawn(command, env=None, on=None, **options):
    """In a session of its own.  on: the processors that it may have."""
    if ROOT:
        group = pwd.getpwnam("nobody").pw_gid
        options.update(user="nobody", group=group, extra_groups=[])
    if on:
        options["preexec_fn"] = lambda: os.sched_setaffinity(0, on)
    return subprocess.Popen(command, env=env or dict(os.environ),
                            start_new_session=True, **options)


def output(command, on=None, env=None, limit=120, **options):
    """Of a command that has to succeed; stderr is part of it."""
    process = spawn(command, env, on, stdin=subprocess.DEVNULL, text=True,
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                    **options)
    try:
        text, _ = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)}: status {process.returncode}:"
                           f" {text.strip()[-300:]}")
    return text


@contextlib.contextmanager
def running(command, env, log, on=None, end=signal.SIGTERM, **options):
    """The process, until the end of the block."""
    with open(log, "w") as out:
        options.setdefault("stdout", out)
        process = spawn(command, env, on, stderr=out, **options)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(end)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        for stream in (process.stdin, process.stdout):
            if stream:
                stream.close()


def wait_for(condition, process, log, limit=60):
    """Until the condition holds; it may raise OSError meanwhile."""
    end = time.monotonic() + limit
    while True:
        with contextlib.suppress(OSError):
            if value := condition():
                return value
        if process.poll() is not None or time.monotonic() > end:
            with open(log) as text:
                raise RuntimeError(f"{process.args[0]} does not answer:"
                                   f" {text.read().strip()[-300:]}")
        time.sleep(0.01)  # between two looks


def free_port():
    """Below those that the kernel gives to connections, which come and go."""
    with open("/proc/sys/net/ipv4/ip_local_port_range") as limits:
        end = int(limits.read().split()[0])
    for _ in range(1000):
        with socket.socket() as s, contextlib.suppress(OSError):
            port = random.randrange(2048, end)
            s.bind(("127.0.0.1", port))
            return port
    raise RuntimeError(f"no free port from 2048 to {end}")


def get(path):
    """The page, over a UNIX socket: seconds and body."""
    begin = time.perf_counter()
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(30)
        s.connect(path)
        s.sendall(b"GET /metrics HTTP/1.1\r\nHost: bench\r\n"
                  b"Connection: close\r\n\r\n")
        data = b"".join(iter(lambda: s.recv(1 << 20), b""))
    return time.perf_counter() - begin, data


# ---- processor time -------------------------------------------------------

def stat(pid):
    """Fields of /proc/PID/stat behind the name, counted from the state."""
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()


def all_children():
    children = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                children.setdefault(int(stat(name)[1]), []).append(int(name))
    return children


def tree(root, children=None):
    """A process and all that descend from it."""
    children = children or all_children()
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def threads_ns(pid):
    """Of the threads that there are; exact where the kernel says it."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(OSError, ValueError):
            with open(f"/proc/{pid}/task/{thread}/schedstat") as file:
                total += int(file.read().split()[0])
    return total


def cpu_of(pid):
    """Seconds of one process, its ended threads and its ended children."""
    fields = stat(pid)
    ticks = (int(fields[11]) + int(fields[12])) / TICK
    ended = (int(fields[13]) + int(fields[14])) / TICK
    return max(ticks, threads_ns(pid) / 1e9) + ended


def cpu(*roots):
    """Of them and all that descend from them."""
    total, children = 0.0, all_children()
    for pid in (pid for root in roots for pid in tree(root, children)):
        with contextlib.suppress(OSError, IndexError):
            total += cpu_of(pid)
    return total


def thread_cpu(root, name):
    """Seconds of the threads of that name."""
    total = 0
    for pid in tree(root):
        with contextlib.suppress(OSError):
            for thread in os.listdir(f"/proc/{pid}/task"):
                path = f"/proc/{pid}/task/{thread}"
                with open(f"{path}/comm") as comm:
                    if comm.read().strip() != name:
                        continue
                with open(f"{path}/schedstat") as file:
                    total += int(file.read().split()[0])
    return total / 1e9


def settled_cpu(*roots, limit=2):
    """Once what the load has left to do is done."""
    end, last = time.monotonic() + limit, cpu(*roots)
    while True:
        time.sleep(0.05)
        now = cpu(*roots)
        if now - last < 0.001 or time.monotonic() > end:
            return now
        last = now


# ---- what is on the disk --------------------------------------------------

def copy_for_servers(paths, target):
    """Where any user may read it."""
    os.makedirs(target, mode=0o755, exist_ok=True)
    for path in paths:
        name = os.path.join(target, os.path.basename(path))
        if os.path.isdir(path):
            shutil.copytree(path, name)
        else:
            shutil.copy(path, name)
    subprocess.run(["chmod", "-R", "a+rX", target], check=True)
    return target
