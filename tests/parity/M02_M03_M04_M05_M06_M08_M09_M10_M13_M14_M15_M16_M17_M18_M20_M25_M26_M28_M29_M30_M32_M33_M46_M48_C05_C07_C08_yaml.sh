#!/bin/bash
# M02-M06, M08-M10, M13-M18, M20, M25, M26, M28-M30, M32, M33, M46, M48, C05, C07,
# C08, S0.12 in a YAML file: a definition there means what it means in
# TELEMETRY_METRICS, and is refused in the same words, with its line.
. "$(dirname "$0")/../lib/metrics.sh"

# As `observe`, with the text on stdin as the file.
observe_file() {
	cat >"$T/config.yaml"
	vars=("TELEMETRY_CONFIG=$T/config.yaml")
	observe '' "$@"
	observed=$(cat "$T/config.yaml")
	vars=()
}

# Without those of the process, which differ from run to run.
own() {
	grep -v '^process\.' "$T/dump"
}

# equal DEFINITIONS EVENT...: those of the file on stdin give the same samples.
equal() {
	observe "$@"
	nothing_logged
	own >"$T/dump.text"
	shift
	observe_file "$@"
	nothing_logged
	[ -s "$T/dump.text" ] || hazard_fail "$observed: no samples"
	own | diff "$T/dump.text" - || hazard_fail "$observed: other samples"
}

# M08-M10, M20, M33, M48
equal 'counter(a.b.c); sum(n, event=[a.b, c.*], measurement=n, unit=byte:kibibyte);
	distribution(d, event=a.b, measurement=n, buckets=[1, 2.5], tags=[event_name]);
	summary(q, event=a.b, measurement=n, unit={row}, description="x \"y\" \\z")' \
	'a.b n=1024 / k=v' 'c.d n=2' <<'END'
metrics:
  - counter: a.b.c
  - sum: n
    event: [a.b, c.*]
    measurement: n
    unit: byte:kibibyte
  - {distribution: d, event: a.b, measurement: n, buckets: [1, 2.5], tags: event_name}
  - summary: q
    event: a.b
    measurement: n
    unit: "{row}"
    description: x "y" \z
END

# M13, M14, C07, C08
equal 'counter(kept, event=a.b, keep=[k = yes, n >= 5]); counter(gone, event=a.b, drop=[k ~ "y*"])' \
	'a.b n=5 / k=yes' 'a.b n=4 / k=yes' 'a.b n=9 / k=no' <<'END'
metrics:
  - counter: kept
    event: a.b
    keep: [k = yes, n >= 5]
  - counter: gone
    event: a.b
    drop:
      - k ~ "y*"
END

# M18, C05, S0.12, missing tags; mappings and texts together
equal 'counter(c, event=a.b, tags=[new, stage, t], missing=none, tag_values=[new=old, stage="test", more=k,
	t=match(path, "^/(\w+)/\d+", "$1")]);
	counter(s, event=a.b, tags=[k], missing=skip); sum(a.b.n);
	counter(r, event=a.b, tags=[t], tag_values=[t=template(path, "/a/:b", "/c/*", auto)]);
	counter(x, event=a.b, tags=[t], tag_values=[t=replace(path, "\d+", "\"N\"")])' \
	'a.b n=5 / k=yes old=1 path=/a/7' 'a.b n=4 / path=/b/x' 'a.b n=9 / k=no' <<'END'
metrics:
  - counter: c
    event: a.b
    tags: [new, stage, t]
    missing: none
    tag_values:
      new: old
      stage: "test"
      more: k
      t: {match: path, pattern: '^/(\w+)/\d+', replacement: $1}
  - counter(s, event=a.b, tags=[k], missing=skip); sum(a.b.n)
  - counter: r
    event: a.b
    tags: [t]
    tag_values:
      t:
        template: path
        templates: [/a/:b, "/c/*"]
        auto: true
  - counter: x
    event: a.b
    tags: [t]
    tag_values: {t: {replace: path, pattern: \d+, replacement: '"N"'}}
END

# The policy for all of one's own metrics: as a variable and as a key.
vars=(TELEMETRY_MISSING=none)
observe 'counter(c, event=a.b, tags=[k]); counter(d, event=a.b, tags=[k], missing="")' 'a.b n=1'
shows 'c counter - {k="none"} count=1 value=1'
shows 'd counter - {k=""} count=1 value=1'
vars=(TELEMETRY_MISSING=skip)
observe 'counter(c, event=a.b, tags=[k]); counter(d, event=a.b, tags=[k], missing=x)' 'a.b n=1'
hides c
shows 'd counter - {k="x"} count=1 value=1'
shows 'telemetry.dropped counter - {reason="tag"} count=2 value=2'
observe_file 'a.b n=1' <<'END'
missing: none
metrics: [{counter: c, event: a.b, tags: [k]}]
END
shows 'c counter - {k="none"} count=1 value=1'

# One definition a line: what is logged of it names its line, and the others
# count.
refused=(
	'counter: bad, event: [a.b, [x]]' 'expected one text' # M02
	'counter: bad, event: a.b, tag_values: 1' 'expected = and a key' # M03
	'counter: bad, event: a.b, tags: {a: b}' 'expected one text' # M04
	'counter: bad, event: a.b, tags: [k, a-b]' 'invalid tag "a-b"'
	'counter: bad, event: a.b, description: [1]' 'expected one text' # M05
	'sum: a.b.n, unit: seconds' 'did you mean second?' # M06
	'counter: bad, event: a.b, keep: [n=1], drop: [n=2]' 'both keep and drop' # M15
	'counter: .metric.name' 'invalid name ".metric.name"' # M16
	'counter: bad, event: metric..name' 'invalid event name' # M17
	'counter: ""' 'the name is missing' # M25, M26
	'counter: ' 'the name is missing'
	'counter: bad, event: []' 'no event, expected at least one name' # M28
	'counter: bad, event: a.b, keep: []' 'no condition' # M29
	'counter: bad, event: a.b, drop: false' 'expected =, !=' # M29
	'sum: a.b.n, unit: byte:millisecond' 'two units of one kind' # M30
	'sum: a.b.n, unit: "byte:kilobyte:megabyte"' 'expected UNIT or FROM:TO' # M32
	'sum: a.b.n, foo: bar' 'unknown option "foo", expected event, span' # M46
	'sum: a.b.n, bukets: [1]' 'did you mean buckets?'
	'counter: bad, sum: a.b.n' 'unknown option "sum"'
)
{
	echo metrics:
	for ((i = 0; i < ${#refused[@]}; i += 2)); do
		echo "- {${refused[i]}}"
	done
	printf '%s\n' '- counter: good' '  event: a.b'
} >"$T/refused"
observe_file 'a.b n=1 / k=v' <"$T/refused"
for ((i = 0; i < ${#refused[@]}; i += 2)); do
	line=$((i / 2 + 2))
	grep -F -- "$T/config.yaml:$line: " "$T/log" >"$T/line" ||
		hazard_fail "${refused[i]}: not logged: $(cat "$T/log")"
	grep -qF -- "${refused[i + 1]}" "$T/line" && [ "$(wc -l <"$T/line")" = 1 ] ||
		hazard_fail "${refused[i]}: $(cat "$T/line")"
done
shows 'good counter - {} count=1 value=1'
grep -q '^a\.b\|^bad' "$T/dump" && hazard_fail "it is shown: $(cat "$T/dump")"
hazard_finish
