"""What figures have to be read with: the machine, its system, the versions."""

import datetime
import os
import platform
import subprocess


def first_line(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True)
        return (done.stdout or done.stderr).splitlines()[0]
    except (OSError, IndexError):
        return "unknown"


def field_of(path, key, separator):
    try:
        with open(path) as lines:
            for line in lines:
                if line.startswith(key):
                    return line.split(separator, 1)[1].strip().strip('"')
    except OSError:
        pass
    return "unknown"


def text_of(path):
    try:
        with open(path) as file:
            return file.read().strip()
    except OSError:
        return "unknown"


def commit():
    name = first_line("git", "rev-parse", "--short=12", "HEAD")
    status = subprocess.run(["git", "status", "--porcelain"],
                            capture_output=True, text=True).stdout
    return name + (" and changes" if status.strip() else "")


def describe():
    now = datetime.datetime.now(datetime.timezone.utc)
    return {
        "date": now.strftime("%Y-%m-%d %H:%M UTC"),
        "cpu": field_of("/proc/cpuinfo", "model name", ":"),
        "processors": len(os.sched_getaffinity(0)),
        "load": round(os.getloadavg()[0], 2),
        "virtual": "hypervisor" in field_of("/proc/cpuinfo", "flags", ":"),
        "clock": text_of("/sys/devices/system/clocksource/clocksource0/"
                         "current_clocksource"),
        "memory_mib": os.sysconf("SC_PAGE_SIZE")
        * os.sysconf("SC_PHYS_PAGES") >> 20,
        "kernel": platform.release(),
        "system": field_of("/etc/os-release", "PRETTY_NAME", "="),
        "libc": " ".join(platform.libc_ver()),
        "compiler": first_line(os.environ.get("BENCH_CC", "gcc"), "--version"),
        "commit": commit(),
    }
