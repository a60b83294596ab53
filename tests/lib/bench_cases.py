"""Cases of the arithmetic of `make bench-apps`: what tools have printed, and
what is made of figures.  tests/e2e/bench_figures.sh runs it."""

import os
import resource
import subprocess
import sys
import tempfile
import types
import unittest
import xml.dom.minidom

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path.insert(0, os.path.join(ROOT, "bench"))

import apps_process  # noqa: E402
import apps_report  # noqa: E402
import apps_start  # noqa: E402
import figures  # noqa: E402
import report  # noqa: E402

REDIS = '''"test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms",\
"p95_latency_ms","p99_latency_ms","max_latency_ms"
"SET","50000.00","0.647","0.176","0.583","0.863","4.079","4.383"
"GET","25000.00","0.603","0.208","0.575","0.839","3.023","3.335"
'''
WRK = '''Running 1s test @ http://127.0.0.1:18766/page
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.62ms    2.95ms  24.14ms   90.98%
    Req/Sec    21.80k     9.29k   34.37k    50.00%
  Latency Distribution
     50%  468.00us
     75%    1.37ms
     90%    4.25ms
     99%   15.47ms
  21749 requests in 1.00s, 26.22MB read
Requests/sec:  21672.97
Transfer/sec:     26.13MB
'''
PGBENCH = '''pgbench (15.20 (Debian 15.20-0+deb12u1))
transaction type: <builtin: select only>
number of transactions actually processed: 3
number of failed transactions: 0 (0.000%)
latency average = 0.480 ms
initial connection time = 9.154 ms
tps = 8336.245201 (without initial connection time)
'''
PGLOG = ["0 1 400 0 1795274000 100000\n", "1 1 900 0 1795274000 100001\n",
         "0 2 500 0 1795274000 100002\n"]
SYSBENCH = '''SQL statistics:
    queries performed:
        read:                            12096
        total:                           13824
    transactions:                        864    (860.70 per sec.)
    queries:                             13824  (13771.16 per sec.)
    ignored errors:                      0      (0.00 per sec.)
Latency (ms):
         avg:                                    4.63
         99th percentile:                       10.65
'''
PAGE = '''# TYPE calls_total counter
calls_total{operation="send",service_name="a"} 3
calls_total{operation="send",service_name="b"} 4
calls_total{operation="recv",service_name="b"} 100
calls_total_sum{operation="send",service_name="b"} 1000
'''


class Tools(unittest.TestCase):
    def test_redis_benchmark(self):
        load = figures.redis_benchmark(REDIS, 50000)
        self.assertEqual(load.requests, 100000)
        self.assertAlmostEqual(load.rate, 100000 / 3)
        self.assertEqual(load.p99, 4.079)
        for text in ("", "Could not connect\n", REDIS.splitlines()[0]):
            with self.assertRaises(ValueError):
                figures.redis_benchmark(text, 10)

    def test_wrk(self):
        load = figures.wrk(WRK)
        self.assertEqual((load.requests, load.rate, load.p99),
                         (21749, 21672.97, 15.47))
        for unit, value in (("us", 0.01547), ("s", 15470.0), ("m", 928200)):
            text = WRK.replace("15.47ms", "15.47" + unit)
            self.assertAlmostEqual(figures.wrk(text).p99, value)

    def test_wrk_errors(self):
        for line in ("  Socket errors: connect 0, read 3, write 0\n",
                     "  Non-2xx or 3xx responses: 7\n"):
            with self.assertRaisesRegex(ValueError, line.strip()[:8]):
                figures.wrk(WRK.replace("Requests/sec", line + "Requests/sec"))
        with self.assertRaises(ValueError):
            figures.wrk("unable to connect to 127.0.0.1\n")

    def test_pgbench(self):
        load = figures.pgbench(PGBENCH, PGLOG)
        self.assertEqual((load.requests, load.rate, load.p99),
                         (3, 8336.245201, 0.9))
        with self.assertRaisesRegex(ValueError, "failed transactions: 2"):
            figures.pgbench(PGBENCH.replace("transactions: 0",
                                            "transactions: 2"), PGLOG)
        with self.assertRaisesRegex(ValueError, "2 in the log"):
            figures.pgbench(PGBENCH, PGLOG[:2])

    def test_sysbench(self):
        load = figures.sysbench(SYSBENCH)
        self.assertEqual((load.requests, load.rate, load.p99),
                         (13824, 13771.16, 10.65))
        with self.assertRaisesRegex(ValueError, "ignored errors"):
            figures.sysbench(SYSBENCH.replace(
                "ignored errors:                      0",
                "ignored errors:                      4"))

    def test_page(self):
        self.assertEqual(figures.page_sum(PAGE, "calls_total",
                                          operation="send"), 7)
        self.assertEqual(figures.page_sum(PAGE, "calls_total"), 107)
        self.assertEqual(figures.page_sum(PAGE, "calls"), 0)


