#!/bin/sh
# Cache lines and pages of the shim that one call touches, of code and of data,
# against tests/bench/lines.txt: more than two lines or one page more fail.  A
# server that shares its processor finds few of them in the caches, and pays
# for them rather than for instructions.  Counted by valgrind's lackey, so the
# load of the machine does not matter.
#
#   sh tests/slow/lines.sh --update     writes the file
#   sh tests/slow/lines.sh --show send  the functions and the data of a send
#
# The numbers are those of one compiler; with another one there is nothing to
# compare.
. "$(dirname "$0")/../lib/env.sh"
. "$TEST_LIB/known.sh"

program=$TEST_TMP/lines
clock=$(nm "$TEST_SHIM" | awk '$3 == "clock_scale_now" { print $1 }')

gcc -O2 -D_GNU_SOURCE -I"$TEST_ROOT/shim" -o "$program" \
	"$TEST_ROOT/tests/lib/lines.c" || exit 1

look() { # [PATH]
	LD_PRELOAD=$TEST_SHIM valgrind --tool=lackey --trace-mem=yes \
		--log-file="$TEST_TMP/trace" "$program" "$TEST_TMP/map" "$clock" ||
		return 1
	python3 "$TEST_LIB/lines.py" "$TEST_TMP/map" "$TEST_TMP/trace" "$@"
}

# Hashes are seeded anew for each process, and so are addresses: the middle one
# of three for each number.
measure() {
	for run in 1 2 3; do
		look >"$TEST_TMP/run-$run" || exit 1
	done
	for path in $(cut -d ' ' -f 1 "$TEST_TMP/run-1"); do
		for column in 2 3 4 5; do
			sed -n "s/^$path //p" "$TEST_TMP"/run-? |
				cut -d ' ' -f $((column - 1)) | sort -n | sed -n 2p
		done | xargs echo "$path"
	done
}

if [ "${1-}" = --show ]; then
	look "$2"
	exit
fi
known_numbers lines.txt 'lines and pages of code, of data' \
	'code-lines code-pages data-lines data-pages' 'was + (i % 2 ? 2 : 1)' "$@"
