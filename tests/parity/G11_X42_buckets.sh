#!/bin/bash
# G11, G12, X40-X42: lists of buckets and what makes them, in TELEMETRY_METRICS
# and in YAML; what is no list of increasing numbers is refused.
. "$(dirname "$0")/../lib/metrics.sh"

# bounds TEXT: what is between two buckets of a distribution with that option.
bounds() {
	observe "distribution(d, event=a.b, measurement=n, buckets=$1)" 'a.b n=1'
	nothing_logged
	grep '^d ' "$T/dump" | sed 's/.*buckets=\[//; s/:[0-9]*//g; s/ inf\].*//'
}

equals() {
	[ "$2" = "$3" ] || hazard_fail "$1: $2, expected $3"
}

equals G11 "$(bounds 'linear(10, 10, 10)')" '10 20 30 40 50 60 70 80 90 100'
equals G11 "$(bounds 'linear(0, 250, 11)')" \
	'0 250 500 750 1000 1250 1500 1750 2000 2250 2500'
equals G12 "$(bounds 'exponential(1, 4, 10)')" \
	'1 4 16 64 256 1024 4096 16384 65536 262144'
equals G12 "$(bounds 'exponential(1, 2, 10)')" '1 2 4 8 16 32 64 128 256 512'
equals X42 "$(bounds 'linear(100, 100, 3)')" '100 200 300'

for text in 'linear: {start: 100, step: 100, count: 3}' \
	'exponential: {start: 1, factor: 2, count: 3}'; do
	echo "metrics: [{distribution: d, event: a.b, measurement: n, buckets: {$text}}]" \
		>"$T/config.yaml"
	vars=("TELEMETRY_CONFIG=$T/config.yaml")
	observe '' 'a.b n=1'
	nothing_logged
	vars=()
done
shows 'd distribution - {} count=1 value=1 min=1 max=1 buckets=[1:1 2:0 4:0 inf:0]'

refused() {
	observe "distribution(bad, event=a.b, measurement=n, buckets=$1); counter(good, event=a.b)" \
		'a.b n=1'
	logged "$2"
	hides bad
	shows 'good counter - {} count=1 value=1'
}

refused 'linear(10, 0, 3)' 'expected strictly increasing numbers' # G11
refused 'linear(10, -1, 3)' 'expected strictly increasing numbers'
refused 'linear(0, 250, 0)' 'is no count of buckets, expected 1 to 64'
refused 'exponential(-1, 2, 3)' 'expected strictly increasing numbers' # G12
refused 'exponential(1, 0.5, 3)' 'expected strictly increasing numbers'
refused 'exponential(1, 1, 3)' 'expected strictly increasing numbers'
refused 'exponential(1, 2, 0)' 'is no count of buckets'
refused '[1, 1, 2]' 'bucket number 2 is not above' # X40
refused '[]' 'no buckets, expected at least one number' # X41
refused '[3, 2]' 'bucket number 2 is not above'
refused '[1, two]' '"two" is no number'
refused '100..300,100' 'unknown buckets "100..300"' # X42
hazard_finish
