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
. "$TEST_LIB/instructions.sh"
. "$TEST_LIB/known.sh"

paths=$TEST_TMP/paths

gcc -O2 -I"$TEST_ROOT/shim/include" -o "$paths" "$TEST_ROOT/tests/lib/paths.c" \
	-lsqlite3 || exit 1

# What one call takes: the middle one of three differences, each with a seed of
# its own for the hashes.  Few are just more than the first ones, which are
# different.
per_call() { # PATH
	for seed in 1 2 3; do
		few=$(instructions "$1-few-$seed" "$paths" "$1" 200) || exit 1
		many=$(instructions "$1-many-$seed" "$paths" "$1" 3200) || exit 1
		echo $(((many - few + 1500) / 3000))
	done | sort -n | sed -n 2p
}

measure() {
	for path in heap socket tcp busy failure wait execute execute-1 execute-8 \
		span query; do
		echo "$path $(TELEMETRY_WRAP=all per_call $path)"
	done
	echo "heap-idle $(TELEMETRY_WRAP=process per_call heap)"
	echo "socket-idle $(TELEMETRY_WRAP=process per_call socket)"
	# What sets the seed would be one more object to look at: 4 % more.
	for run in 1 2 3; do
		seed='' instructions "start-$run" /bin/true
	done | sort -n | sed -n '2s/^/start /p'
}

known_numbers instructions.txt 'instructions of the shim per call' \
	instructions 'was * 1.03 + 1' "$@"
