#!/bin/bash
# M08-M10, M20, M48: names, events and measurements, given or taken from the
# name; and the five types.
. "$(dirname "$0")/../lib/metrics.sh"

# M08: all from the name.
observe 'last_value(http.request.latency)' 'http.request latency=7 / k=v'
shows 'http.request.latency last_value - {} count=1 value=7'
nothing_logged

# M09, M10, M20: all given; a name may have other characters (section 3).
observe 'distribution(my:event/name-2, event=http.request, measurement=latency,
	tags=[k, j], unit=native:microsecond, buckets=[1, 2.5], max_series=5,
	description="some, (odd) \"text\"; and so on")' \
	'http.request latency=1000 / k=v j=w' \
	'http.request latency=2500 / k=v j=w' 'http.request latency=2501 / k=v j=w'
shows 'my:event/name-2 distribution us {k="v",j="w"} count=3 value=6.001 min=1 max=2.501 buckets=[1:1 2.5:1 inf:1]'
nothing_logged

# M48: a label converts nothing.  One event, all types; several events.
observe 'counter(c, event=a.b); sum(s, event=a.b, measurement=n, unit=second);
	last_value(l, event=a.b, measurement=n, unit={row});
	summary(q, event=a.b, measurement=n, unit=byte);
	distribution(d, event=[a.b, c.d], measurement=n, buckets=[10], tags=[event_name])' \
	'a.b n=5' 'a.b n=15u' 'a.b n=10.0' 'c.d n=3'
shows 'c counter - {} count=3 value=3'
shows 's sum s {} count=3 value=30'
shows 'l last_value {row} {} count=3 value=10'
shows 'q summary By {} count=3 value=30 min=5 max=15 quantiles=[10.25 15 15 15]'
shows 'd distribution - {event_name="a.b"} count=3 value=30 min=5 max=15 buckets=[10:2 inf:1]'
shows 'd distribution - {event_name="c.d"} count=1 value=3 min=3 max=3 buckets=[10:1 inf:0]'
nothing_logged

# A definition twice is one; another of that name is refused.
observe 'counter(a.b.c); counter(a.b.c); sum(a.b.c)' 'a.b c=5'
shows 'a.b.c counter - {} count=1 value=1'
logged 'metric "a.b.c" is defined twice'

# Buckets made by a rule.
observe 'distribution(l, event=a.b, measurement=n, buckets=linear(0.1, 0.1, 3));
	distribution(e, event=a.b, measurement=n, buckets=exponential(1, 10, 3))' \
	'a.b n=0.3' 'a.b n=100' 'a.b n=101'
shows 'l distribution - {} count=3 value=201.3 min=0.3 max=101 buckets=[0.1:0 0.2:0 0.3:1 inf:2]'
shows 'e distribution - {} count=3 value=201.3 min=0.3 max=101 buckets=[1:1 10:0 100:1 inf:1]'
hazard_finish
