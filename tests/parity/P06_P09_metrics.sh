#!/bin/bash
# P06, P09: what the machine spends on a process, without a poller: standard
# metrics under OpenTelemetry's names, made when a report is made.  Compared with
# getrusage() and with what the shell says of its children.
. "$(dirname "$0")/../lib/metrics.sh"
hazard_build "$lib/busy.c" "$HAZARD_BIN/busy" -pthread || exit 1

run() {
	rm -rf "$T/dump" "$T/log" "$T/segments"
	mkdir -m 700 "$T/segments"
	env -i PATH="$PATH" LD_PRELOAD="$HAZARD_PRELOAD" "${HAZARD_SAN[@]}" \
		TELEMETRY_DIR="$T/segments" TELEMETRY_LOG_FILE="$T/log" \
		TELEMETRY_REPORTERS="$HAZARD_BIN/dump_reporter.so" \
		TELEMETRY_DUMP_FILE="$T/dump" "$@" >"$T/out" 2>&1 ||
		hazard_fail "$*: status $?: $(cat "$T/out")"
	touch "$T/dump" "$T/log"
	nothing_logged
}

# value NAME TAGS PROCESS: of the one sample.
value() {
	grep -F "$1 " "$T/dump" | grep -F "{$2} " | grep " process=$3\$" |
		sed -n 's/.* value=\([^ ]*\).*/\1/p'
}

# near WHAT GOT LEAST MOST
near() {
	awk -v got="$2" -v least="$3" -v most="$4" \
		'BEGIN { exit !(got != "" && got + 0 >= least && got + 0 <= most) }' ||
		hazard_fail "$1 is $2, not between $3 and $4
$(grep process "$T/dump")"
}

# What the last report itself costs comes on top.
run "$HAZARD_BIN/busy" 60 50
read -r user system minor major voluntary involuntary size resident <"$T/out"
near cpu.user "$(value process.cpu.time 'cpu.mode="user"' busy)" \
	"$(awk "BEGIN { print $user / 1e6 }")" "$(awk "BEGIN { print $user / 1e6 + 1 }")"
near cpu.system "$(value process.cpu.time 'cpu.mode="system"' busy)" \
	"$(awk "BEGIN { print $system / 1e6 }")" "$(awk "BEGIN { print $system / 1e6 + 1 }")"
near faults "$(value process.paging.faults 'system.paging.fault.type="minor"' busy)" \
	"$minor" $((minor + 500))
near major "$(value process.paging.faults 'system.paging.fault.type="major"' busy)" \
	"$major" $((major + 500))
near voluntary "$(value process.context_switches \
	'process.context_switch.type="voluntary"' busy)" "$voluntary" $((voluntary + 50))
near involuntary "$(value process.context_switches \
	'process.context_switch.type="involuntary"' busy)" "$involuntary" \
	$((involuntary + 1000))
[ "$voluntary" -ge 50 ] || hazard_fail "slept $voluntary times"
# What a report takes, a thread's stack and its arena among it, comes on top.
near memory "$(value process.memory.usage '' busy)" $((resident / 2)) \
	$((resident * 2 + 20000000))
near virtual "$(value process.memory.virtual '' busy)" $((size / 2)) \
	$((size + 200000000))
# The thread that reports, and the task that made it.
near threads "$(value process.thread.count '' busy)" 1 3
near descriptors "$(value process.unix.file_descriptor.count '' busy)" 3 8
near uptime "$(value process.uptime '' busy)" 0.06 60
grep -q '^process.cpu.time sum s ' "$T/dump" || hazard_fail "no seconds"
grep -q '^process.memory.usage up_down_sum By ' "$T/dump" || hazard_fail "no bytes"

# Children that have ended; what came before exec is told once, as the other
# program's.  The shell's own look at it is the witness, in hundredths.
run bash -c 'BUSY=$0; (for i in 1 2; do "$BUSY" 40 1; done)
	(i=0; while [ $i -lt 40000 ]; do i=$((i + 1)); done; exec "$BUSY" 60 1) & wait
	times' "$HAZARD_BIN/busy"
total=$(tail -n 2 "$T/out" | tr 'ms' ' ' | awk '{ sum += $1 * 60 + $2 + $3 * 60 + $4 }
	END { print sum }')
# cpu PROCESS: user and system time; which of the two is a guess of the kernel.
cpu() {
	grep "^process.cpu.time .*$1\$" "$T/dump" | sed 's/.* value=\([^ ]*\).*/\1/' |
		awk '{ sum += $1 } END { print sum }'
}
near "all processes" "$(cpu)" "$(awk "BEGIN { print $total * 0.8 }")" \
	"$(awk "BEGIN { print $total + 0.5 }")"
near "three children" "$(cpu process=busy)" 0.1 "$(awk "BEGIN { print $total }")"

# Without /proc: what the process knows of itself, and no more.
if unshare -m true 2>/dev/null; then
	run unshare -m sh -c 'mount -t tmpfs none /proc && "$0" 20 1' \
		"$HAZARD_BIN/busy"
	near "cpu without /proc" "$(cpu process=busy)" 0.01 10
	! grep -q '^process.memory.usage ' "$T/dump" || hazard_fail "whose memory?"
fi

# A definition may not take such a name.
observe 'counter(process.cpu.time, event=a.b)' 'a.b n=1'
logged 'the name "process.cpu.time" is taken, the shim has a metric'
hazard_finish
