#!/bin/sh
# TELEMETRY_CONFIG with real programs, and telemetry-run --check-config: every
# error with its line, variables over the file, groups by what it says.
. "$(dirname "$0")/../lib/e2e.sh"
need python3

make -s -o all -C "$TEST_ROOT" install B="$TEST_BUILD" PREFIX="$TEST_TMP/usr" \
	>/dev/null || fail "make install failed"
run=$TEST_TMP/usr/bin/telemetry-run
cd "$TEST_TMP" || exit 1
unset TELEMETRY_DIR

# check STATUS FILE: what telemetry-run says of it is in `said`.
check() {
	"$run" --check-config "$2" >said 2>&1
	got=$?
	[ $got = "$1" ] || fail "--check-config $2 ended with $got, not $1: $(cat said)"
}

# ---- the example, and how it is called -------------------------------------

example=$TEST_TMP/usr/lib/telemetry/telemetry.yaml
cmp "$example" "$TEST_ROOT/scripts/telemetry.yaml" || fail "another example"
check 0 "$example"
[ "$(cat said)" = "$example: nothing is wrong" ] || fail "$(cat said)"
# It has every setting.
sed -n 's/^CONFIG([A-Z]*, [a-z_]*, "\(TELEMETRY\|OTEL\)_\([A-Z_]*\)".*/\2/p' \
	"$TEST_ROOT/shim/runtime/config.def" | tr 'A-Z' 'a-z' |
	sed 's/^service_name$/service/; /^sdk_disabled$/d; /^config$/d' >keys
[ "$(wc -l <keys)" -gt 10 ] || fail "no settings in config.def"
while read -r key; do
	grep -q "^\(# \)*$key:" "$example" || fail "the example has no $key"
