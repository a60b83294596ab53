#!/bin/bash
# H93: a full tmpfs below TELEMETRY_DIR is no SIGBUS in the host.
#
# Technique: fallocate of each chunk before its first use; on failure private
# memory, and the drop is counted.
# shellcheck source=tests/lib/hazard_lib.sh
. "$(dirname "$0")/../lib/hazard_lib.sh"
hazard_need_shim

unshare -m true 2>/dev/null || hazard_skip "no mount namespaces here"
bin=$HAZARD_BIN/H41_growth
hazard_build "$HAZARD_ROOT/tests/hazards/H41_growth.c" "$bin" -pthread ||
	exit 1
HAZARD_LIMIT=30
hazard_run bare "$bin"
for size in 4k 64k 1m; do
	for filled in no yes; do
		rm -rf "$T/record"
		mkdir -p "$T/record/small"
		HAZARD_VARS=("TELEMETRY_DIR=$T/record/small/dir")
		hazard_run record unshare -m sh -c "LD_PRELOAD=
			mount -t tmpfs -o size=$size tmpfs $T/record/small &&
			mkdir -m 700 $T/record/small/dir &&
			{ [ $filled = no ] || head -c 10000000 /dev/zero \
				>$T/record/small/fill 2>/dev/null; }
			LD_PRELOAD=$HAZARD_SHIM exec $bin" &&
			hazard_same record
	done
done
hazard_finish
