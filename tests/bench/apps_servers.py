"""The applications of `make bench-apps`: how each is prepared, started, loaded,
and what the shim must have counted of it."""

import contextlib
import glob
import os
import shutil
import signal
import socket
import subprocess
import time

from apps_base import App, Http, connects
from apps_process import (CLIENT, PROCESSORS, copy_for_servers, folder,
                          free_port, output, running, user, wait_for)
from figures import Load, page_sum, pgbench, redis_benchmark, sysbench


def newest(pattern):
    found = sorted(glob.glob(pattern), key=lambda path: [
        int(part) for part in path.split("/") if part.isdigit()])
    return found[-1] if found else pattern


class Redis(App):
    key, title, unit = "redis", "redis, redis-benchmark", "request"
    budget = 0.98
    operations = {"recv": (1, 1.2), "send": (1, 1.01)}
    warm_requests = 20000

    def prepare(self):
        """It only takes a number: the same one for all."""
        with self.server(dict(os.environ)) as server:
            wait_for(self.ready, server, self.log)
            self.rate = self.some(self.warm_requests // 2).rate

    def renew(self):
        self.port = free_port()

    def version(self):
        return ["redis-server", "--version"]

    def command(self):
        return ["redis-server", "--port", str(self.port), "--bind",
                "127.0.0.1", "--save", "", "--appendonly", "no", "--dir",
                self.base]

    def ready(self):
        return connects(("127.0.0.1", self.port))

    def some(self, requests):
        """So many of two kinds."""
        text = output(["redis-benchmark", "-p", str(self.port), "-t",
                       "set,get", "-n", str(requests), "--csv"], CLIENT)
        return redis_benchmark(text, requests)

    def warm(self):
        return self.some(self.warm_requests // 2).requests

    def load(self, seconds):
        return self.some(int(self.rate * seconds / 2))


class Nginx(Http):
    key, title = "nginx", "nginx, wrk"
    budget = 0.98
    # A file: its header and its contents are a call each.
    operations = {"recv": (1, 2.2), "send": (1, 2.2)}
    end = signal.SIGQUIT

    def version(self):
        return ["nginx", "-v"]

    def prepare(self):
        with open(f"{self.base}/page", "w") as page:
            page.write("a page of 1 KiB\n" * 64)
        os.chmod(f"{self.base}/page", 0o644)

    def renew(self):
        super().renew()
        temporary = "".join(f"{kind}_temp_path {self.base}; " for kind in (
            "client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        with open(f"{self.base}/nginx.conf", "w") as conf:
            conf.write(
                f"daemon off;\nworker_processes 1;\npid {self.base}/pid;\n"
                f"error_log {self.base}/error.log;\n"
                "events { worker_connections 256; }\n"
                "http {\n sendfile on; keepalive_requests 1000000;\n"
                f" access_log {self.base}/access.log; {temporary}\n"
                f" server {{ listen 127.0.0.1:{self.port};"
                f" root {self.base}; }}\n}}\n")
        os.chmod(f"{self.base}/nginx.conf", 0o644)

    def command(self):
        return ["nginx", "-e", f"{self.base}/error.log", "-p", self.base,
                "-c", f"{self.base}/nginx.conf"]


class Python(Http):
    key, title = "python", "Python: gunicorn, wrk"
    operations = {"recv": (1, 3), "send": (1, 3)}
    wsgi = '''import json

def app(environ, start):
    body = json.dumps({"path": environ["PATH_INFO"],
                       "values": list(range(100))}).encode()
    start("200 OK", [("Content-Type", "application/json"),
                     ("Content-Length", str(len(body)))])
    return [body]
'''

    def version(self):
        return ["gunicorn", "--version"]

    def prepare(self):
        with open(f"{self.base}/wsgi.py", "w") as file:
            file.write(self.wsgi)

    def command(self):
        return ["gunicorn", "-w", "1", "-k", "gthread", "--threads", "4",
                "--worker-tmp-dir", self.base, "--log-level", "warning", "-b",
                f"127.0.0.1:{self.port}", "wsgi:app"]


class Postgres(App):
    key, title, unit = "postgres", "PostgreSQL, pgbench -S", "transaction"
    budget = 0.98
    operations = {"recv": (1, 2.2), "send": (1, 1.05)}
    end = signal.SIGINT
    connections = 4
    lasting, recording = False, connections + 1

    def __init__(self, base):
        super().__init__(base)
        self.bin = newest("/usr/lib/postgresql/*/bin")

    def version(self):
        return [f"{self.bin}/postgres", "--version"]

    def command(self):
        return [f"{self.bin}/postgres", "-D", f"{self.base}/data", "-k",
                self.base, "-h", "", "-c", "autovacuum=off"]

    def client(self, *arguments, **options):
        return output([f"{self.bin}/pgbench", "-h", self.base, "-U", "test",
                       *arguments, "postgres"], CLIENT, **options)

    def prepare(self):
        output([f"{self.bin}/initdb", "-A", "trust", "-U", "test", "--no-sync",
                "-D", f"{self.base}/data"], cwd=self.base)
        with self.server(dict(os.environ)) as server:
            wait_for(self.ready, server, self.log)
            self.client("-i", "-q")

    def ready(self):
        return subprocess.run([f"{self.bin}/pg_isready", "-h", self.base],
                              capture_output=True).returncode == 0

    def load(self, seconds):
        logs = folder(f"{self.base}/log.d")
        try:
            text = self.client("-S", "-n", "-c", str(self.connections), "-T",
                               str(seconds), "--log", cwd=logs)
            lines = []
            for name in os.listdir(logs):
                with open(f"{logs}/{name}") as file:
                    lines += file.readlines()
        finally:
            shutil.rmtree(logs)
        return pgbench(text, lines)


class Mariadb(App):
    key, title, unit = "mariadb", "MariaDB, sysbench", "query"
    operations = {"send": (1, 1.05), "recv": (1, 3.2)}

    def version(self):
        return ["mariadbd", "--version"]

    def prepare(self):
        output(["mariadb-install-db", "--no-defaults", "--skip-name-resolve",
                "--skip-test-db", "--auth-root-authentication-method=normal",
                f"--datadir={self.base}/data"], cwd=self.base)
        with self.server(dict(os.environ)) as server:
            wait_for(self.ready, server, self.log)
            output(["mariadb", "--no-defaults", "-u", "root",
                    f"--socket={self.base}/sock", "-e",
                    "CREATE DATABASE sbtest"])
            self.sysbench("prepare")

    def command(self):
        return ["mariadbd", "--no-defaults", f"--datadir={self.base}/data",
                f"--socket={self.base}/sock", "--skip-networking",
                f"--pid-file={self.base}/pid", f"--tmpdir={self.base}",
                f"--user={user()}"]

    def ready(self):
        return connects(f"{self.base}/sock", socket.AF_UNIX)

    def sysbench(self, *arguments):
        return output(["sysbench", "oltp_read_only", "--mysql-user=root",
                       f"--mysql-socket={self.base}/sock", "--threads=4",
                       "--percentile=99", *arguments], CLIENT)

    def load(self, seconds):
        return sysbench(self.sysbench(f"--time={seconds}", "run"))


class Gcc(App):
    """`make` of a part of this project; the shell around it lives until its
    numbers have been looked at."""
    key, title, unit = "gcc", "gcc, building this project's shim/", "file"
    processors = set(PROCESSORS)
    folders = ("base", "event")
    lasting = False

    def version(self):
        return ["gcc", "--version"]

    def prepare(self):
        root = os.environ["TEST_ROOT"]
        copy_for_servers([f"{root}/shim"], f"{self.base}/tree")
        self.files = []
        for name in self.folders:
            self.files += sorted(
                f"shim/{name}/{file}" for file in
                os.listdir(f"{self.base}/tree/shim/{name}")
                if file.endswith(".c"))
        with open(f"{self.base}/tree/Makefile", "w") as file:
            file.write("O := $(patsubst shim/%.c,../out/%.o,"
                       f"{' '.join(self.files)})\n"
                       "all: $(O)\n../out/%.o: shim/%.c\n"
                       "\t@mkdir -p $(@D)\n"
                       "\t@gcc -std=gnu11 -O2 -g -fPIC -Wall -Wextra -Ishim"
                       " -Ishim/include -D_GNU_SOURCE= "
                       "-DTELEMETRY_BUILDING_SHIM -c -o $@ $<\n")

        self.recording = len(self.files)
        self.build_alone()

    def build_alone(self):
        """So that the files are in memory, and whatever is wrong is seen."""
        with self.server(dict(os.environ)):
            self.load(1)

    def command(self):
        return ["sh", "-c", "while read go; do rm -rf ../out;"
                f" make -s -j{len(PROCESSORS)} >&2 || exit 1; echo $go; done"]

    @contextlib.contextmanager
    def server(self, env):
        with running(self.command(), env, self.log, self.processors,
                     cwd=f"{self.base}/tree", stdin=subprocess.PIPE,
                     stdout=subprocess.PIPE) as self.process:
            yield self.process

    def ready(self):
        return True

    def warm(self):
        return 0

    def load(self, _seconds):
        """One build, however long it takes."""
        begin = time.monotonic()
        self.process.stdin.write(b"done\n")
        self.process.stdin.flush()
        if self.process.stdout.readline() != b"done\n":
            with open(self.log) as log:
                raise RuntimeError(f"make: {log.read()[-300:]}")
        took = time.monotonic() - begin
        return Load(len(self.files), len(self.files) / took)

    def check(self, page, requests):
        """The compiler proper is a process of its own for each file; a small
        file takes some thousand calls of malloc."""
        told = page_sum(page, "libc_heap_allocations_total",
                        service_name="cc1")
        if told < 1000 * requests:
            raise ValueError(f"{told:.0f} allocations counted, {requests}"
                             " files compiled")


APPS = (Redis, Nginx, Postgres, Mariadb, Python, Gcc)