class Arithmetic(unittest.TestCase):
    def test_percentile(self):
        self.assertEqual(figures.percentile(range(1, 101), 99), 99)
        self.assertEqual(figures.percentile(range(1, 1001), 99), 990)
        self.assertEqual(figures.percentile([5, 3], 99), 5)
        self.assertEqual(figures.percentile([5], 99), 5)
        with self.assertRaises(ValueError):
            figures.percentile([], 99)

    def test_summary(self):
        self.assertEqual(figures.summary([4, 1, 3, 2, 5]),
                         {"median": 3, "low": 2, "high": 4, "runs": 5})
        self.assertEqual(figures.summary([7])["median"], 7)
        self.assertIsNone(figures.summary([]))

    def test_ratios_are_of_one_turn(self):
        """The machine gets twice as slow; the shim costs a tenth always."""
        turns = [{"bare": {"rate": 100.0 / slow, "cpu": 2.0 * slow},
                  "host": {"rate": 90.0 / slow, "cpu": 2.2 * slow}}
                 for slow in (1, 2, 1, 2, 2)]
        for starts in ([turns], [turns[:2], turns[2:]],
                       [[turn] for turn in turns]):
            out = figures.compared(starts, "host")
            for side in ("low", "median", "high"):
                self.assertAlmostEqual(out["rate_ratio"][side], 0.9)
                self.assertAlmostEqual(out["cpu_ratio"][side], 1.1)
            self.assertEqual(out["rate_ratio"]["runs"], len(starts))
        self.assertEqual(out["rate"]["median"], 45)
        self.assertIsNone(out["p99_ratio"])

    def test_a_start_is_the_median_of_its_turns(self):
        starts = [[{"bare": {"rate": 100.0}, "host": {"rate": rate}}
                   for rate in rates]
                  for rates in ((90.0, 91.0, 10.0), (95.0, 94.0, 200.0),
                                (80.0, 99.0, 98.0))]
        out = figures.compared(starts, "host")
        for figure, times in (("rate", 100), ("rate_ratio", 1)):
            self.assertAlmostEqual(out[figure]["median"], 0.95 * times)
            self.assertAlmostEqual(out[figure]["low"], 0.925 * times)
            self.assertAlmostEqual(out[figure]["high"], 0.965 * times)
            self.assertEqual(out[figure]["runs"], 3)

    def test_ratios_are_those_at_the_same_speed(self):
        bare = {"rate": 100.0, "cpu": 10.0, "p99": 3.0, "speed": 1.0}
        slow = {"rate": 45.0, "cpu": 22.0, "p99": 6.0, "speed": 0.5}
        out = figures.compared([[{"bare": bare, "host": slow}]], "host")
        self.assertAlmostEqual(out["rate_ratio"]["median"], 0.9)
        self.assertAlmostEqual(out["cpu_ratio"]["median"], 1.1)
        self.assertAlmostEqual(out["p99_ratio"]["median"], 2)
        self.assertEqual(out["rate"]["median"], 45)

    def test_void_turns_are_left_out(self):
        good = {"rate": 100.0, "cpu": 1.0, "p99": 1.0}
        half = {"rate": 50.0, "cpu": 2.0, "p99": 2.0}
        starts = [[{"bare": good, "host": half}], [{"bare": None,
                                                    "host": good}],
                  [{"bare": good, "host": None}], [{"bare": good,
                                                    "host": half}]]
        out = figures.compared(starts, "host")
        self.assertEqual(out["rate_ratio"]["runs"], 2)
        self.assertEqual(out["rate_ratio"]["median"], 0.5)
        self.assertIsNone(figures.compared(starts[1:3], "host")["rate_ratio"])


