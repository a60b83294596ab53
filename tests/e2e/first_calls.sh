#!/bin/bash
# What the constructor leaves for later is there at the first call, wherever
# that comes from, and nothing of it is missing in the numbers.
. "$(dirname "$0")/../lib/hazard_lib.sh"
hazard_need_shim
lib=$HAZARD_ROOT/tests/lib
hazard_build "$lib/first_calls.c" "$HAZARD_BIN/first_calls" -pthread || exit 1
hazard_build "$lib/dump_reporter.c" "$HAZARD_BIN/dump_reporter.so" -fPIC \
	-shared || exit 1

run() { # WHAT VARIABLE=VALUE...
	what=$1
	shift
	rm -rf "$T/dump" "$T/log" "$T/segments"
	mkdir -m 700 "$T/segments"
	env -i PATH="$PATH" LD_PRELOAD="$HAZARD_PRELOAD" "${HAZARD_SAN[@]}" \
		TELEMETRY_DIR="$T/segments" TELEMETRY_LOG_FILE="$T/log" \
		TELEMETRY_REPORTERS="$HAZARD_BIN/dump_reporter.so" \
		TELEMETRY_DUMP_FILE="$T/dump" TELEMETRY_EXIT_TIMEOUT=30000 "$@" \
		"$HAZARD_BIN/first_calls" $what >"$T/out" 2>&1 ||
		hazard_fail "$what: status $?: $(cat "$T/out")"
	touch "$T/dump" "$T/log"
}

shows() {
	grep -qxF -- "$1 process=first_calls" "$T/dump" ||
		hazard_fail "$what: no sample
    $1
$(grep -F -- "${1%% *} " "$T/dump")$(cat "$T/log")"
}

# In one report or in two: a child of a raw fork may make one of its own.
sends() {
	got=$(sed -n 's/^libc.socket.operations .*operation="send".* count=\([0-9]*\) .*/\1/p' \
		"$T/dump" | awk '{ sum += $1 } END { print sum + 0 }')
	[ "$got" = "$1" ] || hazard_fail "$what: $got sends, not $1"
}

run threads
sends 160
run signal
sends 2
run forks
sends 40
run program
shows 'telemetry.exceptions counter - {span="shop",error.type=""} count=1 value=1'
run name
[ "$(cat "$T/out")" = 1 ] || hazard_fail "a second libc.socket.io"

# What was configured is not put off: what is wrong with it is said.
run none TELEMETRY_METRICS='nonsense(a.b)' TELEMETRY_REPORTERS=
grep -q TELEMETRY_METRICS "$T/log" || hazard_fail "not said what is wrong"
# Neither the heap's spans, if somebody wants them.
run none TELEMETRY_RECORD='*' TELEMETRY_REPORTERS=json \
	TELEMETRY_JSON_FILE="$T/json"
grep -q '"libc.heap.alloc".*"requested":100' "$T/json" ||
	hazard_fail "no span of the heap"
hazard_finish
