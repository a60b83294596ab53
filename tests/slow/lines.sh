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

known=$TEST_ROOT/tests/bench/lines.txt
compiler=$(gcc --version | head -n 1)
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

case ${1-} in
--update)
	{
		echo "# lines and pages of code, of data; $compiler"
		measure
	} >"$known"
	cat "$known"
	exit
	;;
--show)
	look "$2"
	exit
	;;
esac
if ! grep -qF "$compiler" "$known"; then
	echo "the numbers are those of another compiler than $compiler"
	exit 77
fi
measure >"$TEST_TMP/now" || exit 1
awk '
	BEGIN { split("- code-lines code-pages data-lines data-pages", what, " ") }
	$1 == "#" { next }
	FNR == NR { was[$1] = $0; next }
	!($1 in was) { print $1 ": not in lines.txt"; bad = 1; next }
	{
		print $0 " (" was[$1] ")"
		seen[$1] = 1
		if (NF != 5) {
			print "  that is not four numbers"
			bad = 1
		}
		split(was[$1], before, " ")
		for (i = 2; i <= 5; i++)
			if ($i > before[i] + (i % 2 ? 1 : 2)) {
				print "  " what[i] ": " $i - before[i] " more"
				bad = 1
			} else if ($i * 2 < before[i]) {
				print "  " what[i] ": not half: if so, --update"
				bad = 1
			}
	}
	END {
		for (path in was)
			if (!(path in seen)) {
				print path ": not measured"
				bad = 1
			}
		exit bad
	}' "$known" "$TEST_TMP/now"
