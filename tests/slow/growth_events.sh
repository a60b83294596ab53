#!/bin/sh
# 100 million events in one process, by 1 thread and by 8: exact to the last one,
# and neither memory nor the segment grows once the first hundredth has been
# seen.  Then 10,000 series by 8 threads, and what is beyond a cap.
. "$(dirname "$0")/../lib/grow.sh"

for threads in 1 8; do
	grow events 100000000 $threads
	is "events" "$(count events)" 50000000
	is "spans" "$(count spans)" 50000000
	is "drops" "$(drops)" 0
	is "segment" "$last_segment" "$first_segment"
	# The threads of the second part may get other stacks and heaps.
	at_most "resident memory" $((last_rss - first_rss)) 512
done

# Each of 8 threads adds to each of 10,000 series ten times.
TELEMETRY_METRICS='counter(events, event=grow.event, tags=[number], max_series=10000)'
export TELEMETRY_METRICS
grow series 10000 8
is "events" "$(count events)" 800000
is "series" "$(grep -c '^events ' dump)" 10000
is "a series" "$(total 'events counter - {number="4711"}')" 80
is "drops" "$(drops)" 0
is "segment" "$last_segment" "$first_segment"
at_most "resident memory" $((last_rss - first_rss)) 512
at_most "resident memory of 10,000 series" $last_rss 16384

# 12,000 where 2,000 are allowed: the others are one, and each of their events
# is counted as such.
TELEMETRY_METRICS='counter(events, event=grow.event, tags=[number])'
grow series 12000 8
is "events" "$(count events)" 960000
is "series" "$(grep -c '^events ' dump)" 2001
is "beyond the cap" "$(drops series)" 800000
is "other drops" "$(($(drops) - $(drops series)))" 0
is "segment" "$last_segment" "$first_segment"
at_most "resident memory" $((last_rss - first_rss)) 512