done <keys
# What it has in comments is right as well.
sed 's/^# \([a-z_]*: \)/\1/; s/^\( *\)# \(buckets: .*exponential.*\)/\1\2/
	/^include:/d; /^    buckets: \[/d; /^    # buckets/d' "$example" >all.yaml
grep -q '^only:' all.yaml && grep -q '^    buckets: {exp' all.yaml ||
	fail "the example has other comments"
check 0 all.yaml
for usage in --check-config '--check-config a b'; do
	# shellcheck disable=SC2086 # two words
	"$run" $usage >said 2>&1
	got=$?
	[ $got = 2 ] || fail "$usage ended with $got: $(cat said)"
done
check 1 none.yaml
grep -q '^none.yaml: the configuration cannot be opened' said || fail "$(cat said)"

# ---- every error has its line ----------------------------------------------

cat >wrong.yaml <<'END'
reporters: [console, nosuch]
servce: shop
memory_limit: lots
wrap:
  - sokket
console:
  mode: loud
  colour: red
metrics:
  - counter: a.b.c
    tags:
      - ok
      - not ok
  - sum: a.b.c
  - counter: a.b.c
    tgs: [x y]
  - distribution: a.b.d
    buckets: [3, 2]
  - sum: a.b.e
    tag_values:
      t: {match: k, pattern: '(', replacement: x}
    unit: native:secnd
  - |
    counter(x.y);
    counter(x.z, keep=[1])
  - {counter: a.b.f, missing: skip, keep: [a ! 5]}
  - sum: libc.heap.live
  - counter: a.b.h
    tag_values: {a: {template: k, templates: [/a/, /b]}}
example:
  fil: /x
exit_timeout: 1 day
log: shout
END
check 1 wrong.yaml
cat >expected <<'END'
wrong.yaml:1: reporters: there is no reporter 'nosuch'; expected the name of
wrong.yaml:2: unknown key 'servce', expected a setting or the name of a reporter; did you mean service?
wrong.yaml:3: memory_limit: 'lots' is not valid; expected a number of bytes
wrong.yaml:4: wrap: there is no family 'sokket'; expected a list of socket
wrong.yaml:7: console: mode: 'loud' is not valid; expected
wrong.yaml:8: console: colour: reporter console has no such option; expected
wrong.yaml:13: 'not ok': expected a text without blanks
wrong.yaml:16: "counter(a.b.c, tgs=)": unknown option "tgs", expected event,
wrong.yaml:18: "distribution(a.b.d, buckets=[3,2])": bucket number 2 is not above
wrong.yaml:21: "sum(a.b.e, tag_values=[ t=match(k,"(","x")], unit=native:secnd)": "(", byte 2: a ) is missing
wrong.yaml:22: "sum(a.b.e, tag_values=[ t=match(k,"(","x")], unit=native:secnd)": unknown unit "secnd"
wrong.yaml:25: "counter(x.z, keep=[1])": found ], expected =, !=
wrong.yaml:26: "counter(a.b.f,missing=skip,keep=[a ! 5])": found !, expected =
wrong.yaml:27: "sum(libc.heap.live)": the name "libc.heap.live" is taken
wrong.yaml:29: "counter(a.b.h, tag_values=[a=template(k,"/a/","/b")])": the template "/a/" has
wrong.yaml:31: example: fil: reporter example has no such option; expected FILE
wrong.yaml:32: exit_timeout: '1 day' is not valid; expected a number of milliseconds
wrong.yaml:33: log: 'shout' is not valid; expected error, warn, info or debug
END
number=0
while read -r line; do
	number=$((number + 1))
	sed -n "${number}p" said | grep -qF -- "$line" ||
		fail "line $number is not this: $line; but: $(cat said)"
done <expected
[ "$(wc -l <said)" = "$(wc -l <expected)" ] || fail "other lines: $(cat said)"

# Twice the same name, of the file itself and of the standard set.
printf 'metrics:\n- counter: a.b\n- sum: a.b\n- sum: telemetry.exceptions\n' >twice.yaml
check 1 twice.yaml
grep -q '^twice.yaml:3: metric "a.b" is defined twice' said || fail "$(cat said)"
[ "$(wc -l <said)" = 2 ] || fail "not the standard one: $(cat said)"

# No YAML: one line.
printf 'reporters: [console\nlog: error\n' >cut.yaml
check 1 cut.yaml
[ "$(wc -l <said)" = 1 ] && grep -q '^cut.yaml:2: this is no YAML: ' said ||
	fail "$(cat said)"

# ---- real programs ---------------------------------------------------------

mkdir -m 700 dir etc
cat >etc/t.yaml <<END
dir: $TEST_TMP/dir
reporters: [console, example]
console:
  file: $TEST_TMP/report
exit_timeout: 30s
log_file: $TEST_TMP/log
include: more.yaml
END
cat >etc/more.yaml <<END
dir: /none
example: {file: $TEST_TMP/example}
unknown: 1
END
python=/usr/bin/python3
[ -x $python ] || python=python3
socket='import socket; a, b = socket.socketpair(); a.send(b"x"); print("works")'

# observe VARIABLE=VALUE...
observe() {
	rm -rf report example log dir/*
	env TELEMETRY_CONFIG="$TEST_TMP/etc/t.yaml" LD_PRELOAD="$TEST_SHIM" "$@" \
		$python -c "$socket" >out 2>err || fail "$*: status $?"
	[ "$(cat out)" = works ] && [ ! -s err ] || fail "$*: $(cat out err)"
}

observe
grep -qE 'libc\.socket\.send +1 ' report || fail "no report: $(cat report log)"
grep -q 'libc.socket.send=1' example || fail "no example: $(cat log)"
grep -q "/etc/more.yaml:3: unknown key 'unknown'" log && [ "$(wc -l <log)" = 1 ] ||
	fail "not one line: $(cat log)"

# A variable wins; one that is empty is not set.
observe TELEMETRY_REPORTERS=example TELEMETRY_DIR= TELEMETRY_EXAMPLE_FILE="$TEST_TMP/report"
[ ! -e example ] && grep -q 'libc.socket.send=1' report || fail "the file won"
observe TELEMETRY_DISABLED=true
[ ! -e report ] && [ ! -e log ] || fail "it is not disabled"
observe TELEMETRY_EXCEPT='python*'
[ ! -e report ] && [ ! -e log ] || fail "it read the file of a program that is left alone"

# `missing` is for one's own metrics: of the standard set most tags are missing
# when nothing failed.
cat >skip.yaml <<END
reporters: json
json: {content: metrics, file: $TEST_TMP/report}
missing: skip
metrics:
  - counter: own
    event: libc.socket.send.stop
    tags: [error.type]
END
observe TELEMETRY_CONFIG="$TEST_TMP/skip.yaml" TELEMETRY_DIR="$TEST_TMP/dir" \
	TELEMETRY_EXIT_TIMEOUT=30s
grep -q '"libc.socket.operations"' report && ! grep -q '"own"' report ||
	fail "missing: $(cat report)"

# telemetry-run: the file says who reports, unless the caller does.
printf 'reporters: example\nexample: {file: %s}\n' "$TEST_TMP/example" >run.yaml
TELEMETRY_DIR=$TEST_TMP/dir
export TELEMETRY_DIR
rm -f example
"$run" --config run.yaml -- sh -c 'cd /; echo x' >out 2>&1 && [ "$(cat out)" = x ] ||
	fail "--config: $(cat out)"
[ -s example ] || fail "--config: no report"
rm -f example
"$run" --config run.yaml --reporters '' true >out 2>&1 || fail "$(cat out)"
[ ! -e example ] && [ ! -s out ] || fail "--reporters '' does not win"
unset TELEMETRY_DIR

# ---- groups ----------------------------------------------------------------

# group TEXT: the name of the group of a process with this file.
group() {
	rm -rf dir/*
	printf '%b' "$1" >group.yaml
	TELEMETRY_CONFIG="$TEST_TMP/group.yaml" TELEMETRY_DIR="$TEST_TMP/dir" \
		LD_PRELOAD="$TEST_SHIM" sh -c 'kill -9 $$' 2>/dev/null
	ls dir
}

one=$(group 'metrics:\n- counter: a.b\n  tags: [x]\n')
[ -n "$one" ] || fail "no group"
same() {
	[ "$(group "$1")" = "$one" ] || fail "another group: $1"
}
other() {
	[ "$(group "$1")" != "$one" ] || fail "the same group: $1"
}
same '# a comment\nmetrics:\n  -\n    counter: a.b\n    tags:\n    - x\n'
same 'metrics:\n- counter: a.b\n  tags: [x]\nlog: info\nservice: x\n'
other 'metrics:\n- counter: a.b\n  tags: [y]\n'
other ''
other 'metrics:\n- counter: a.b\n  tags: [x]\nrecord: db.*\n'
other 'metrics:\n- counter: a.b\n  tags: [x]\nmissing: skip\n'
# Options of a reporter that is not there.
same 'metrics:\n- counter: a.b\n  tags: [x]\nconsole: {top: 5}\n'
other 'metrics:\n- counter: a.b\n  tags: [x]\nreporters: [example]\n'
one=$(group 'reporters: [example]\nexample: {file: a}\n')
other 'reporters: [example]\nexample: {file: b}\n'

exit 0
