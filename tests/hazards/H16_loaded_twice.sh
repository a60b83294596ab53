#!/bin/bash
# H16: the shim named twice, and two copies of it, in LD_PRELOAD: the second
# one is quiet, nothing is printed, every event is counted once.
#
# Technique: a copy that finds another one in front of it stays inert; an
# executable stack is not asked for.
# shellcheck source=tests/lib/hazard_lib.sh
. "$(dirname "$0")/../lib/hazard_lib.sh"
hazard_need_shim

script='echo a | tr a b; ls /nonexistent; exit 5'
cp "$HAZARD_SHIM" "$T/libtelemetry_copy.so"
one=$HAZARD_SHIM
for HAZARD_SHIM in "$one:$one" "$one:$T/libtelemetry_copy.so"; do
	hazard_compare "record console" bash -c "$script"
	# How many sends does one program with a known number of them have?
	rm -rf "$T/events"
	hazard_run events perl -MSocket -e '
socketpair(A, B, AF_UNIX, SOCK_STREAM, 0); send(A, "x", 0) for 1..5;'
	sends=$(grep -c 'libc.socket.send.stop' "$T/events/console.out")
	[ "$sends" = 5 ] || hazard_fail "$sends lines for 5 sends"
done
readelf -lW "$one" | grep -q 'GNU_STACK.*RW ' ||
	hazard_fail "asks for an executable stack"
hazard_finish
