# known.sh - sourced behind lib/env.sh by slow tests of numbers that belong to one
# compiler: what the test's function `measure` prints, a name and its numbers a
# line, against a file of tests/bench.
#
#   known_numbers FILE HEADING NAMES LIMIT [--update]
#
# NAMES are those of the numbers; LIMIT is awk's of what is not yet too much, of
# `was` and of the number's place `i`.  Less than half is taken for a number
# that was not counted.  --update writes the file.
#
# shellcheck shell=sh

known_numbers() {
	known=$TEST_ROOT/tests/bench/$1
	compiler=$(gcc --version | head -n 1)
	if [ "${5-}" = --update ]; then
		{
			echo "# $2; $compiler"
			measure
		} >"$known"
		cat "$known"
		exit
	fi
	if ! grep -qF "$compiler" "$known"; then
		echo "the numbers are those of another compiler than $compiler"
		exit 77
	fi
	measure >"$TEST_TMP/now" || exit 1
	awk -v names="$3" '
		function limit(was, i) { return '"$4"' }
		function fail(text) { print "  " text; bad = 1 }
		BEGIN { count = split(names, what, " ") }
		$1 == "#" { next }
		FNR == NR { was[$1] = $0; next }
		!($1 in was) { fail($1 ": not in the file"); next }
		{
			print $0 " (" was[$1] ")"
			seen[$1] = 1
			if (NF != count + 1)
				fail("not " count " numbers")
			split(was[$1], before, " ")
			for (i = 1; i <= count; i++) {
				now = $(i + 1)
				if (now > limit(before[i + 1], i))
					fail(what[i] ": " now - before[i + 1] " more")
				else if (now * 2 < before[i + 1])
					fail(what[i] ": not half: if so, --update")
			}
		}
		END {
			for (path in was)
				if (!(path in seen))
					fail(path ": not measured")
			exit bad
		}' "$known" "$TEST_TMP/now"
}
