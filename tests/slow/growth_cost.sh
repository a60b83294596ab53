#!/bin/sh
# What an event costs does not grow: not with the number of series, of threads or
# of processes of the group, nor what a thread costs with the number of those that
# are there.  In instructions of the shim, counted by callgrind, which the load of
# the machine does not change.  That threads do not write to each other's cache
# lines is unit/test_metric_cells.c's.
. "$(dirname "$0")/../lib/grow.sh"
. "$TEST_LIB/instructions.sh"
need valgrind

TELEMETRY_REPORTERS=
TELEMETRY_RECORD='-*'
TELEMETRY_WRAP=-all
TELEMETRY_METRICS='counter(events, event=grow.event, tags=[number], max_series=20000)'
export TELEMETRY_REPORTERS TELEMETRY_RECORD TELEMETRY_WRAP TELEMETRY_METRICS
mkdir -m 700 "$TELEMETRY_DIR"

# each FEW MANY WHAT ARGUMENT...: what one of MANY - FEW costs.
each() {
	few=$1
	many=$2
	what=$3
	shift 3
	begun=$(instructions grow ./grow "$what" "$few" "$@") || exit 1
	ended=$(instructions grow ./grow "$what" "$many" "$@") || exit 1
	# It is some hundred.
	[ $((ended - begun)) -gt $(((many - few) * 50)) ] ||
		{ echo "$what $*: nothing is counted" >&2; exit 1; }
	echo $(((ended - begun) / (many - few)))
}

# flat WHAT COST OTHER THEIRS [PERCENT]: not so much more (3).
flat() {
	echo "$1: $2 instructions; $3: $4"
	[ $(($2 * 100)) -le $(($4 * (100 + ${5:-3}) + 100)) ] ||
		fail "that is more"
}

few=$(each 20000 60000 cycle 10) || exit 1
for number in 1000 10000; do
	now=$(each 20000 60000 cycle $number) || exit 1
	flat "an event, $number series" "$now" "10 series" "$few"
done

alone=$(each 20000 60000 events 1) || exit 1
now=$(each 20000 60000 events 8) || exit 1
flat "an event, 8 threads" "$now" "1 thread" "$alone"

mkfifo input
LD_PRELOAD=$TEST_SHIM ./grow processes 500 500 <input >others 2>&1 &
others=$!
trap 'kill -9 $others 2>/dev/null; rm -rf "$TEST_TMP" "$TELEMETRY_DIR"' EXIT
exec 9>input
are_there() {
	[ "$(find "$TELEMETRY_DIR" -name '[1-9]*.[0-9]*' | wc -l)" -ge 500 ]
}
wait_for are_there || fail "they do not come: $(cat others)"
now=$(each 20000 60000 events 1) || exit 1
flat "an event, 500 other processes" "$now" "1 process" "$alone"
printf '\n\n\n' >&9
exec 9>&-
wait $others || fail "the others failed: $(cat others)"

few=$(each 200 400 crowd) || exit 1
now=$(each 1800 2000 crowd) || exit 1
# Each chunk of the segment is cleared for many of them at once.
flat "a thread beside 1,800" "$now" "beside 200" "$few" 10
