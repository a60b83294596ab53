#!/bin/bash
# prometheus: one port and two groups: the second is told who has it, and takes
# it when it is free.
#
# shellcheck disable=SC2154 # begin() sets them
. "$(dirname "$0")/../lib/pages.sh"

begin() { # NAME GROUP EVENT...: a program; $NAME is its process
	mkfifo "$T/$1.in"
	env -i PATH="$PATH" LD_PRELOAD="$HAZARD_SHIM" \
		TELEMETRY_DIR="$T/segments" TELEMETRY_LOG_FILE="$T/$1.log" \
		TELEMETRY_REPORTERS=prometheus \
		TELEMETRY_PROMETHEUS_PORT="$port" \
		TELEMETRY_METRICS="counter($2, event=e)" \
		"$HAZARD_BIN/emit" "${@:3}" <"$T/$1.in" >"$T/$1.out" 2>&1 8>&- 9>&- &
	declare -g "$1=$!"
}

page() {
	curl -sf -o "$T/page" "http://127.0.0.1:$port/metrics"
}

shows_like() {
	page && grep -qE -- "$1" "$T/page"
}

mkdir -m 700 "$T/segments"
port=$(python3 -c '
import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')

begin first one e wait:
exec 8>"$T/first.in"
until_ok shows_like '^one_total\{.*\} 1$' || hazard_fail "first: no page"
begin second two e e wait:
exec 9>"$T/second.in"
until_ok grep -q . "$T/second.log" || hazard_fail "second: nothing logged"
grep -q "TELEMETRY_PROMETHEUS_PORT: 127.0.0.1 port $port is taken by process $first (emit)" \
	"$T/second.log" || hazard_fail "second: $(cat "$T/second.log")"
exec 8>&-
wait "$first" || hazard_fail "first: status $?"
until_ok shows_like '^two_total\{.*\} 2$' || hazard_fail "second: no page"
[ "$(wc -l <"$T/second.log")" = 1 ] || hazard_fail "$(cat "$T/second.log")"
exec 9>&-
wait "$second" || hazard_fail "second: status $?"

hazard_finish
