#!/bin/sh
# check_variables.sh - each variable that the code reads has its row in a table of
# README.md or reporters/README.md, with its default if runtime/config.def has
# one, and the other way round; the other texts name no variable that is not
# read; scripts/telemetry.yaml has each setting.
#
# In a row `_X` and `..._X` stand for TELEMETRY_<REPORTER>_X, and `...` for the
# options that the servers of two reporters share.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
tables='README.md reporters/README.md'

# keys FILE...: those that a configure() compares with.
keys() {
	cat "$@" | grep -oE 'strcmp\(key, "[a-z_]+"' | sed 's/.*"\(.*\)"/\1/'
}

{
	grep -oE '"(TELEMETRY|OTEL)_[A-Z_]+"' shim/runtime/config.def
	grep -oE 'FOREIGN\("[A-Z_]+"' shim/include/telemetry/builtin.h
} | sed 's/.*"\(.*\)"/\1/' >"$tmp/read"
for file in reporters/*.c; do
	name=$(basename "$file" .c)
	# Not what stands within a check, nor others' variables.
	files=$(find "$file" reporters/"$name" -name '*.c' 2>/dev/null |
		grep -vE '/(health/target|foreign)\.c$')
	! grep -rq '"common/http.h"' reporters/"$name"* ||
		files="$files reporters/common/http_options.c"
	# shellcheck disable=SC2086 # a list of files
	keys $files | sed "s/^/TELEMETRY_${name}_/"
done | tr '[:lower:]' '[:upper:]' >>"$tmp/read"

# shellcheck disable=SC2016 # the quotes of Markdown
# shellcheck disable=SC2086 # a list
sed -n '/^| `\(TELEMETRY\|OTEL\)_/s/^| \([^|]*\)|.*/\1/p' $tables |
	tr -d ' `' | while IFS= read -r names; do
	first=
	echo "$names" | tr , '\n' | while read -r name; do
		: "${first:=$(echo "$name" | grep -oE '^[A-Z]+_[A-Z]+')}"
		case $name in
		...) keys reporters/common/http_options.c | tr '[:lower:]' '[:upper:]' |
			sed "s/^/${first}_/" ;;
		..._* | _*) echo "$first${name#...}" ;;
		*) echo "$name" ;;
		esac
	done
done >"$tmp/rows"
# What other clients read stands in a sentence.
# shellcheck disable=SC2016 # they are Markdown's
grep -ohE '`(STATSD|DD)_[A-Z_]+`' reporters/README.md | tr -d '`' >>"$tmp/rows"

sort -u "$tmp/read" >"$tmp/a"
sort -u "$tmp/rows" >"$tmp/b"
status=0
differ() { # WHAT: lines of the input are wrong
	sed "s|\$|: $1|" >"$tmp/wrong"
	[ ! -s "$tmp/wrong" ] || status=1
	cat "$tmp/wrong"
}
comm -23 "$tmp/a" "$tmp/b" >"$tmp/list"
differ "is read, but has no row in $tables" <"$tmp/list"
comm -13 "$tmp/a" "$tmp/b" >"$tmp/list"
differ "has a row in $tables, but nothing reads it" <"$tmp/list"

# NAME DEFAULT of those that have one.
sed -n 's/^CONFIG([A-Z]*, [a-z_]*, "\([A-Z_]*\)", "\(.*\)", [A-Z]*,$/\1 \2/p' \
	shim/runtime/config.def | while read -r name preset; do
	grep -E "^\\| .*\`$name\`" README.md | grep -qF "| \`$preset\` |" ||
		echo "$name $preset"
done >"$tmp/list"
differ 'is not the default in README.md' <"$tmp/list"

grep -ohE '\b(TELEMETRY|OTEL)_[A-Z_]*[A-Z]\b' README.md reporters/README.md shim/README.md \
	scripts/telemetry.yaml scripts/telemetry-run shim/*.in | sort -u |
	comm -23 - "$tmp/a" >"$tmp/list"
differ 'is named, but nothing reads it' <"$tmp/list"

sed -n 's/^CONFIG([A-Z]*, [a-z_]*, "TELEMETRY_\([A-Z_]*\)".*/\1/p' \
	shim/runtime/config.def | grep -vx CONFIG | tr '[:upper:]' '[:lower:]' |
	while read -r key; do
		grep -qE "^(# )?$key:" scripts/telemetry.yaml || echo "$key"
	done >"$tmp/list"
differ 'is not in scripts/telemetry.yaml' <"$tmp/list"

[ "$(wc -l <"$tmp/a")" -gt 60 ] || {
	echo "only $(wc -l <"$tmp/a") variables found"
	status=1
}
exit $status
