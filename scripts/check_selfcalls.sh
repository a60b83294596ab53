#!/bin/sh
# check_selfcalls.sh - refuses shim code that refers by name to a function that
# the shim itself wraps: it would call its own wrapper.  And, below runtime/, to
# any other function of a library than those here: they allocate nothing, take
# no lock and do not depend on the locale.  Compilers that fortify by default
# call some by other names.
set -eu

B=${B:-build}
objects=$(find shim -name '*.c' | sort | sed "s|\(.*\)c$|$B/obj/\1o|")

# Relocations and not undefined symbols: a wrapper's file may call a function
# that it defines itself.  Unwind tables and debug information only describe.
# shellcheck disable=SC2086
LC_ALL=C readelf -rW $objects "$B/obj/yaml.o" | awk '
	/^File: / { object = $2 }
	/^Relocation section/ { described = /\.(debug|eh_frame)/ }
	NF >= 5 && !described && $5 ~ /^[A-Za-z_]/ { print object, $5 }' |
	sort -u >"$B/selfcalls.uses"

sed -n 's/^\t\(.*\);$/\1/p' "$B/exports.map" | grep -v '^telemetry_' |
	grep -vx '\*' >"$B/selfcalls.wrapped" || :

# shellcheck disable=SC2086
LC_ALL=C nm -A $objects | sed 's/:[0-9a-f ]* / /' >"$B/selfcalls.symbols"

awk '
FILENAME == ARGV[2] {
	wrapped[$1] = 1
	next
}
FILENAME == ARGV[3] {
	# A function of one file only is not what another one calls.
	if ($2 ~ /^[Uvw]$/) {
		if ($1 !~ /\/shim\/runtime\//)
			undefined[$1 " " $3] = 1
	} else if ($2 ~ /^[A-Ziu]$/)
		ours[$3] = 1
	next
}
$2 in wrapped {
	print $1 ": uses " $2 ", which the shim wraps"
	bad = 1
}
END {
	for (use in undefined) {
		split(use, part, " ")
		if (part[2] in ours || part[2] ~ allowed)
			continue
		print part[1] ": uses " part[2] ", which code below runtime/ may not"
		bad = 1
	}
	if (length(undefined) == 0) {
		print "no symbols in the objects of the shim"
		bad = 1
	}
	exit bad
}' \
	allowed='^(mem(chr|cmp|cpy|move|set)|bcmp|str(chr|cmp|cspn|len|ncmp|nlen|rchr|spn|str)|__mem(cpy|move|set)_chk|__stack_chk_(fail|guard)|__errno_location|__h_errno_location|(__)?getauxval|getpagesize|fileno_unlocked|pthread_(attr_(getstacksize|init)|key_create|self|setspecific)|urcu_bp_.*|_DYNAMIC|_GLOBAL_OFFSET_TABLE_|_r_debug|__st(art|op)_wrap_sites|__(u?div|divmod|udivmod|mod|umod)ti[34]|__float(un)?(di|ti)[sdtx]f|__aarch64_.*|__([a-z]+san|sanitizer)_.*)$' \
	"$B/selfcalls.wrapped" "$B/selfcalls.symbols" "$B/selfcalls.uses"
