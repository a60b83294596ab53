#!/bin/bash
# M33, M39-M41, M48, C12: units.  Division, and no multiplication by a
# reciprocal: 9 us are 0.009 ms.
. "$(dirname "$0")/../lib/metrics.sh"

# M33: the unit of the result.
observe 'last_value(a.b.n, unit=native:millisecond)' 'a.b n=9000'
shows 'a.b.n last_value ms {} count=1 value=0.009'

# M39, M40: every pair of the five units of time.
times='native:0:ns nanosecond:0:ns microsecond:3:us millisecond:6:ms second:9:s'
results=(9e-09 . . 9e-06 . . 0.009 . . 9 . . 9000 . . 9000000 . . 9000000000)
definitions=
expected=()
for from in $times; do
	for to in $times; do
		IFS=: read -r name power _ <<<"$from"
		IFS=: read -r other less label <<<"$to"
		definitions+="sum($name-$other, event=a.b, measurement=n, unit=$name:$other);"
		expected+=("$name-$other sum $label {} count=1 value=${results[power - less + 9]}")
	done
done
observe "$definitions" 'a.b n=9'
nothing_logged
for line in "${expected[@]}"; do shows "$line"; done
[ ${#expected[@]} = 25 ] || hazard_fail "${#expected[@]} pairs"

# M41, and units that the ancestors do not have.
check() {
	observe "sum(a.b.n, unit=$1); distribution(d, event=a.b, measurement=n, unit=$1, buckets=[$3])" \
		"a.b n=$2"
	shows "a.b.n sum $4 {} count=1 value=$3"
	# The bound is inclusive, whatever the conversion.
	shows "d distribution $4 {} count=1 value=$3 min=$3 max=$3 buckets=[$3:1 inf:0]"
}
check byte:kilobyte 76000000 76000 kBy
check byte:megabyte 76000000 76 MBy
check kilobyte:byte 76000 76000000 By
check kilobyte:megabyte 76000 76 MBy
check megabyte:byte 76 76000000 By
check megabyte:kilobyte 76 76000 kBy
check byte:mebibyte 1572864 1.5 MiBy
check gibibyte:kibibyte 3 3145728 KiBy
check second:minute 90 1.5 min
check minute:hour 90 1.5 h
check hour:second 2 7200 s
check nanosecond:second 300000000 0.3 s
check microsecond:millisecond 9.0 0.009 ms
check percent 42 42 %
hazard_finish
