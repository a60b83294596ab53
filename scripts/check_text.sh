#!/bin/sh
# check_text.sh - things that a finished text does not hold: reminders, code
# that is switched off, scripts that nobody can run, blanks at the end of lines,
# lines that are too long.
set -eu

status=0
refuse() {
	what=$1
	shift
	if grep -rnIE "$@"; then
		echo "^ $what"
		status=1
	fi
}

words='\b(TO''DO|FIX''ME|X''XX|HA''CK)\b'
sources='shim reporters scripts tests Makefile'
# shellcheck disable=SC2086 # a list of folders
{
	refuse 'a reminder instead of the thing' "$words" $sources
	refuse 'code that is switched off' '^[[:space:]]*#[[:space:]]*if 0' $sources
	refuse 'blanks at the end of a line' '[[:space:]]$' $sources
	refuse 'a C++ comment in C' '^[[:space:]]*//' shim reporters
}
# A tab goes on to the next multiple of eight; tables (.def) have long texts.
find shim reporters scripts -name '*.[ch]' -o -name '*.hpp' |
	sort | xargs awk '{
	columns = 0
	parts = split($0, part, "\t")
	for (i = 1; i < parts; i++)
		columns += length(part[i]) - (columns + length(part[i])) % 8 + 8
	columns += length(part[parts])
	if (columns > 80) {
		print FILENAME ":" FNR ": " columns " columns, 80 are allowed"
		bad = 1
	}
} END { exit bad }' || status=1
for script in scripts/* .ci/run; do
	case $(head -n 1 "$script") in
	'#!'*) ;;
	*) continue ;;
	esac
	if [ ! -x "$script" ]; then
		echo "$script: cannot be executed"
		status=1
	fi
done
exit $status
