# units.sh - for cases that need a fault which no program can make from outside: a
# test of a module is run by the names of its cases.
#
#   units PROGRAM TEST...   each of these tests of tests/unit/PROGRAM.c passes
#
# All of them are run.  If one is skipped so is the whole, unless another fails.
#
# shellcheck shell=bash

# shellcheck source=tests/lib/hazard_lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/hazard_lib.sh"
hazard_need_shim

units() {
	local program=$B/tests/unit/$1 name

	# Another script may want the same program at the same time.
	(cd "$HAZARD_ROOT" && unset MAKEFLAGS MFLAGS MAKELEVEL &&
		flock 9 && make -s B="$B" SAN="$TEST_SAN" \
			${TEST_SAN:+CFLAGS="-O1 -g1"} "$program" 9>&-) \
		9>"$B/units.lock" >"$T/make" 2>&1 || hazard_fail "$1: $(cat "$T/make")"
	for name in "${@:2}"; do
		(cd "$HAZARD_ROOT" && TEST_BUILD=$B TEST_TMP=$T "$program" "$name") \
			>"$T/out" 2>&1
		case $? in
		0) grep -qx "ok $name" "$T/out" ||
			hazard_fail "$1 has no test $name" ;;
		77) hazard_skip_end "$name: $(sed -n 's/^# skipped: //p' "$T/out")" ;;
		*) hazard_fail "$name: $(cat "$T/out")" ;;
		esac
	done
}
