#!/bin/bash
# M02-M07, M15-M17, M25, M26, M28-M32, M46: what is no definition is refused
# with a line in the log, and its neighbours are not.
. "$(dirname "$0")/../lib/metrics.sh"

# refused DEFINITION TEXT...: logs these, and the next definition works.
refused() {
	local definition=$1

	shift
	observe "$definition; counter(good, event=a.b)" 'a.b n=1 / k=v'
	for text; do logged "$text"; done
	shows 'good counter - {} count=1 value=1'
	[ "$(wc -l <"$T/log")" = 1 ] || hazard_fail "$definition: not one line"
	grep -q '^a\.b\|^bad' "$T/dump" && hazard_fail "$definition: is shown"
}

refused 'counter(bad, event=[a.b, "x"])' 'invalid event name' # M02
refused 'counter(bad, event=a.b, tag_values=1)' 'expected a list in brackets' # M03
refused 'counter(bad, event=a.b, tags=1)' 'expected a list in brackets' # M04
refused 'counter(bad, event=a.b, tags=[k, a-b])' 'invalid tag "a-b"'
refused 'counter(bad, event=a.b, description=1)' 'expected a text in quotes' # M05
refused 'sum(a.b.n, unit="second")' 'unknown unit ""' # M06
refused 'sum(a.b.n, unit=seconds)' 'unknown unit "seconds"' 'did you mean second?'
refused 'counter(bad, event=a.b, keep=[n=1], drop=[n=2])' 'both keep and drop' # M15
for name in .metric.name metric.name. metric..name; do
	refused "counter($name)" "invalid name \"$name\"" # M16
	refused "counter(bad, event=$name)" "invalid event name \"$name\"" # M17
done
refused 'counter()' 'the name is missing' # M25, M26
refused 'counter(bad)' 'a name of one segment says no event'
refused 'counter(bad, event=)' 'invalid event name ""' # M28
refused 'counter(bad, event=[])' 'no event, expected at least one name'
refused 'counter(bad, event=a.b, keep=[])' 'no condition' # M29
refused 'counter(bad, event=a.b, drop=false)' 'expected a list in brackets'
refused 'sum(a.b.n, unit=byte:millisecond)' 'two units of one kind' # M30
refused 'sum(a.b.n, unit=millisecond:byte)' 'two units of one kind' # M31
refused 'sum(a.b.n, unit=byte:kilobyte:megabyte)' 'expected UNIT or FROM:TO' # M32
refused 'sum(a.b.n, foo=bar)' 'unknown option "foo", expected event, span' # M46
refused 'sum(a.b.n, reporter_options=[buckets])' 'unknown option "reporter_options"' # M07
refused 'sum(a.b.n, bukets=[1])' 'did you mean buckets?'
hazard_finish
