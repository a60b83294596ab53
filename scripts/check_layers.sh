#!/bin/sh
# check_layers.sh - refuses what shim/LAYERS does not allow: an #include of a
# layer above, and (because an extern declaration cheats a check of includes) a
# symbol that only a layer above defines.  Reporters see <telemetry/*.h> only.
set -eu

B=${B:-build}
status=0

# shellcheck disable=SC2016 # awk's
layer_of='function layer_of(path) {
	sub(/^.*shim\//, "", path)
	sub(/\/.*/, "", path)
	return path
}
FILENAME == "shim/LAYERS" {
	if ($1 !~ /:$/)
		next
	sub(/:$/, "", $1)
	known[$1] = may[$1, $1] = 1
	for (i = 2; i <= NF; i++)
		may[$1, $i] = 1
	next
}'

# shellcheck disable=SC2046 # no blanks in our file names
awk "$layer_of"'
FNR == 1 {
	layer = layer_of(FILENAME)
	if (!(layer in known)) {
		print FILENAME ": its layer is not in shim/LAYERS"
		bad = 1
	}
}
/^[ \t]*#[ \t]*include[ \t]*["<]/ {
	split($0, part, /["<>]/)
	n = split(part[2], step, "/")
	target = step[1] == "telemetry" ? "include" : step[1]
	if (n > 1 && target in known && !((layer, target) in may)) {
		print FILENAME ":" FNR ": " layer "/ may not include " part[2]
		bad = 1
	}
}
END { exit bad }' shim/LAYERS $(find shim -name '*.[ch]' | sort) || status=1

# Lines "DEF layer symbol" and "USE object symbol", definitions first.
objects=$(find shim -name '*.c' | sort | sed "s|\(.*\)c$|$B/obj/\1o|")
# shellcheck disable=SC2086
{
	nm -A --defined-only -g $objects |
		sed -n 's|^\([^:]*\):[0-9a-f]* [A-Z] |DEF \1 |p'
	nm -A -u $objects | sed -n 's|^\([^:]*\): *[Uw] |USE \1 |p'
} >"$B/layers.symbols"
awk "$layer_of"'
$1 == "DEF" {
	home[$3] = layer_of($2)
}
$1 == "USE" && $3 in home && !((layer_of($2), home[$3]) in may) {
	print $2 ": " layer_of($2) "/ may not use " $3 " of " home[$3] "/"
	bad = 1
}
END { exit bad }' shim/LAYERS "$B/layers.symbols" || status=1

# Of each file the part of its path that names the reporter, or common.
for file in reporters/*.c reporters/*/*.[ch]; do
	part=${file#reporters/}
	part=${part%%[./]*}
	if grep -HnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$file" |
		grep -vE "include[[:space:]]*\"(common|$part)/[a-z0-9_]+\\.(h|def)\""; then
		echo "reporters/ may include <telemetry/*.h>, common/ and" \
			"their own folder only"
		status=1
	fi
done
exit $status
