#!/bin/sh
# Threads: 10,000 that come and go leave nothing behind, and 10,000 that are all
# there at once get no more memory than the limit; what is not counted then is
# counted as dropped, to the last event.
. "$(dirname "$0")/../lib/grow.sh"

# 500 at a time, 20 times.
grow turns 10000 500
at_most "segment" $((last_segment - first_segment)) 1024
at_most "resident memory" $((last_rss - first_rss)) 2048
at_most "drops" "$(drops)" 2000
at_most "drops of events" $((200000 - $(count events) - $(count spans))) 2000

# All of the 500 at the same moment: whoever holds a lock may be kept from running
# for longer than the others wait.  Then a sample is dropped, and that is counted.
grow rush 10000 500
sum=$(($(count events) + $(count spans)))
dropped=$(drops)
at_most "events" $sum 200000
[ $((sum + dropped)) -ge 200000 ] ||
	fail "$sum events and $dropped drops of 200000"

# All of them, with as much memory as they may have and with little.  Nothing
# else is recorded, so each drop is an event.
TELEMETRY_WRAP=-all
TELEMETRY_RECORD='-*'
TELEMETRY_METRICS='counter(events, event=grow.event)'
export TELEMETRY_WRAP TELEMETRY_RECORD TELEMETRY_METRICS
LD_PRELOAD='' ./grow crowd 10000 >bare || {
	status=$?
	[ $status != 77 ] || skip "$(tail -n 1 bare)"
	fail "bare: status $status"
}
read_figures bare
bare=$((last_rss - first_rss))
for limit in 4 8 32; do
	TELEMETRY_MEMORY_LIMIT=${limit}M
	export TELEMETRY_MEMORY_LIMIT
	grow crowd 10000
	# liburcu has 0.2 KiB a thread beside it.
	at_most "resident memory beyond the bare run's" \
		$((last_rss - first_rss - bare)) $((limit * 1024 + 4096))
	sum=$(count events)
	is "counted and dropped" $((sum + $(drops memory))) 200000
	at_most "other drops" $(($(drops) - $(drops memory))) 0
	echo "limit $limit MiB: $sum counted"
	[ "$sum" -ge $((limit * 3000)) ] || fail "that is too little"
done
TELEMETRY_MEMORY_LIMIT=128M
grow crowd 10000
is "events" "$(count events)" 200000
is "drops" "$(drops)" 0
