#!/bin/bash
# S03-S08, S13-S17, S40, S43, S60, S66: types and numbers of plain StatsD, to the
# byte, as a program's events leave by UDP.
. "$(dirname "$0")/../lib/datagrams.sh"
receive
m=my.awesome.metric
sum="sum($m, event=e, measurement=n, up_down=true)"
last="last_value($m, event=e, measurement=n)"

# S03, S15, S16: a sum as a change; one that rounds to nothing is no reset,
# and one of nothing is not sent.
dialect plain TELEMETRY_STATSD_SUMS=delta
sends "$sum" 'e n=-21' -- "$m:-21|g"
sends "$sum" 'e n=21' -- "$m:+21|g"
sends "$sum" 'e n=-0.4' -- "$m:+0|g"
sends "$sum" 'e n=0' -- ''

# By default it is what it is: a counter, or the value of one that may fall.
dialect plain
sends "sum($m, event=e, measurement=n)" 'e n=21' -- "$m:21|c"
sends "$sum" 'e n=-21' -- "$m:0|g  $m:-21|g"

# S04, S05: as a counter, which does not fall.
dialect plain TELEMETRY_STATSD_SUMS=counter
sends "$sum" 'e n=21' -- "$m:21|c"
sends "$sum" 'e n=-21' -- ''

# S06: a negative gauge is set; or subtracts, as the ancestor's.
dialect plain
sends "$last" 'e n=-18' -- "$m:0|g  $m:-18|g"
dialect plain TELEMETRY_STATSD_ABSOLUTE=false
sends "$last" 'e n=-18' -- "$m:-18|g"

# S07, S08, S43: both kinds of timers; several values are one line with a rate.
sends "summary($m, event=e, measurement=n)" 'e n=121' -- "$m:121|ms"
sends "distribution($m, event=e, measurement=n)" 'e n=131' -- "$m:131|ms"
for type in 'summary(t' 'distribution(t, buckets=[1000]'; do
	sends "$type, event=e, measurement=n)" 'e n=172' 'e n=200' 'e n=198' -- \
		't:190|ms|@0.3333333333333333'
done

# S13, S14: whole numbers, away from zero.
for pair in 131.4=131 131.5=132 0.4=0 0.5=1 2.5=3 -0.5=-1; do
	sends "$last" "e n=${pair%=*}" -- "$m:${pair#*=}|g"
done

# S17: a gauge is never left out, and so has no rate.
dialect plain TELEMETRY_STATSD_SAMPLE_RATE=0.2
sends "$last" 'e n=131.4' -- "$m:131|g"

# S40, S60, S66: what is new since the last report; zero is a value; no number is
# none.
dialect plain
sends 'counter(http.requests, event=e)' '3x e' -- 'http.requests:3|c'
sends 'last_value(e.v)' 'e v=0' -- 'e.v:0|g'
sends 'last_value(e.v)' 'e v=-0.0' -- 'e.v:0|g'
sends 'last_value(e.v); counter(f, event=f)' 'e v=text' 'e v=nan' 'f' -- 'f:1|c'
hazard_finish
