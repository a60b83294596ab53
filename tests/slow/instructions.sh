#!/bin/sh
# Instructions of the shim for one call, on its hottest paths and a start,
# against tests/bench/instructions.txt: a rise of more than 3 % fails.  Counted
# by callgrind in the shim's own code, so neither the load of the machine nor
# the C library matters.
#
#   sh tests/slow/instructions.sh --update   writes the file
#
# The numbers are those of one compiler; with another one there is nothing to
# compare.
. "$(dirname "$0")/../lib/env.sh"
. "$(dirname "$0")/../lib/instructions.sh"

known=$TEST_ROOT/tests/bench/instructions.txt
paths=$TEST_TMP/paths
compiler=$(gcc --version | head -n 1)

gcc -O2 -I"$TEST_ROOT/shim/include" -o "$paths" "$TEST_ROOT/tests/lib/paths.c" \
	-lsqlite3 || exit 1

# What one call takes: the middle one of three differences, since hashes are
# seeded anew for each process.
per_call() { # PATH
	for run in 1 2 3; do
		few=$(instructions "$1-few-$run" "$paths" "$1" 1000) || exit 1
		many=$(instructions "$1-many-$run" "$paths" "$1" 3000) || exit 1
		echo $(((many - few + 1000) / 2000))
	done | sort -n | sed -n 2p
}

measure() {
	for path in heap socket tcp busy failure wait execute execute-1 execute-8 \
		span query; do
		echo "$path $(TELEMETRY_WRAP=all per_call $path)"
	done
	echo "heap-idle $(TELEMETRY_WRAP=process per_call heap)"
	echo "socket-idle $(TELEMETRY_WRAP=process per_call socket)"
	for run in 1 2 3; do
		instructions "start-$run" /bin/true
	done | sort -n | sed -n '2s/^/start /p'
}

if [ "${1-}" = --update ]; then
	{
		echo "# instructions of the shim per call; $compiler"
		measure
	} >"$known"
	cat "$known"
	exit
fi
if ! grep -qF "$compiler" "$known"; then
	echo "the numbers are those of another compiler than $compiler"
	exit 77
fi
measure >"$TEST_TMP/now"
awk '
	FNR == NR { if ($1 != "#") was[$1] = $2; next }
	!($1 in was) { print $1 ": not in instructions.txt"; bad = 1; next }
	{ seen[$1] = 1; print $1 ": " $2 " (" was[$1] ")" }
	$2 > was[$1] * 1.03 + 1 {
		print "  that is " int(($2 / was[$1] - 1) * 100 + 0.5) " % more"
		bad = 1
	}
	$2 < was[$1] / 2 {
		print "  that is not half of it: if it is so, --update"
		bad = 1
	}
	END {
		for (path in was)
			if (!(path in seen)) {
				print path ": not measured"
				bad = 1
			}
		exit bad
	}' "$known" "$TEST_TMP/now"
