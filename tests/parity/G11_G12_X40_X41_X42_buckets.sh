#!/bin/bash
# G11, G12, X40-X42: lists of buckets and what makes them, in TELEMETRY_METRICS
# and in YAML; what is no list of increasing numbers is refused.
. "$(dirname "$0")/../lib/metrics.sh"

observe 'distribution(a, event=a.b, measurement=n, buckets=linear(10, 10, 10));
	distribution(b, event=a.b, measurement=n, buckets=linear(0, 250, 11));
	distribution(c, event=a.b, measurement=n, buckets=exponential(1, 4, 10));
	distribution(d, event=a.b, measurement=n, buckets=exponential(1, 2, 10));
	distribution(e, event=a.b, measurement=n, buckets=linear(100, 100, 3))' 'a.b n=1'
nothing_logged

# equals CASE NAME BOUNDS: those of that distribution.
equals() {
	local bounds

	bounds=$(grep "^$2 " "$T/dump" |
		sed 's/.*buckets=\[//; s/:[0-9]*//g; s/ inf\].*//')
	[ "$bounds" = "$3" ] || hazard_fail "$1: $bounds, expected $3"
}

equals G11 a '10 20 30 40 50 60 70 80 90 100'
equals G11 b '0 250 500 750 1000 1250 1500 1750 2000 2250 2500'
equals G12 c '1 4 16 64 256 1024 4096 16384 65536 262144'
equals G12 d '1 2 4 8 16 32 64 128 256 512'
equals X42 e '100 200 300'

cat >"$T/config.yaml" <<'END'
metrics:
  - distribution: e
    event: a.b
    measurement: n
    buckets: {exponential: {start: 1, factor: 2, count: 3}}
  - distribution: l
    event: a.b
    measurement: n
    buckets:
      linear: {start: 100, step: 100, count: 3}
END
vars=("TELEMETRY_CONFIG=$T/config.yaml")
observe '' 'a.b n=1'
vars=()
nothing_logged
shows 'e distribution - {} count=1 value=1 min=1 max=1 buckets=[1:1 2:0 4:0 inf:0]'
shows 'l distribution - {} count=1 value=1 min=1 max=1 buckets=[100:1 200:0 300:0 inf:0]'

refused=(
	'linear(10, 0, 3)' 'expected strictly increasing numbers' # G11
	'linear(10, -1, 3)' 'expected strictly increasing numbers'
	'linear(0, 250, 0)' 'is no count of buckets, expected 1 to 64'
	'exponential(-1, 2, 3)' 'expected strictly increasing numbers' # G12
	'exponential(1, 0.5, 3)' 'expected strictly increasing numbers'
	'exponential(1, 1, 3)' 'expected strictly increasing numbers'
	'exponential(1, 2, 0)' 'is no count of buckets'
	'[1, 1, 2]' 'bucket number 2 is not above' # X40
	'[]' 'no buckets, expected at least one number' # X41
	'[3, 2]' 'bucket number 2 is not above'
	'[1, two]' '"two" is no number'
	'100..300,100' 'unknown buckets "100..300"' # X42
)
text='counter(good, event=a.b)'
for ((i = 0; i < ${#refused[@]}; i += 2)); do
	text="distribution(bad$i, event=a.b, measurement=n, buckets=${refused[i]}); $text"
done
observe "$text" 'a.b n=1'
for ((i = 0; i < ${#refused[@]}; i += 2)); do
	grep -F -- "(bad$i," "$T/log" | grep -qF -- "${refused[i + 1]}" ||
		hazard_fail "${refused[i]}: $(cat "$T/log")"
done
shows 'good counter - {} count=1 value=1'
! grep '^bad' "$T/dump" || hazard_fail 'it is shown'
hazard_finish
