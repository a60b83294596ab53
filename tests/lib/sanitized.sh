#!/bin/sh
# The parity tests once more, all of them, with the shim, its reporters and the
# programs built with -fsanitize=address,undefined, in a build folder of their own
# below $B.  Each line of output ends in the name of the sanitizers; a finding
# ends the program that it is in, and fails its test.
#
# AddressSanitizer has a malloc() of its own, in front of the shim's, which then
# counts no heap: wraps_heap() of hazard.h.  What the tests say of the heap is
# checked by tests/slow/undefined.sh under UBSan, which has none.
set -eu
cd "$(dirname "$0")/../.."

TEST_SAN=${1:-address,undefined}
B=${B:-build}/san${1:+-$1}
export TEST_SAN B
# Not with the options of a make that runs this, nor with the build and the
# folders of a run.sh.
unset MAKEFLAGS MFLAGS MAKELEVEL TEST_BUILD TEST_SHIM TEST_SEGMENTS TEST_TMP
make B="$B" SAN=$TEST_SAN CFLAGS="-O1 -g1" CC=gcc \
	all >"$B.log" 2>&1 ||
	{ cat "$B.log"; exit 1; }
exec tests/lib/run.sh tests/parity
