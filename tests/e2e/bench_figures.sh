#!/bin/sh
# Is what make bench-apps computes from the output of its tools right?
. "$(dirname "$0")/../lib/e2e.sh"
need python3
PYTHONDONTWRITEBYTECODE=1 python3 "$TEST_LIB/bench_cases.py" || fail "^"
