#!/bin/sh
# Does the checker of Prometheus' pages see what is wrong, and only that?
. "$(dirname "$0")/../lib/e2e.sh"
need python3
PYTHONDONTWRITEBYTECODE=1 python3 "$TEST_LIB/exposition_cases.py" || fail "^"
