# datagrams.sh - for tests of the statsd reporter: what a program's events are on
# the way, to the byte.
#
#   receive [udp|udp6|unix:PATH]   a receiver; $port, and the reporter in `vars`
#   dialect plain|dogstatsd [VARIABLE=VALUE...]
#   sends DEFINITIONS EVENT... -- DATAGRAM...
#                   lib/emit.c under them, and exactly these datagrams; two blanks
#                   in one are the end of a line.  Only metrics of the definitions
#                   are looked at, whose names do not begin like the shim's own.
#
# shellcheck shell=bash

# shellcheck source=tests/lib/metrics.sh
. "$(dirname "${BASH_SOURCE[0]}")/metrics.sh"

receive() {
	local where=${1:-udp} fd

	for fd in $from_receiver $to_receiver "${RECEIVER[@]}"; do
		eval "exec $fd>&-"
	done
	# shellcheck disable=SC2154 # bash sets it
	[ -z "$from_receiver" ] || wait "$RECEIVER_PID" 2>/dev/null
	coproc RECEIVER { python3 "$lib/datagrams.py" "$where"; }
	# Those of a coprocess are not for subshells.
	exec {from_receiver}<&"${RECEIVER[0]}" {to_receiver}>&"${RECEIVER[1]}"
	read -r port <&"$from_receiver" || hazard_fail "no receiver at $where"
}

dialect() {
	vars=(TELEMETRY_REPORTERS=statsd TELEMETRY_STATSD_PORT="$port"
		TELEMETRY_STATSD_DIALECT="$1" TELEMETRY_STATSD_SELF=false
		TELEMETRY_STATSD_PREFIX=none TELEMETRY_STATSD_DECIMALS=0
		TELEMETRY_STATSD_TAGS_ALWAYS=false "${@:2}")
}

# Without lines of the standard set, and what they leave empty.
# shellcheck disable=SC2120 # those that include this file pass it
received() {
	local line

	echo "${1-}" >&"$to_receiver"
	while read -r line <&"$from_receiver" && [ "$line" != . ]; do
		printf '%s\n' "$line"
	done
}

sends() {
	local input=() expected got

	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		input+=("$1")
		shift
	done
	shift
	expected=$(printf '%s\n' "$@")
	observe "${input[@]}"
	got=$(received | own)
	[ "$got" = "$expected" ] || hazard_fail "$observed: not
$expected
    but
$got
$(cat "$T/log")"
}

own() {
	sed -E 's/  ([a-z]+\.)?(process|libc|telemetry)\..*//;
		/^([a-z]+\.)?(process|libc|telemetry)\./d'
}
