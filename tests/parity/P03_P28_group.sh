#!/bin/bash
# P03, P28: the default poller.  Each process of the group that runs is asked
# every TELEMETRY_POLL_PERIOD, by whoever exports; for the metrics and the
# recorder that name its events, and for nobody else.
. "$(dirname "$0")/../lib/metrics.sh"
hazard_build "$lib/busy.c" "$HAZARD_BIN/busy" -pthread || exit 1

# group PERIOD RECORD METRICS: a shell and two sleeping children under the shim.
# When the console shows an event of each, or of none after all else, those of
# finish_group are killed, and the shell ends.  What was polled of one that has
# ended goes with the next tick, which may come before the last report.
group() {
	rm -rf "$T/dump" "$T/log" "$T/segments" "$T/events" "$T/pids" "$T"/k* \
		"$T"/never "$T/end"
	mkdir -m 700 "$T/segments"
	mkfifo "$T/never"
	env -i PATH="$PATH" LD_PRELOAD="$HAZARD_PRELOAD" "${HAZARD_SAN[@]}" \
		TELEMETRY_DIR="$T/segments" TELEMETRY_LOG_FILE="$T/log" \
		TELEMETRY_REPORTERS="console,$HAZARD_BIN/dump_reporter.so" \
		TELEMETRY_CONSOLE_MODE=events TELEMETRY_CONSOLE_FILE="$T/events" \
		TELEMETRY_DUMP_FILE="$T/dump" TELEMETRY_POLL_PERIOD="$1" \
		TELEMETRY_RECORD="$2" TELEMETRY_METRICS="$3" "${vars[@]}" \
		bash -c '(OTEL_SERVICE_NAME=one exec sleep 100) & one=$!
			(OTEL_SERVICE_NAME=two exec tail -f /dev/null) & two=$!
			echo "$$ $one $two" >"$1/pids.new"
			mv "$1/pids.new" "$1/pids"
			await() {
				until [ -e "$1" ]; do read -rt 0.02 <>"$2/never"; done
			}
			await "$1/kill" "$1"
			dead=$(<"$1/kill")
			kill -9 $dead; wait $dead; : >"$1/killed"
			await "$1/end" "$1"; exit 0' bash "$T" \
		>"$T/out" 2>&1 &
	host=$!
	for _ in $(seq 1500); do
		[ -s "$T/pids" ] && break
		sleep 0.01
	done
	read -r shell one two <"$T/pids"
	touch "$T/events"
}

# finish_group PID...: which the shell kills, and waits for, before it ends.  With
# `ticks` as the first word two ticks of the poller come in between.
finish_group() {
	local ticks=

	[ "$1" != ticks ] || ticks=$1
	[ -n "$ticks" ] || : >"$T/end"
	echo "${@#ticks}" >"$T/kill.new"
	mv "$T/kill.new" "$T/kill"
	[ -z "$ticks" ] || await_ticks
	: >"$T/end"
	wait "$host" || hazard_fail "status $?: $(cat "$T/out")"
	for pid in $one $two; do
		[[ " $* " = *" $pid "* ]] || kill -9 "$pid"
	done
	nothing_logged
}

# The shell is polled, too.
ticks() {
	grep -c "process.counts threads=.* process.pid=$shell " "$T/events"
}

# Two more: one may have begun before.
await_ticks() {
	local i before

	for i in $(seq 1500); do
		[ -e "$T/killed" ] && break
		sleep 0.01
	done
	before=$(ticks)
	for i in $(seq 1500); do
		[ "$(ticks)" -ge $((before + 2)) ] && return
		sleep 0.01
	done
	hazard_fail "no ticks after $i looks: $(cat "$T/log")"
}

await() {
	local i

	for i in $(seq 1500); do
		grep -q -- "$1" "$T/events" && return
		sleep 0.01
	done
	hazard_fail "no $1 after $i looks: $(tail -n 5 "$T/events") $(cat "$T/log")"
}

# begin_all: one that has told of each of the three.
begin_all() {
	group 20 'process.memory,process.counts,os.load,p.*' \
		'last_value(m.rss, event=process.memory, measurement=rss, unit=byte, tags=[process.pid, process.executable.name, service.name]); counter(m.ticks, event=os.load)'
	# A record of the ring has no room for all of it; the metric has.
	await 'process.memory vms=[1-9]'
	await "process.counts threads=.* process.pid=$shell process.executable.name=bash"
	await "process.counts threads=1 .* process.pid=$one process.executable.name=sleep"
	await "process.counts threads=1 .* process.pid=$two process.executable.name=tail"
	await 'os.load.*load1='
}

# rss_of PID NAME TAG...: as it was polled last.
rss_of() {
	sed -n "s/^m.rss last_value By {process.pid=\"$1\",process.executable.name=\"$2\"$3} .* value=\([0-9]*\) .*/\1/p" "$T/dump"
}

# It was killed, and what it had used is not forgotten.
remembers() {
	grep -q "^process.paging.faults .*=\"minor\".* count=[1-9].* process=$1\$" "$T/dump" ||
		hazard_fail "nothing of the dead $1: $(grep process "$T/dump")"
}

begin_all
# The kernel's own word, now, is the witness.
rss=$(($(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$one/status") * 1024))
finish_group "$two"
seen=$(rss_of "$one" sleep ',service.name="one"')
[ -n "$seen" ] || hazard_fail "no rss of $one: $(grep m.rss "$T/dump")"
[ "${seen:-0}" -gt $((rss / 2)) ] && [ "${seen:-0}" -lt $((rss * 2)) ] ||
	hazard_fail "rss of $one: $seen, not about $rss"
grep -q '^m.ticks counter - {} count=[1-9]' "$T/dump" || hazard_fail "no ticks"
remembers tail
! grep -q 'process.cpu ' "$T/events" || hazard_fail "nobody asked for process.cpu"

# The last report is of a group whose other processes are all dead.
for how in '' ticks; do
	begin_all
	# shellcheck disable=SC2086
	finish_group $how "$one" "$two"
	remembers sleep
	remembers tail
	[ -n "$(rss_of "$shell" bash ',service.name="bash"')" ] ||
		hazard_fail "$how: no rss of $shell: $(grep m.rss "$T/dump")"
	[ -z "$how" ] || [ "$(grep -c '^m.rss ' "$T/dump")" = 1 ] ||
		hazard_fail "polled of the dead: $(grep m.rss "$T/dump")"
done

# A program that does nothing that is wrapped, not even take memory.
vars=("TELEMETRY_WRAP=all,-heap")
group 20 'process.counts' 'counter(m.other, event=a.b)'
await "process.counts threads=1 .* process.pid=$one process.executable.name=sleep"
finish_group "$one" "$two"
vars=()

# Switched off; not named: nothing is polled, and only what is recorded says so.
for setting in '0 process.memory' '20 *,-os.load'; do
	group "${setting%% *}" "${setting#* }" 'counter(m.other, event=a.b)'
	for _ in $(seq 30); do sleep 0.01; done
	finish_group "$one" "$two"
	! grep -q 'process.memory\|os.load' "$T/events" ||
		hazard_fail "$setting: polled: $(head -n 3 "$T/events")"
done
hazard_finish
