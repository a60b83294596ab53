#!/bin/sh
# run.sh - what the shim costs, as differences within one run.  Fails nothing:
# the budgets stand in the output, to be read.
set -eu

# shellcheck source=tests/lib/env.sh
. "$(dirname "$0")/../lib/env.sh"
bench=$TEST_BUILD/tests/bench

echo "start and exit (budget: +0.30 ms)"
"$bench/start" "$TEST_SHIM"

# Idle: wrapped, and nobody listens.
for _ in 1 2 3 4 5; do
	"$bench/calls" | sed 's/^/bare /'
	LD_PRELOAD=$TEST_SHIM TELEMETRY_WRAP=process "$bench/calls" |
		sed 's/^/idle /'
	LD_PRELOAD=$TEST_SHIM "$bench/calls" | sed 's/^/default /'
done | sort -k1,2 -k3n | awk '
	{ value[$1, $2, ++count[$1, $2]] = $3 }
	function median(how, what) {
		return value[how, what, int((count[how, what] + 1) / 2)]
	}
	function row(what, name, idle, full,   b) {
		b = median("bare", what)
		printf "%-34s %8.1f %+8.1f (%s) %+8.1f (%s)\n", name, b,
			median("idle", what) - b, idle,
			median("default", what) - b, full
	}
	END {
		printf "\n%-34s %8s %16s %17s\n", "ns per call, budget in ( )",
			"bare", "idle", "default"
		row("heap", "malloc or free", "+1.2", "  +6")
		row("socket", "send or recv, 64 bytes", "+1.2", " +60")
		row("pipe", "write or read on a pipe, 64 bytes", "   -", "   -")
	}'
