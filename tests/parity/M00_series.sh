#!/bin/bash
# PARITY section 9, number 3: a series can be deleted, by its tags, and expires
# if its metric says so; what comes again begins at nothing.  How time passes is
# tests/unit/test_metric_expire.c's.
. "$(dirname "$0")/../lib/metrics.sh"

observe 'counter(c, event=a.b, tags=[k, j])' '3xa.b / k=x j=1' 'a.b / k=y j=1' \
	'series:c j=1 k=x' 'series:c j=1 k=x' 'series:c k=z' 'series:c other=1' 'series:d k=x' \
	'a.b / k=x j=1' 'thread:2xa.b / k=x j=1' 'a.b / k=y j=1'
[ "$(tr '\n' ' ' <"$T/out")" = 'series of c: 0 series of c: -2 series of c: -2 series of c: -22 series of d: -2 ' ] ||
	hazard_fail "$(cat "$T/out")"
shows 'c counter - {k="x",j="1"} count=3 value=3'
shows 'c counter - {k="y",j="1"} count=2 value=2'

# A tag set of a function, in any order; the overflow series makes room.
observe '' 'define:counter s.n event_name=a.b tag_set= max_series=2' \
	'a.b / x=1 y=2' 'a.b' '2xa.b / z=1' 'series:s.n y=2 x=1' '4xa.b / z=1' 'a.b'
returned 'series of s.n: 0'
shows 's.n counter - {z="1"} count=4 value=4'
shows 's.n counter - {otel.metric.overflow="true"} count=2 value=2'
shows 's.n counter - {} count=2 value=2'

# An hour: nothing has expired, and nothing of it is refused.
vars=(TELEMETRY_EXPIRE=3600000)
observe 'counter(c, event=a.b, expire=7200000); sum(u.n, event=a.b, up_down=true)' \
	'define:sum d.n event_name=a.b measurement=n expire_ms=3600000' 'a.b n=1' 'fork:a.b n=2'
shows 'c counter - {} count=2 value=2'
shows 'd.n sum - {} count=2 value=3'
nothing_logged
vars=()
observe 'sum(u.n, up_down=true, expire=5)' 'a.b'
logged 'a sum that may fall cannot expire'
observe 'counter(u.n, expire=0)' 'a.b'
logged 'expire is "0", expected milliseconds from 1 to 2592000000'
hazard_finish
