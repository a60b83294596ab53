#!/bin/sh
# The parity tests once more, with the shim and the programs built with
# -fsanitize=address,undefined, in a build folder of their own below $B.  What
# measures the process (P03, P06) is left out, and so are reporters (X, S).  Each line of output ends in the
# name of the sanitizers; a finding ends the program that it is in, and fails its
# test.
set -eu
cd "$(dirname "$0")/../.."

TEST_SAN=address,undefined
B=${B:-build}/san
export TEST_SAN B
# Not with the options of a make that runs this.
unset MAKEFLAGS MFLAGS MAKELEVEL
make B="$B" SAN=$TEST_SAN CFLAGS="-O1 -g1" CC=gcc \
	"$B/libtelemetry_shim.so" "$B/reporters/console.so" >"$B.log" 2>&1 ||
	{ cat "$B.log"; exit 1; }
exec tests/lib/run.sh tests/parity/P01*.c tests/parity/[TMC]*.c tests/parity/[TMC]*.sh
