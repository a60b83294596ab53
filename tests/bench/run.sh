#!/bin/sh
# run.sh bench|bench-peers|bench-apps - what the shim costs, measured against
# the same programs without it.  Fails nothing because of a figure.
#
#   README=1   writes the table into README.md, too, between its markers
#   ONLY=glob  only the rows whose key it is      ROUNDS=n   turns of each row
#   RUNS=n     the rows that have a budget alone, n times, with a verdict each
set -eu

# shellcheck source=tests/lib/env.sh
. "$(dirname "$0")/../lib/env.sh"
here=$TEST_ROOT/tests/bench
bin=$TEST_BUILD/tests/bench
mkdir -p "$bin"
cd "$TEST_ROOT"

cc=${CC:-gcc}
flags="-std=gnu11 -O2 -Wall -Wextra -Ishim/include"
export TEST_BENCH="$bin" BENCH_CC="$cc"
if [ "$1" = bench-apps ]; then
	"$TEST_ROOT/scripts/deps.sh" build apps
	# shellcheck disable=SC2086 # a list of options
	$cc $flags -o "$bin/pace" "$here/pace.c"
	python3 -B "$here/apps.py"
	exit
fi
"$TEST_ROOT/scripts/deps.sh" build bench
# One that cannot be had is named as such, and the others are measured.
[ "$1" != bench-peers ] || "$TEST_ROOT/scripts/deps.sh" peers || :
# shellcheck disable=SC2086 # lists of options
{
	for program in pace loops start host; do
		$cc $flags -o "$bin/$program" "$here/$program.c" -lpthread \
			-Wl,--as-needed -lsqlite3
	done
	$cc $flags -fPIC -shared -o "$bin/collect.so" "$here/collect.c"
	$cc $flags -Ishim -D_GNU_SOURCE= -DTELEMETRY_BUILDING_SHIM \
		-o "$bin/stack" "$here/stack.c" -lc "$TEST_BUILD/libshim.a" \
		-lurcu-bp -lpthread
}
python3 -B "$here/bench.py" "$1"
