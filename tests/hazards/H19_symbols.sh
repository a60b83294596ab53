#!/bin/bash
# H19, H8, H3, H38: what the shim exports is libc's or begins with telemetry_,
# without a version of its own; what it imports from libc has no part of the
# heap or of stdio; and it is loaded with nothing but libc and liburcu.
#
# Technique: -fvisibility=hidden, an anonymous version script made from the
# tables.
# shellcheck source=tests/lib/hazard_lib.sh
. "$(dirname "$0")/../lib/hazard_lib.sh"
hazard_need_shim

libc=$(ldd "$HAZARD_SHIM" | sed -n 's/.*libc.so.6 => \([^ ]*\).*/\1/p')
nm -D --defined-only "$HAZARD_SHIM" | awk '{ print $3 }' | sort -u >"$T/ours"
nm -D --defined-only "$libc" | awk '{ sub(/@.*/, "", $3); print $3 }' |
	sort -u >"$T/libc"
grep -q '@' "$T/ours" && hazard_fail "versions: $(grep '@' "$T/ours")"
extra=$(comm -23 "$T/ours" "$T/libc" | grep -v '^telemetry_')
[ -z "$extra" ] || hazard_fail "exported, but not libc's:" $extra
[ "$(wc -l <"$T/ours")" -gt 50 ] || hazard_fail "hardly any wrapper is there"

names='malloc|calloc|realloc|free|strdup|asprintf|printf|fprintf|fopen|puts'
names="$names|getline|opendir|qsort|getenv|setenv|dlsym|setlocale|fwrite"
wrong=$(nm -D --undefined-only "$HAZARD_SHIM" | awk '{ sub(/@.*/, "", $2)
	print $2 }' | grep -xE "$names")
[ -z "$wrong" ] || hazard_fail "imported:" $wrong

needed=$(readelf -d "$HAZARD_SHIM" |
	sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort | tr '\n' ' ')
case $needed in
"libc.so.6 " | "libc.so.6 liburcu-bp.so.8 ") ;;
*) hazard_fail "needs $needed" ;;
esac
readelf -rW "$HAZARD_SHIM" | grep -E 'DTPMOD|TLSDESC' &&
	hazard_fail "H23: global-dynamic TLS"
hazard_finish
