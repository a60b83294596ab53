#!/bin/bash
# M34-M36, M38, M49, S59 and the prose on measurements: what is no number is skipped and
# counted, zero is a number, sums are exact and do not wrap.
. "$(dirname "$0")/../lib/metrics.sh"

# M34, M35: null, and no such key.  M36, M38: no number.  With and without a
# conversion.
observe 'sum(a.b.n, unit=byte:kilobyte); last_value(l, event=a.b, measurement=n)' \
	'a.b n=2000' 'a.b n=null' 'a.b other=1' 'a.b n=text' 'a.b n=nan' 'a.b n=inf' 'a.b n=-inf'
shows 'a.b.n sum kBy {} count=1 value=2'
shows 'l last_value - {} count=1 value=2000'
shows 'telemetry.dropped counter - {reason="value"} count=12 value=12'

# A counter counts each of them.
observe 'counter(a.b.n)' 'a.b n=null' 'a.b other=1' 'a.b n=text' 'a.b n=-5' 'a.b'
shows 'a.b.n counter - {} count=5 value=5'
hides telemetry.dropped

# M49: zero is a value, false is 0.
observe 'last_value(a.b.n); summary(q, event=a.b, measurement=n)' 'a.b n=7' 'a.b n=0' 'a.b n=false'
shows 'a.b.n last_value - {} count=3 value=0'
shows 'q summary - {} count=3 value=7 min=0 max=7 quantiles=[0 7 7 7]'
hides telemetry.dropped

# A sum may not fall unless it says so.
observe 'sum(a.b.n); sum(u, event=a.b, measurement=n, up_down=true)' 'a.b n=5' 'a.b n=-2' 'a.b n=-0.5'
shows 'a.b.n sum - {} count=1 value=5'
shows 'u up_down_sum - {} count=3 value=2.5'
shows 'telemetry.dropped counter - {reason="negative"} count=2 value=2'

# 2^53 + 1 and 1 are 2^53 + 2; twice INT64_MAX is no negative number.
observe 'sum(a.b.n); distribution(d, event=a.b, measurement=n, buckets=[1])' \
	'a.b n=9007199254740993' 'a.b n=1'
shows 'a.b.n sum - {} count=2 value=9007199254740994'
observe 'sum(a.b.n)' '2xa.b n=9223372036854775807'
shows 'a.b.n sum - {} count=2 value=1.8446744073709552e+19'
observe 'sum(a.b.n)' 'a.b n=18446744073709551615u'
shows 'a.b.n sum - {} count=1 value=1.8446744073709552e+19'
hazard_finish
