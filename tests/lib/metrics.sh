# metrics.sh - for tests of metrics: runs events under the shim, and looks at
# every sample that a reporter is given.
#
#   observe DEFINITIONS EVENT...   lib/emit.c under TELEMETRY_METRICS
#   shows LINE                     a sample, as lib/dump_reporter.c prints it,
#                                  without its process
#   hides NAME                     no sample of that metric
#   logged TEXT, nothing_logged    what the shim had to say
#   returned LINE                  what lib/emit_define.h printed
#
# shellcheck shell=bash

# shellcheck source=tests/lib/hazard_lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/hazard_lib.sh"
hazard_need_shim
lib=$HAZARD_ROOT/tests/lib
hazard_build "$lib/emit.c" "$HAZARD_BIN/emit" -pthread || exit 1
hazard_build "$lib/dump_reporter.c" "$HAZARD_BIN/dump_reporter.so" -fPIC \
	-shared || exit 1

# More variables may stand in the array `vars`.
vars=()

observe() {
	observed=$1
	shift
	rm -rf "$T/dump" "$T/log" "$T/segments"
	mkdir -m 700 "$T/segments"
	env -i PATH="$PATH" LD_PRELOAD="$HAZARD_PRELOAD" "${HAZARD_SAN[@]}" \
		TELEMETRY_DIR="$T/segments" TELEMETRY_LOG_FILE="$T/log" \
		TELEMETRY_REPORTERS="$HAZARD_BIN/dump_reporter.so" \
		TELEMETRY_DUMP_FILE="$T/dump" TELEMETRY_METRICS="$observed" \
		"${vars[@]}" "$HAZARD_BIN/emit" "$@" >"$T/out" 2>&1 ||
		hazard_fail "emit: status $?: $(cat "$T/out")"
	touch "$T/dump" "$T/log"
}

shows() {
	grep -qxF -- "$1 process=emit" "$T/dump" ||
		hazard_fail "$observed: no sample
    $1
$(grep -F -- "${1%% *} " "$T/dump")$(cat "$T/log")"
}

hides() {
	! grep -F -- "$1 " "$T/dump" || hazard_fail "$observed: shows $1"
}

logged() {
	grep -qF -- "$1" "$T/log" ||
		hazard_fail "$observed: not logged: $1; but: $(cat "$T/log")"
}

nothing_logged() {
	[ ! -s "$T/log" ] || hazard_fail "$observed: $(cat "$T/log")"
}

returned() {
	grep -qxF -- "$1" "$T/out" ||
		hazard_fail "not printed: $1; but: $(cat "$T/out" "$T/log")"
}
