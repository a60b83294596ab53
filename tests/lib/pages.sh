# pages.sh - for tests of the prometheus reporter with events of a program that
# is still there.
#
#   serve DEFINITIONS EVENT...   lib/emit.c, up to the first wait:
#   proceed                      lets it go on to the next wait:
#   page [HEADER]                its page, in $T/page
#   shows LINE...                until the page has these lines
#   finish                       it ends
#
# shellcheck shell=bash

# shellcheck source=tests/lib/metrics.sh
. "$(dirname "${BASH_SOURCE[0]}")/metrics.sh"
CHECKER=$HAZARD_ROOT/tests/lib/exposition.py

# A condition, for at most 30 seconds.
until_ok() {
	local tries=600

	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.05 # between two looks
	done
}

# With a header line of the caller's, if there is one.
# shellcheck disable=SC2120 # those that include this file pass it
page() {
	curl -sf -H "${1:-Accept: text/plain}" -o "$T/page" \
		"http://127.0.0.1:$(cat "$T/port")/metrics"
}

serve() {
	local definitions=$1

	shift
	rm -rf "$T/port" "$T/log" "$T/segments" "$T/input"
	mkdir -m 700 "$T/segments"
	mkfifo "$T/input"
	env -i PATH="$PATH" LD_PRELOAD="$HAZARD_PRELOAD" "${HAZARD_SAN[@]}" \
		TELEMETRY_DIR="$T/segments" TELEMETRY_LOG_FILE="$T/log" \
		TELEMETRY_REPORTERS=prometheus TELEMETRY_PROMETHEUS_PORT=0 \
		TELEMETRY_PROMETHEUS_PORT_FILE="$T/port" \
		TELEMETRY_PROMETHEUS_PROCESS_LABELS=false \
		TELEMETRY_METRICS="$definitions" "${vars[@]}" \
		"$HAZARD_BIN/emit" "$@" <"$T/input" >"$T/out" 2>&1 &
	program=$!
	exec 9>"$T/input"
	touch "$T/log"
	until_ok page || hazard_fail "nobody listens: $(cat "$T/log" "$T/out")"
}

proceed() {
	echo >&9
}

has() {
	local line

	page || return 1
	for line; do
		grep -qxF -- "$line" "$T/page" || return 1
	done
}

shows() {
	until_ok has "$@" || hazard_fail "not on the page: $*
$(grep -v '^#\|telemetry_\|heap' "$T/page")"
	python3 "$CHECKER" text "$T/page" || hazard_fail "^ $*"
}

finish() {
	local status=0

	exec 9>&-
	wait $program || status=$?
	[ $status = 0 ] || hazard_fail "emit: status $status: $(cat "$T/out")"
}
