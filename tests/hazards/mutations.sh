#!/bin/bash
# Takes the technique out of a copy of the shim, hazard by hazard, and sees the
# hazard's test fail.  mutations.sh [PATTERN]: only rows whose test matches.
#
# A row is a call of mutate: test, source file below shim/, sed script, of which
# each line changes something.  The test must pass with the shim as it is and
# fail with the changed one.  Not part of `make test`: it builds the shim as many
# times as there are rows.
#
#   B=dir      a finished build of this tree (default build/)
#   SOURCE=dir the tree to change (default this one)

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
source=${SOURCE:-$root}
B=${B:-$root/build}
case $B in /*) ;; *) B=$root/$B ;; esac
pattern=${1:-.}
work=$(mktemp -d "${TMPDIR:-/tmp}/mutations.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
failed=0 done=0

# A copy of the tree with a finished build, so that only what a row changes is
# compiled again.
prepare() {
	cp -a "$source/shim" "$source/scripts" "$source/Makefile" "$work/" &&
		mkdir "$work/reporters" "$work/tests" &&
		make -s -C "$work" B=out WERROR=0 -j2 out/libtelemetry_shim.so \
			>/dev/null &&
		cp -a "$B/reporters" "$work/out/reporters" &&
		mkdir "$work/original" &&
		cp -a "$work/out/libtelemetry_shim.so" "$work/out/reporters" \
			"$work/original/"
}

# try SHIM TEST: does the test pass with this shim?
try() {
	HAZARD_LIMIT=8 HAZARD_SHIM=$1 B=$B "$BASH" "$root/tests/lib/hazard.sh" \
		"$here/$2" >"$work/log" 2>&1
}

# With the shim as it is; asked once per test.
passes() {
	[ -e "$work/passed.$1" ] || try "$work/original/libtelemetry_shim.so" \
		"$1" && touch "$work/passed.$1"
}

say() {
	printf '%-8s %-32s %s\n' "$@"
}

# judge TEST WHAT SHIM: the test must fail with this shim.
judge() {
	done=$((done + 1))
	if ! passes "$1"; then
		say FAILS "$1" "with the shim as it is"
		failed=$((failed + 1))
	elif try "$3" "$1"; then
		say SURVIVES "$1" "$2"
		failed=$((failed + 1))
	else
		say killed "$1" "$2"
	fi
}

# is_stale FILE SCRIPT: is there a line of it that changes nothing?
is_stale() {
	local line

	while IFS= read -r line; do
		! sed -E "$line" "$1" | cmp -s - "$1" || return 0
	done <<<"$2"
	return 1
}

mutate() {
	local test=$1 file=$2 script=$3

	[[ $test =~ $pattern ]] || return
	if is_stale "$work/shim/$file" "$script"; then
		say STALE "$test" "$file: nothing matches"
		failed=$((failed + 1))
		return
	fi
	cp -p "$work/shim/$file" "$work/saved"
	sed -i -E "$script" "$work/shim/$file"
	if make -s -C "$work" B=out WERROR=0 -j2 out/libtelemetry_shim.so \
		>"$work/log" 2>&1; then
		judge "$test" "$file" "$work/out/libtelemetry_shim.so"
	else
		say BROKEN "$test" "$file: does not build"
		tail -n 5 "$work/log"
		failed=$((failed + 1))
	fi
	cp "$work/saved" "$work/shim/$file"
}

# With the shim as it is, and a preload beside it that does it wrong.
beside() {
	local test=$1 bad=$2

	[[ $test =~ $pattern ]] || return
	gcc -shared -fPIC -O1 -D_GNU_SOURCE -o "$work/bad.so" \
		"$here/bad/$bad.c" || exit 1
	judge "$test" "bad/$bad.c" \
		"$work/original/libtelemetry_shim.so:$work/bad.so"
}

prepare || exit 1
. "$here/mutations.list"
echo "$done mutations, $failed not noticed"
[ $failed = 0 ] && [ $done -gt 0 ]
