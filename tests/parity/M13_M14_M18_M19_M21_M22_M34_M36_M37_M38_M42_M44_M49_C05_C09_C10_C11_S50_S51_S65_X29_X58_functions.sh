#!/bin/bash
# M13, M14, M18, M19, M21, M22, M34, M36-M38, M42, M44, M49, C05, C09-C11, S50, S51,
# S65, X29, X58: definitions in C whose measurement, tags, tag values, keep and drop
# are functions.
. "$(dirname "$0")/../lib/metrics.sh"

# M21, M22: of the measurements, and of both; M42, M44: converted like any other.
observe '' 'define:sum both.v event_name=a.b measure=both' \
	'define:last_value meta.v event_name=a.b measure=of_metadata unit=native:millisecond' \
	'define:sum bytes.v event_name=a.b measure=both unit=byte:kilobyte' \
	'define:distribution d.v event_name=a.b measure=both buckets=10+100' \
	'a.b a=40 b=2 / n=1500000' 'a.b a=1000 b=500 / n=9000'
returned 'sum both.v: 0'
shows 'both.v sum - {} count=2 value=1542'
shows 'meta.v last_value ms {} count=2 value=0.009'
shows 'bytes.v sum kBy {} count=2 value=1.542'
shows 'd.v distribution - {} count=2 value=1542 min=42 max=1500 buckets=[10:0 100:1 inf:1]'
nothing_logged

# M34, M49: nothing is skipped, zero is not; M36, M37, M38: what is no number is
# skipped and counted, with a conversion as without one.
observe '' 'define:sum v.n event_name=a.b measure=of_metadata' \
	'define:sum w.n event_name=a.b measure=of_metadata unit=byte:kilobyte' \
	'a.b / k=1' 'a.b / n=null' 'a.b / n=0' 'a.b / n=text' 'a.b / n=true'
shows 'v.n sum - {} count=2 value=1'
shows 'w.n sum kBy {} count=2 value=0.001'
shows 'telemetry.dropped counter - {reason="value"} count=6 value=6'

# M13, M14: keep and drop, on measurements and metadata together.
observe '' 'define:counter kept event_name=a.b keep=big_and_paid' \
	'define:counter dropped event_name=a.b drop=big_and_paid tags=paid' \
	'a.b n=9 / paid=true' '2xa.b n=10 / paid=true' 'a.b n=11 / paid=false' 'a.b'
shows 'kept counter - {} count=2 value=2'
shows 'dropped counter - {paid="true"} count=1 value=1'
shows 'dropped counter - {paid="false"} count=1 value=1'
shows 'dropped counter - {paid=""} count=1 value=1'
nothing_logged

# What keep leaves out is nobody's affair: no function of the metric is asked, and
# nothing that is missing is counted.
observe '' 'define:sum v.n event_name=bad.e keep=big_and_paid measure=bad_measure' \
	'define:counter t.n event_name=bad.e keep=big_and_paid tags=k tag_values=' \
	'define:counter d.n event_name=bad.e drop=big_and_paid tags=k' \
	'define:sum m.n event_name=bad.e measurement=other options=keep=[n+>+99]' \
	'2xbad.e n=9 / paid=true k=fail' 'bad.e n=9 / paid=true k=x' 'bad.e n=10 / paid=true k=y'
hides v.n
shows 't.n counter - {k="Y"} count=1 value=1'
shows 'd.n counter - {k="x"} count=1 value=1'
shows 'd.n counter - {k="fail"} count=2 value=2'
shows 'telemetry.dropped counter - {reason="function"} count=1 value=1'
[ "$(wc -l <"$T/log")" = 1 ] || hazard_fail "not one line: $(cat "$T/log")"

# M19: the whole tag set, whatever it is and in whatever order.
observe '' 'define:sum s.n event_name=a.b measurement=n tag_set=' \
	'a.b n=1 / x=1 y=z' 'a.b n=2 / y=z x=1' 'a.b n=4 / y=z' 'thread:a.b n=8 / y=z' \
	'a.b n=16' 'a.b n=32 / q=5 q=6 longer.key=a+b' 'fork:a.b n=64 / x=1 y=z'
shows 's.n sum - {x="1",y="z"} count=3 value=67'
shows 's.n sum - {y="z"} count=2 value=12'
shows 's.n sum - {} count=1 value=16'
shows 's.n sum - {longer.key="a b",q="5"} count=1 value=32'
nothing_logged
observe '' 'define:counter s.n event_name=a.b tag_set= max_series=1' \
	'a.b / x=1' 'a.b / y=1' 'a.b / x=2'
shows 's.n counter - {x="1"} count=1 value=1'
shows 's.n counter - {otel.metric.overflow="true"} count=2 value=2'

# C05, M18: tag values that are made; what is not is from the metadata.
observe '' 'define:counter t.n event_name=a.b tag_values= tags=k+j' \
	'a.b / k=one j=two' 'a.b / j=two' '2xa.b / k=ONE j=two'
shows 't.n counter - {k="ONE",j="two"} count=3 value=3'
shows 't.n counter - {k="",j="two"} count=1 value=1'
nothing_logged

# C09: a function that fails: skipped and counted, logged once; the rest stays.
observe '' 'define:sum bad.n event_name=bad.* measure=bad_measure' \
	'define:counter good event_name=bad.e' \
	'define:counter tagged event_name=bad.e tags=k tag_values=' \
	'define:counter all event_name=bad.e tag_set=' \
	'define:counter kept event_name=bad.e keep=bad_choice' \
	'3xbad.e / k=x' 'bad.f' 'bad.e / k=fail' \
	'bad.e / a=1 b=1 c=1 d=1 e=1 f=1 g=1 h=1 i=1'
shows 'bad.n sum - {} count=1 value=0'
shows 'good counter - {} count=5 value=5'
shows 'tagged counter - {k="X"} count=3 value=3'
shows 'tagged counter - {k=""} count=1 value=1'
shows 'all counter - {k="x"} count=3 value=3'
hides kept
shows 'telemetry.dropped counter - {reason="function"} count=12 value=12'
logged 'metric "bad.n": its function measure failed on event bad.e: it returned -5, expected 0 or more'
logged 'metric "kept": its function keep failed on event bad.e: it returned -7'
logged 'metric "tagged": its function tag_values failed'
logged 'metric "all": its function tag_set failed'
[ "$(wc -l <"$T/log")" = 4 ] || hazard_fail "not four lines: $(cat "$T/log")"

# C10, C11: of wrapped calls as well.
observe '' 'define:sum w.n event_name=libc.process.fork.stop measure=both tag_values= tags=k' \
	'fork:x.y'
shows 'w.n sum - {k=""} count=1 value=0'
hazard_finish