class Turns(unittest.TestCase):
    """A start without servers: each of them writes down what it is asked."""

    def servers(self, told, broken=None):
        class Fake(apps_start.Server):
            def __init__(self, mode):
                place = types.SimpleNamespace(mode=mode, clear=lambda: None)
                super().__init__(None, place,
                                 lambda *why: told.append(("why", *why)))

            def start(self, _stack):
                if broken == (self.mode, "start"):
                    raise ValueError("broken")

            def warm(self):
                if broken == (self.mode, "warm"):
                    raise subprocess.TimeoutExpired("x", 1)

            def load(self, seconds):
                told.append((self.mode, seconds))
                return {"rate": 1.0}

            def be_ready(self):
                pass

            def verify(self):
                if broken == (self.mode, "verify"):
                    raise ValueError("broken")
        return [Fake(mode) for mode in apps_start.MODES]

    def test_each_place_is_everybodys(self):
        """Of ten turns each mode is twice at each place."""
        told = []
        for number in range(5):
            out = apps_start.one_start(self.servers(told), number, 2, 3)
            self.assertEqual(len(out["turns"]), 2)
            for turn in out["turns"]:
                self.assertEqual(set(turn), set(apps_start.MODES))
        self.assertEqual({seconds for _, seconds in told}, {3})
        for place in range(5):
            modes = [told[turn * 5 + place][0] for turn in range(10)]
            self.assertEqual(sorted(modes), sorted(apps_start.MODES * 2))

    def test_void(self):
        """One that fails, whenever that is, has no figure of this start."""
        for when in ("start", "warm", "verify"):
            told = []
            turns = apps_start.one_start(self.servers(told, ("host", when)),
                                         0, 2, 1)["turns"]
            why = [entry for entry in told if entry[0] == "why"]
            self.assertEqual([entry[1] for entry in why], ["host"])
            for turn in turns:
                self.assertIsNone(turn["host"])
                self.assertEqual(turn["bare"], {"rate": 1.0})
            loaded = ("host", 1) in told
            self.assertEqual(loaded, when == "verify")


def data(ratio=0.985, void=()):
    bare = {"rate": 1000.0, "cpu": 10.0, "p99": 1.0}
    other = {"rate": 1000.0 * ratio, "cpu": 10.4, "p99": 1.1,
             "exporter_cpu": 0.3}
    again = {"rate": 1010.0, "cpu": 9.9, "p99": 1.0, "exporter_cpu": 0}
    starts = [[{"bare": bare, "control": None if "control" in void else again,
                **{mode: None if mode in void else other
                   for mode in apps_report.TITLES}}]] * 3
    app = {"key": "redis", "title": "redis, <benchmark>", "unit": "request",
           "budget": 0.98, "version": "7", "idle": figures.summary([0.012]),
           "bare": figures.compared(starts, "bare"),
           "modes": {mode: figures.compared(starts, mode)
                     for mode in apps_report.ROWS}}
    machine = {"date": "2026-11-21 10:00 UTC", "virtual": True, "cpu": "CPU",
               "processors": 2, "system": "Debian", "kernel": "6", "load": 0,
               "libc": "glibc", "compiler": "gcc", "clock": "tsc",
               "commit": "0"}
    return {"what": "bench-apps", "machine": machine, "apps": [app],
            "pinned": True, "reporters": "json", "rounds": 3, "turns": 1,
            "load_seconds": 2, "took_seconds": 10, "void": list(void)}


