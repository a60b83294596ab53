#!/bin/bash
# H38, H50: reading a configuration file uses neither the host's heap nor a
# descriptor that stays, be the file good, wrong or not YAML.
#
# Technique: libyaml is a private copy on the arena (base/yaml_heap.c); system
# calls read the file, and close it at once.
# shellcheck source=tests/lib/hazard_lib.sh
. "$(dirname "$0")/../lib/hazard_lib.sh"
hazard_need_shim

source=$HAZARD_ROOT/tests/hazards/H38_no_host_heap.c
bin=$HAZARD_BIN/H38_config_file
HAZARD_SIBLING=$bin.sibling.so HAZARD_SIBLING_PLACE=behind
hazard_build "$source" "$HAZARD_SIBLING" -pthread -fPIC -shared \
	-DHAZARD_SIBLING || exit 1
hazard_build "$source" "$bin" -pthread || exit 1

sed 's/^reporters:.*/reporters: []/' "$HAZARD_ROOT/scripts/telemetry.yaml" >"$T/good"
{
	cat "$T/good"
	printf 'unknown: 1\nmetrics: 2\ninclude: [none, wrong]\n'
} >"$T/wrong"
head -c 5000 "$T/good" >"$T/cut" && echo '  - "' >>"$T/cut"

# calls FILE: of the heap before main(), by the program with that file.
calls() {
	sed -n 's/^record //p' "$T/calls.$1"
}

hazard_compare record "$bin" "$T/calls.no"
for file in good wrong cut none; do
	HAZARD_VARS=("TELEMETRY_CONFIG=$T/$file" "TELEMETRY_LOG_FILE=$T/log.$file")
	hazard_compare 'record console' "$bin" "$T/calls.$file"
	[ "$(calls "$file")" = "$(calls no)" ] ||
		hazard_fail "$file: $(calls "$file") calls of the heap before" \
			"main(), without a file $(calls no)"
done
[ "$(calls no)" ] || hazard_fail "nothing is counted"
[ ! -e "$T/log.good" ] || hazard_fail "good: $(cat "$T/log.good")"
for file in wrong cut none; do
	grep -q "$T/$file" "$T/log.$file" || hazard_fail "$file: nothing logged"
done
hazard_finish
