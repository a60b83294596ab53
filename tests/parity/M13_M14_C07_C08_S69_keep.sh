#!/bin/bash
# M13, M14, C07, C08, S69: keep and drop, by metadata and by measurements, before
# anything else is looked at.
. "$(dirname "$0")/../lib/metrics.sh"

observe 'counter(kept, event=a.b, keep=[k=yes]); counter(dropped, event=a.b, drop=[k=yes]);
	sum(both, event=a.b, measurement=n, keep=[k != no, n >= 1024]);
	counter(globs, event=a.b, keep=[k ~ "y*", k !~ "*x"], tags=[k])' \
	'a.b n=512 / k=yes' 'a.b n=2048 / k=yes' 'a.b n=4096 / k=no' \
	'a.b n=1024 / k=yx' '2xa.b n=1u'
shows 'kept counter - {} count=2 value=2'
shows 'dropped counter - {} count=4 value=4'
shows 'both sum - {} count=2 value=3072'
shows 'globs counter - {k="yes"} count=2 value=2'
nothing_logged
hides telemetry.dropped

# Durations are nanoseconds; what is not kept needs no measurement or tag.
observe 'counter(slow, event=s.stop, keep=[duration > 3600000000000]);
	counter(any, event=s.stop, keep=[duration > 0, span = s]);
	sum(a.b.missing, keep=[n = 1], tags=[none]);
	counter(failed, span=s, keep=[error.type = broken])' \
	span:s fail:s 'a.b n=2'
hides slow
shows 'any counter - {} count=1 value=1'
shows 'failed counter - {} count=1 value=1'
hides a.b.missing
hides telemetry.dropped

# 9007199254740993 is no double.
observe 'counter(c, event=a.b, keep=[n = 9007199254740993])' \
	'a.b n=9007199254740993' 'a.b n=9007199254740992'
shows 'c counter - {} count=1 value=1'
hazard_finish
