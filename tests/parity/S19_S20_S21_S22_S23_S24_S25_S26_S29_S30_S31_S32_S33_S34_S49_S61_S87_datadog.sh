#!/bin/bash
# S19-S26, S29-S34, S49, S61, S87: lines of DogStatsD, as a program's events leave
# by UDP.
. "$(dirname "$0")/../lib/datagrams.sh"
receive
m=my.awesome.metric
sum="sum($m, event=e, measurement=n, up_down=true)"
last="last_value($m, event=e, measurement=n"
tagged="$last, tags=[method, status])"

# S19-S24, S87: types; a sum is a counter however it is asked for.
dialect dogstatsd
sends "counter($m, event=e, measurement=n)" 'e n=30' -- "$m:1|c"
sends "sum($m, event=e, measurement=n)" 'e n=21' -- "$m:21|c"
sends "$last)" 'e n=-18' -- "$m:-18|g"
sends "summary($m, event=e, measurement=n)" 'e n=121' -- "$m:121|h"
sends "distribution($m, event=e, measurement=n)" 'e n=131' -- "$m:131|d"
for sums in delta counter; do
	dialect dogstatsd TELEMETRY_STATSD_SUMS=$sums
	sends "$sum" 'e n=21' -- "$m:21|c"
	sends "$sum" 'e n=-21' -- "$m:-21|c"
done

# S25, S26, S49: tags; one that is null or missing is left out, or empty.
dialect dogstatsd
sends "$tagged" 'e n=131 / method=GET status=200' -- \
	"$m:131|g|#method:GET,status:200"
sends "$tagged" 'e n=131 / method=null status=200' -- "$m:131|g|#status:200"
sends "$tagged" 'e n=131 / method=GET' -- "$m:131|g|#method:GET"
dialect dogstatsd TELEMETRY_STATSD_EMPTY=keep
sends "$tagged" 'e n=131 / method=GET' -- "$m:131|g|#method:GET,status:"

# S29, S30: no rate of what is not sampled.
dialect dogstatsd TELEMETRY_STATSD_SAMPLE_RATE=0.2
sends "$last)" 'e n=131.4' -- "$m:131.4|g"
dialect dogstatsd TELEMETRY_STATSD_SAMPLE_RATE=1.0
sends 'counter(m.x, event=e)' 'e' -- 'm.x:1|c'
# S31: before the tags; half of a hundred series, by chance.
dialect dogstatsd TELEMETRY_STATSD_SAMPLE_RATE=0.5 TELEMETRY_STATSD_MTU=60000
mapfile -t events < <(seq -f 'e / a=%.0f' 100)
observe 'counter(m.x, event=e, tags=[a])' "${events[@]}"
received | own | sed 's/  /\n/g' | grep . >"$T/lines"
! grep -vxE 'm\.x:1\|c\|@0\.5\|#a:[0-9]+' "$T/lines" || hazard_fail "^ S31"
count=$(sort -u "$T/lines" | wc -l)
[ "$count" -ge 10 ] && [ "$count" -le 90 ] ||
	hazard_fail "S31: $count of 100 series"
# S32: no exponent.
dialect dogstatsd
sends 'distribution(m.x, event=e, measurement=n, tags=[a])' \
	'100000x e n=5 / a=1' -- 'm.x:5|d|@0.00001|#a:1'

# S33, S61: whatever the bytes are, it is one line with these tags.
one='counter(m, event=e, tags=[a])'
sends "$one" $'e / a=a\xff\x01\xc2\x85z' -- 'm:1|c|#a:a___z'
sends "$one" $'e / a=x,y:z|c\nq:1|c#@' -- 'm:1|c|#a:x_y:z_c_q:1_c__'

# S34: the fewest digits that read back.
for pair in 100.0=100 1.0e10=10000000000 \
	0.30000000000000004=0.30000000000000004 -2.5e-9=-0.0000000025; do
	sends "$last)" "e n=${pair%=*}" -- "$m:${pair#*=}|g"
done
hazard_finish
