#!/bin/sh
# make bench-apps, two short turns of each mode: figures of all, none void.
. "$(dirname "$0")/../lib/e2e.sh"
need python3 redis-server redis-benchmark

mkdir "$TEST_TMP/out"
gcc -O2 -o "$TEST_TMP/out/pace" "$TEST_ROOT/tests/bench/pace.c" || exit 1
APPS=redis ROUNDS=1 TURNS=2 LOAD=1 TEST_BENCH=$TEST_TMP/out BENCH_OUT=$TEST_TMP/out \
	python3 -B "$TEST_ROOT/tests/bench/apps.py" >"$TEST_TMP/table" 2>&1 ||
	fail "$(cat "$TEST_TMP/table")"
cat "$TEST_TMP/table"
python3 - "$TEST_TMP/out/bench-apps" <<'END' || fail "^"
import json, sys, xml.dom.minidom

xml.dom.minidom.parse(sys.argv[1] + ".svg")
with open(sys.argv[1] + ".json") as file:
    data = json.load(file)
assert not data["void"], data["void"]
[app] = data["apps"]
[start] = app["starts"]
assert len(start["turns"]) == 2, start
for turn in start["turns"]:
    assert sorted(turn) == ["bare", "control", "exporter", "host", "record"]
    for mode, figures in turn.items():
        assert figures["rate"] > 0 and figures["cpu"] > 0, (mode, figures)
        assert figures["requests"] > 1000, (mode, figures)
        assert 0 < figures["speed"] < 1.5, (mode, figures)
        exporting = figures["exporter_cpu"] > 0
        assert exporting == (mode in ("exporter", "host")), (mode, turn)
END
