#!/bin/bash
# M02, M04, M06, M08, M09, M15-M17, M20, M25, M26, M28, M30, M32, M33, M46, X40, X45,
# X47: definitions in C mean what those of TELEMETRY_METRICS do and are refused for
# the same reasons; a name is defined once; what is deleted is gone, and its name
# free.
. "$(dirname "$0")/../lib/metrics.sh"

# M08, M20: defaults; M09: everything given.
observe '' 'define:counter http.request.count' 'define:sum http.request.latency' \
	'define:summary all:given event_name=a.b measurement=n tags=k+j unit=native:millisecond description=a+"b"+\\ max_series=5' \
	'define:distribution d.n event_name=a.b measurement=n options=buckets=linear(0,+10,+3)' \
	'define:sum up.n event_name=a.b measurement=n up_down=1 options=keep=[n+>+0]' \
	'http.request latency=5' 'a.b n=2000000 / k=x j=y' 'a.b n=-7 / k=x'
shows 'http.request.count counter - {} count=1 value=1'
shows 'http.request.latency sum - {} count=1 value=5'
shows 'all:given summary ms {k="x",j="y"} count=1 value=2 min=2 max=2 quantiles=[2 2 2 2]'
shows 'd.n distribution - {} count=2 value=1999993 min=-7 max=2000000 buckets=[0:1 10:0 20:0 inf:1]'
shows 'up.n up_down_sum - {} count=1 value=2000000'
nothing_logged

# refuses MESSAGE DEFINITION: -EINVAL, and this in a line of the log.
refuses() {
	observe '' "define:$2" 'a.b n=1 / k=x'
	grep -q ': -22$' "$T/out" || hazard_fail "$2: $(cat "$T/out")"
	logged "$1"
	[ "$(wc -l <"$T/log")" = 1 ] || hazard_fail "$2: $(cat "$T/log")"
}
refuses 'invalid event name "a..b"' 'counter a.b.c event_name=a..b'
refuses 'invalid event name ""' 'counter a.b.c event_name='
refuses 'event "a,b", expected one word' 'counter a.b.c event_name=a,b'
refuses 'tag "k(", expected a key' 'counter a.b.c tags=k('
refuses 'invalid tag "k-"' 'counter a.b.c tags=k-'
refuses 'tags "too many", expected at most 8 keys' 'counter a.b.c tags=1+2+3+4+5+6+7+8+9'
refuses 'unknown unit "secnd"' 'sum a.b.n unit=secnd'
refuses 'cannot convert byte:millisecond' 'sum a.b.n unit=byte:millisecond'
refuses 'invalid unit "second:minute:hour"' 'sum a.b.n unit=second:minute:hour'
refuses 'both keep and drop' 'counter a.b.c options=keep=[k=1],drop=[k=2]'
refuses 'keep "and drop", expected one of them' 'counter a.b.c keep=big_and_paid drop=big_and_paid'
refuses 'functions "and conditions"' 'counter a.b.c keep=big_and_paid options=drop=[k=2]'
refuses 'invalid name ".metric.name"' 'counter .metric.name'
refuses 'invalid name "metric.name."' 'counter metric.name.'
refuses 'invalid name "metric..name"' 'counter metric..name'
refuses 'the name is missing' "counter ''"
refuses 'name "NULL", expected one word' 'counter'
refuses 'says no event' 'counter alone'
refuses 'did you mean tags?' 'counter a.b.c options=tag=[k]'
refuses 'is not above the one before' 'distribution a.b.n buckets=3+2'
refuses 'only a distribution has buckets' 'sum a.b.n buckets=1+2'
refuses 'only a sum can be up_down' 'counter a.b.c up_down=1'
refuses 'up_down "more than 1"' 'sum a.b.n up_down=2'
refuses 'measure "of a counter"' 'counter a.b.c measure=both'
refuses 'measurement "n", expected that or a function' 'sum a.b.n measurement=n measure=both'
refuses 'tag_set "and other tags"' 'counter a.b.c tags=k tag_set='
refuses 'max_series is "4000000000"' 'counter a.b.c max_series=4000000000'
refuses 'expected those of one metric' 'counter a.b.c options=tags=[k]);counter(x.y'
refuses 'the name "telemetry.dropped" is taken' 'counter telemetry.dropped'

# What is missing is the same thing, too.
vars=(TELEMETRY_MISSING=nothing)
observe 'counter(t, event=a.b, tags=[k])' 'define:counter c event_name=a.b tags=k' \
	'define:counter own event_name=a.b tags=k options=missing=other' 'a.b / j=1'
shows 't counter - {k="nothing"} count=1 value=1'
shows 'c counter - {k="nothing"} count=1 value=1'
shows 'own counter - {k="other"} count=1 value=1'
vars=()

# X45, X47: once is enough, wherever it was; deleted and defined anew it begins
# at nothing, while its namesake's values are gone.
observe 'counter(from.text, event=a.b)' 'define:counter from.text event_name=a.b' \
	'define:counter one event_name=a.b tags=k' 'define:sum one event_name=a.b measurement=n' \
	'3xa.b / k=x' delete:one 'a.b / k=y' 'define:sum one event_name=a.* measurement=n' \
	'a.b n=5' delete:from.text delete:no.such 'a.b n=6' delete:telemetry.dropped
returned 'counter from.text: -17'
returned 'counter one: 0'
returned 'sum one: -17'
returned 'delete one: 0, 1 destroyed'
returned 'sum one: 0'
returned 'delete from.text: 0, 1 destroyed'
returned 'delete no.such: -2, 1 destroyed'
returned 'delete telemetry.dropped: -2, 1 destroyed'
shows 'one sum - {} count=2 value=11'
[ "$(grep -c '^one ' "$T/dump")" = 1 ] || hazard_fail "$(cat "$T/dump")"
hides from.text
hazard_finish
