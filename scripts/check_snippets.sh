#!/bin/sh
# check_snippets.sh - each wrapped function that the shim exports has its
# snippet, tests/snippets/<name>.c, and each snippet its function.
set -eu

B=${B:-build}
nm -D --defined-only "$B/libtelemetry_shim.so" | awk '{ print $3 }' |
	grep -v '^telemetry_' | sort >"$B/snippets.functions"
for file in tests/snippets/*.c; do
	basename "$file" .c
done | sort >"$B/snippets.have"

comm -23 "$B/snippets.functions" "$B/snippets.have" |
	sed 's|.*|&: wrapped, but there is no tests/snippets/&.c|' >"$B/snippets.bad"
comm -13 "$B/snippets.functions" "$B/snippets.have" |
	sed 's|.*|tests/snippets/&.c: no such function is wrapped|' >>"$B/snippets.bad"
cat "$B/snippets.bad"
[ ! -s "$B/snippets.bad" ]
