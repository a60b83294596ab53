#!/bin/bash
# Section 3, "reporters aggregate": the shares of all threads, those that have
# ended included, and of forked children are one number; nothing counts twice.
. "$(dirname "$0")/../lib/metrics.sh"

all='counter(c, event=a.b); sum(a.b.n); last_value(l, event=a.b, measurement=n);
	summary(q, event=a.b, measurement=n);
	distribution(d, event=a.b, measurement=n, buckets=[1, 2])'
observe "$all" '10xa.b n=1' 'thread:20xa.b n=2' 'thread:30xa.b n=3' '4xa.b n=1'
shows 'c counter - {} count=64 value=64'
shows 'a.b.n sum - {} count=64 value=144'
shows 'l last_value - {} count=64 value=1'
shows 'q summary - {} count=64 value=144 min=1 max=3 quantiles=[2.0625 3 3 3]'
shows 'd distribution - {} count=64 value=144 min=1 max=3 buckets=[1:14 2:20 inf:30]'
hides telemetry.dropped

# The newest value is that of the thread that was last, whichever that is.
observe "$all" 'a.b n=1' 'thread:a.b n=2'
shows 'l last_value - {} count=2 value=2'

# A child begins at zero: what its parent had is there once.
observe "$all; counter(t, event=a.b, tags=[k], max_series=1)" '5xa.b n=1 / k=p' \
	'fork:2xa.b n=2 / k=c' 'fork:3xa.b n=3 / k=p' 'a.b n=1 / k=p'
shows 'c counter - {} count=11 value=11'
shows 'a.b.n sum - {} count=11 value=19'
shows 'd distribution - {} count=11 value=19 min=1 max=3 buckets=[1:6 2:2 inf:3]'
shows 't counter - {k="p"} count=9 value=9'
shows 't counter - {k="c"} count=2 value=2'
# What a process had last dies with it.
shows 'l last_value - {} count=6 value=1'
hides telemetry.dropped
hazard_finish