class Shown(unittest.TestCase):
    def test_table(self):
        self.assertIn("0.98 met", apps_report.table(data()))
        self.assertIn("0.98 MISSED", apps_report.table(data(0.975)))
        self.assertRegex(apps_report.table(data()),
                         r"exporter inside +985/s  0\.985 .* 1\.040 ")
        self.assertRegex(apps_report.table(data(void=["host"])),
                         r"telemetry-host +void\n(.*\n)*void: host")

    def test_noise(self):
        self.assertRegex(apps_report.table(data()),
                         r"bare again: noise +1,010/s  1\.010 +"
                         r"1\.010\.\.1\.010 ")
        self.assertRegex(apps_report.table(data()),
                         r"idle servers took +1\.2 % of a processor")

    def test_exporter(self):
        self.assertRegex(apps_report.table(data()), r" 0\.30 us 0\.98 met")

    def test_readme(self):
        row = apps_report.readme(data(void=["host"])).splitlines()[-1]
        self.assertEqual(row, "| redis, <benchmark> | 1,000 requests/s |"
                         " 1.010 (1.010..1.010), CPU 0.99 |"
                         " 0.985 / 0.985 / - | 1.04 / 1.04 / - |"
                         " 1.10 / 1.10 / - |")
        row = apps_report.readme(data(void=["control"])).splitlines()[-1]
        self.assertIn("1,000 requests/s | - | 0.985 / 0.985 / 0.985 |", row)

    def test_readme_is_as_long_as_before(self):
        """Its file has a limit of lines."""
        lines = apps_report.readme(data()).splitlines()
        self.assertEqual(len(lines), 6 + 1)
        self.assertEqual(len({line.count("|") for line in lines[4:]}), 1)

    def test_readme_between_its_markers(self):
        with tempfile.NamedTemporaryFile("w+") as file:
            file.write("a\n<!-- bench -->\nkept\n<!-- /bench -->\n"
                       "<!-- x -->\nold\n<!-- /x -->\nz\n")
            file.flush()
            report.write_readme("x", "new", file.name)
            with open(file.name) as written:
                self.assertEqual(written.read(),
                                 "a\n<!-- bench -->\nkept\n<!-- /bench -->\n"
                                 "<!-- x -->\nnew\n<!-- /x -->\nz\n")
            with self.assertRaises(SystemExit):
                report.write_readme("y", "new", file.name)

    def test_chart(self):
        for void in ((), ("host",), tuple(apps_report.ROWS)):
            xml.dom.minidom.parseString(apps_report.chart(data(void=void)))


BURN = "import time\nwhile time.thread_time() < 0.4: pass"


class Cpu(unittest.TestCase):
    def test_of_a_tree(self):
        """A child that has ended, one that rests, and a thread that ended."""
        program = ("import subprocess, sys, threading, time\n"
                   f"burn = {BURN!r}\n"
                   "subprocess.run([sys.executable, '-c', burn])\n"
                   "rest = subprocess.Popen([sys.executable, '-c', burn +\n"
                   "  '\\nprint(1, flush=True)\\ninput()'],\n"
                   "  stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
                   "rest.stdout.readline()\n"
                   "t = threading.Thread(target=exec, args=(burn,))\n"
                   "t.start()\nt.join()\n"
                   "print(1, flush=True)\ninput()\n"
                   "rest.communicate(b'\\n')\n")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        process = subprocess.Popen([sys.executable, "-c", program],
                                   stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE)
        process.stdout.readline()
        seen = apps_process.cpu(process.pid)
        process.communicate(b"\n")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        real = (after.ru_utime + after.ru_stime - before.ru_utime
                - before.ru_stime)
        self.assertGreater(seen, 1.15)
        # The ends of the processes are behind what was seen.
        self.assertLess(abs(real - seen), 0.25)


if __name__ == "__main__":
    unittest.main()
