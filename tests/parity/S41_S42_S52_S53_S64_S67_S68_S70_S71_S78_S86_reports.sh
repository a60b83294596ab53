#!/bin/bash
# S41, S42, S52, S53, S64, S67, S68, S70, S71, S78, S86: what one report after the
# other sends, and how lines are packed.
. "$(dirname "$0")/../lib/datagrams.sh"
receive

# live VARIABLE... -- DEFINITIONS EVENT...: reports every 100 ms, by a thread that
# is there from the beginning since another reporter listens; proceed lets the
# program go on to its next wait:.
live() {
	local own=()

	while [ "$1" != -- ]; do
		own+=("$1")
		shift
	done
	dialect plain TELEMETRY_STATSD_INTERVAL=100 "${own[@]}" \
		TELEMETRY_REPORTERS=statsd,prometheus TELEMETRY_PROMETHEUS_PORT=0
	observed=$2
	rm -rf "$T/segments" "$T/input" "$T/all" "$T/log"
	mkdir -m 700 "$T/segments"
	mkfifo "$T/input"
	env -i PATH="$PATH" LD_PRELOAD="$HAZARD_PRELOAD" "${HAZARD_SAN[@]}" \
		TELEMETRY_DIR="$T/segments" TELEMETRY_LOG_FILE="$T/log" \
		TELEMETRY_METRICS="$2" "${vars[@]}" "$HAZARD_BIN/emit" "${@:3}" \
		<"$T/input" >"$T/out" 2>&1 &
	program=$!
	exec 8>"$T/input"
	: >"$T/all"
}

# arrives LINE: in time, among all that has come.
arrives() {
	local end=$((SECONDS + 20))

	while [ $SECONDS -lt $end ]; do
		received wait | sed 's/  /\n/g' >>"$T/all"
		grep -qxF -- "$1" "$T/all" && return
	done
	hazard_fail "$observed: no $1 in time: $(cat "$T/all")"
}

proceed() {
	echo >&8
}

finish() {
	exec 8>&-
	wait $program || hazard_fail "$observed: status $?"
	received | sed 's/  /\n/g' >>"$T/all"
	touch "$T/log"
	nothing_logged
}

# S41: changes.  S42: the last value, again and again.
live TELEMETRY_STATSD_SUMS=delta -- \
	'sum(s, event=e, measurement=n); last_value(v, event=e, measurement=n)' \
	'e n=2001' wait: 'e n=1585' wait: 'e n=1872' wait:
for n in 2001 1585 1872; do
	arrives "s:+$n|g"
	arrives "v:$n|g"
	proceed
done
finish
[ "$(grep -c '^s:' "$T/all")" = 3 ] || hazard_fail "S41: $(grep '^s:' "$T/all")"
[ "$(grep -c '^v:' "$T/all")" -ge 3 ] || hazard_fail "S42: $(cat "$T/all")"

# S52: two metrics of one event, in the order of the definitions.
dialect plain TELEMETRY_STATSD_SUMS=delta
sends 'distribution(http.request.latency, event=e, measurement=l);
	sum(http.request.payload_size, event=e, measurement=s)' 'e l=172 s=121' -- \
	'http.request.latency:172|ms  http.request.payload_size:+121|g'

# S53: lines of 32 and 33 bytes, two in a datagram of 66.
line=counter\(aaaaaaaaaaaaaaaaaaaaaaaaaa
definitions="${line}.a, event=e); ${line}a.b, event=e); ${line}.c, event=e);
	${line}a.d, event=e)"
name=aaaaaaaaaaaaaaaaaaaaaaaaaa
dialect plain TELEMETRY_STATSD_MTU=66
sends "$definitions" e -- "$name.a:1|c  ${name}a.b:1|c" "$name.c:1|c  ${name}a.d:1|c"
# S64: a line that never fits is left out, and counted; the others are sent.
dialect plain TELEMETRY_STATSD_MTU=64 TELEMETRY_STATSD_SELF=true
sends "${line}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, event=e);
	counter(b, event=e)" e -- 'b:1|c'

# S70, S71: no datagram is too large, and none could have taken the next line; in
# the order of the definitions.  Without a variable it is 1432 bytes.
definitions=
for i in $(seq 10 99); do
	definitions+="counter(n$i$(head -c $((i * 7 % 41)) /dev/zero | tr '\0' x), event=e);"
done
for mtu in 100 1432; do
	dialect plain TELEMETRY_STATSD_MTU=${mtu#1432}
	observe "$definitions" e
	received >"$T/packets"
	python3 - "$T/packets" $mtu <<'END' || hazard_fail "^ S70, S71"
import re, sys
mtu = int(sys.argv[2])
packets = [p.rstrip("\n").split("  ") for p in open(sys.argv[1])]
sizes = [len("\n".join(p)) for p in packets]
assert len(sizes) > 1 and max(sizes) <= mtu, sizes
for size, after in zip(sizes, packets[1:]):
    assert size + 1 + len(after[0]) > mtu, (size, after)
numbers = [int(m[1]) for p in packets for line in p if (m := re.match(r"n(\d\d)x*:1\|c$", line))]
assert numbers == list(range(10, 100)), numbers
END
done

# S67, S68: a part of the lines, with the rate; of a hundred series, by chance.
dialect plain TELEMETRY_STATSD_SAMPLE_RATE=0.1 TELEMETRY_STATSD_MTU=60000
mapfile -t events < <(seq -f 'e n=42 / a=%.0f' 2000)
observe 'counter(c, event=e, tags=[a])' "${events[@]}"
received | own | sed 's/  /\n/g' | grep . >"$T/lines"
! grep -vxE 'c\.[0-9]+:1\|c\|@0\.1' "$T/lines" || hazard_fail "^ S67"
count=$(wc -l <"$T/lines")
[ "$count" -ge 100 ] && [ "$count" -le 400 ] ||
	hazard_fail "S68: $count of 2000 lines, at a rate of 0.1"

# S78: each of two reporters has it all.
dialect plain "TELEMETRY_REPORTERS=statsd,$HAZARD_BIN/dump_reporter.so"
sends 'counter(c, event=e)' '3x e' -- 'c:3|c'
shows 'c counter - {} count=3 value=3'

# S86: what the reporter sends is no event.
live -- 'counter(c, event=e); counter(own, span=libc.socket.*)' e wait: e wait:
arrives 'c:1|c'
proceed
arrives 'c:1|c'
finish
! grep -q '^own' "$T/all" || hazard_fail "S86: $(cat "$T/all")"
hazard_finish
