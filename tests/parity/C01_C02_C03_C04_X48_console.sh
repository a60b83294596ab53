#!/bin/bash
# C01-C04, X48: the console reporter: works without a definition, and shows an event
# with all its measurements and metadata, whatever their types are.
. "$(dirname "$0")/../lib/metrics.sh"

# console MODE DEFINITIONS EVENT...: its report in $T/report.
console() {
	rm -f "$T/report"
	vars=(TELEMETRY_REPORTERS=console TELEMETRY_CONSOLE_MODE="$1"
		TELEMETRY_CONSOLE_FILE="$T/report")
	observe "${@:2}"
	[ ! -s "$T/out" ] || hazard_fail "output: $(cat "$T/out")"
	nothing_logged
}

reports() {
	grep -qE -- "$1" "$T/report" || hazard_fail "no line '$1' in
$(cat "$T/report")"
}

# C01, C02: nobody defined anything; it is no error.
console summary '' span:s fail:s
reports '^telemetry: emit \(.*, 1 process\)$'
reports '^  s +2 +1 '
reports ' 1  s: broken$'

# C03, C04: one line for an event, whole; a number that is none is shown as is.
console events '' 'vm.memory binary=100 total=text / k=v+w j=true n=2.5' \
	'vm.memory binary=-7' vm.memory
reports 'Z emit\[[0-9]+\] vm\.memory binary=100 total=text k="v w" j=true n=2\.5'
reports 'Z emit\[[0-9]+\] vm\.memory binary=-7$'
reports 'Z emit\[[0-9]+\] vm\.memory$'
[ "$(grep -c 'vm\.memory' "$T/report")" = 3 ] ||
	hazard_fail "not three events: $(cat "$T/report")"
hazard_finish
