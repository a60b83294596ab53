#!/bin/bash
# C03-C05, C07-C12: the console in mode `metrics`: below each event what each
# metric takes from it, converted, with its tags, or why it takes nothing.
. "$(dirname "$0")/../lib/metrics.sh"

console() {
	rm -f "$T/report"
	vars=(TELEMETRY_REPORTERS=console TELEMETRY_CONSOLE_MODE=metrics
		TELEMETRY_CONSOLE_FILE="$T/report" TELEMETRY_CONSOLE_EVENTS='*,-libc.*')
	observe "$@"
}

# The report without times and indentation is exactly this.
reports() {
	sed 's/^[0-9:.]*Z emit\[[0-9]*\]/>/' "$T/report" >"$T/lines"
	diff "$T/lines" - >"$T/diff" || hazard_fail "$observed:
$(cat "$T/diff" "$T/log")"
}

# C03: two metrics on one event, and one that counts; all that is in the event.
console 'last_value(vm.memory.binary, unit=byte); sum(vm.memory.total, tags=[host]);
	counter(vm.memory.count)' \
	'vm.memory binary=100 total=200 / host=a+b x=1' 'other.event n=1' 'vm.memory binary=0 total=-1 / host=c'
reports <<'END'
> vm.memory binary=100 total=200 host="a b" x=1
    vm.memory.binary (last_value): binary = 100 By {}
    vm.memory.total (sum): total = 200 {host="a b"}
    vm.memory.count (counter): {}
> other.event n=1
> vm.memory binary=0 total=-1 host=c
    vm.memory.binary (last_value): binary = 0 By {}
    vm.memory.total (sum): skipped, total may not be negative: -1
    vm.memory.count (counter): {}
END
nothing_logged

# C04: no number, and nothing at all; C12: converted.
console 'last_value(vm.memory.binary); sum(vm.memory.total, unit=native:millisecond)' \
	'vm.memory binary=hundred' 'vm.memory binary=nan total=9000'
reports <<'END'
> vm.memory binary=hundred
    vm.memory.binary (last_value): skipped, binary is not a number: hundred
    vm.memory.total (sum): skipped, total is missing
> vm.memory binary=nan total=9000
    vm.memory.binary (last_value): skipped, binary is not a number: nan
    vm.memory.total (sum): total = 0.009 ms {}
END

# C05: values of tags from elsewhere; C07, C08: keep and drop.
console 'counter(a.b.c, tags=[new, stage], tag_values=[new=old, stage="test"], drop=[old = secret]);
	sum(a.b.n, keep=[n > 1000]); counter(s, event=a.b, tags=[k], missing=skip)' \
	'a.b n=512 / old=secret' 'a.b n=2048 / old=x k=y'
reports <<'END'
> a.b n=512 old=secret
    a.b.c (counter): dropped by drop
    a.b.n (sum): dropped by keep
    s (counter): skipped, a tag is missing
> a.b n=2048 old=x k=y
    a.b.c (counter): {new="x", stage="test"}
    a.b.n (sum): n = 2048 {}
    s (counter): {k="y"}
END

# C09: functions that fail; C10, C11: functions that measure.
console 'counter(bad.e.count)' 'define:sum m.n event_name=bad.e measure=bad_measure' \
	'define:counter k.n event_name=bad.e keep=bad_choice' \
	'define:last_value v.n event_name=bad.e measure=of_metadata unit=byte:kilobyte tags=k tag_values=' \
	'define:counter t.n event_name=bad.e tag_set=' \
	'define:counter d.n event_name=bad.e drop=big_and_paid' \
	'bad.e n=10 / n=1500 k=x paid=true' 'bad.e / k=fail' 'bad.e / k=y n=text'
reports <<'END'
> bad.e n=10 n=1500 k=x paid=true
    bad.e.count (counter): {}
    m.n (sum): skipped, function measure failed
    k.n (counter): skipped, function keep failed
    v.n (last_value): [via fn] = 1.5 kBy {k="X"}
    t.n (counter): {k="x", n="1500", paid="true"}
    d.n (counter): dropped by drop
> bad.e k=fail
    bad.e.count (counter): {}
    m.n (sum): skipped, function measure failed
    k.n (counter): skipped, function keep failed
    v.n (last_value): skipped, [via fn] is missing
    t.n (counter): {k="fail"}
    d.n (counter): {}
> bad.e k=y n=text
    bad.e.count (counter): {}
    m.n (sum): skipped, function measure failed
    k.n (counter): skipped, function keep failed
    v.n (last_value): skipped, [via fn] is not a number: text
    t.n (counter): {k="y", n="text"}
    d.n (counter): {}
END
[ "$(grep -c failed "$T/log")" = 2 ] || hazard_fail "$(cat "$T/log")"

# Of spans, and only those that are asked for.
vars=()
rm -f "$T/report"
vars=(TELEMETRY_REPORTERS=console TELEMETRY_CONSOLE_MODE=metrics
	TELEMETRY_CONSOLE_FILE="$T/report" TELEMETRY_CONSOLE_EVENTS=s)
observe 'counter(s.stop.n); counter(other.stop.n)' span:s span:other
grep -q '^    s\.stop\.n (counter): {}$' "$T/report" || hazard_fail "$(cat "$T/report")"
grep -q '^    telemetry\.span\.duration (summary): duration = .* s {span="s"}$' "$T/report" ||
	hazard_fail "$(cat "$T/report")"
! grep other "$T/report" || hazard_fail "shows what was not asked for"
hazard_finish
