#!/bin/bash
# shellcheck disable=SC2034 # variables that hazard_lib.sh reads
# Runs tests of tests/hazards/: hazard.sh [-j JOBS] [TEST...], default all.
# Exit status 1 if one failed; a single test gives 77 when it was skipped.
#
# A .sh test runs itself with the functions of hazard_lib.sh.  A .c or .cc test
# is the host program: it is built, run bare and under the shim, and the two
# runs must agree in output, errors and exit status (hazard_end() makes
# descriptors and threads part of the output).  Tags in its leading comment:
#
#   modes: record console events   default "record"; see hazard_lib.sh
#   cflags: -I@/shim -lsqlite3     beside -O1 -pthread; @ is the checkout
#   library: -Wl,-z,initfirst      also built with -DHAZARD_LIBRARY into a
#                                  library that the program is linked with
#   sibling: behind | front        also built with -DHAZARD_SIBLING and
#                                  preloaded behind or in front of the shim
#   env: NAME=VALUE ...            for all runs
#   args: ...                      of the program
#   check: COMMAND                 bash, after the runs, in $T; must succeed

here=$(dirname "${BASH_SOURCE[0]}")

run_all() {
	local jobs=$1 status=0

	shift
	[ $# -gt 0 ] || set -- "$here"/../hazards/H*.{c,cc,sh}
	for test; do [ -e "$test" ] && printf '%s\0' "$test"; done |
		xargs -0 -n 1 -P "$jobs" "$BASH" "$0" --one || status=1
	exit $status
}

# --one prints a line per test and turns "skipped" into success for xargs.
run_one() {
	local name start output status word

	name=$(basename "$1")
	start=$(date +%s%N)
	case $1 in
	*.sh) output=$("$BASH" "$1" 2>&1) ;;
	*) output=$("$BASH" "$0" --host "$1" 2>&1) ;;
	esac
	status=$?
	case $status in 0) word=ok ;; 77) word=skip ;; *) word=FAIL ;; esac
	printf '%-4s %s (%d ms)%s\n' "$word" "$name" \
		$((($(date +%s%N) - start) / 1000000)) "${output:+
$output}"
	[ "$HAZARD_SKIP_IS" = 77 ] && exit $status
	[ $status -eq 0 ] || [ $status -eq 77 ]
	exit
}

# The host program of test $1, built and run in every mode.
run_host() {
	local test=$1 name bin modes check cflags library sibling args

	# shellcheck source=tests/lib/hazard_lib.sh
	. "$here/hazard_lib.sh"
	hazard_need_shim
	name=$(basename "${test%.*}")
	bin=$HAZARD_BIN/$name
	modes=$(hazard_tag "$test" modes)
	check=$(hazard_tag "$test" check)
	read -ra cflags < <(hazard_tag "$test" cflags | sed "s,@,$HAZARD_ROOT,g")
	read -ra library < <(hazard_tag "$test" library)
	read -ra args < <(hazard_tag "$test" args)
	read -ra HAZARD_VARS < <(hazard_tag "$test" env)
	sibling=$(hazard_tag "$test" sibling)
	if [ ${#library[@]} -gt 0 ]; then
		hazard_build "$test" "$HAZARD_BIN/lib$name.so" -pthread \
			-fPIC -shared -DHAZARD_LIBRARY "${library[@]}" ||
			exit 1
		cflags+=(-L"$HAZARD_BIN" "-l$name" "-Wl,-rpath,$HAZARD_BIN")
	fi
	if [ -n "$sibling" ]; then
		HAZARD_SIBLING=$HAZARD_BIN/$name.sibling.so
		HAZARD_SIBLING_PLACE=$sibling
		hazard_build "$test" "$HAZARD_SIBLING" -pthread -fPIC \
			-shared -DHAZARD_SIBLING || exit 1
	fi
	hazard_build "$test" "$bin" -pthread "${cflags[@]}" || exit 1
	hazard_compare "${modes:-record}" "$bin" "${args[@]}"
	case $(cat "$T/bare/status") in
	77) hazard_skip "$(cat "$T/bare/out")" ;;
	esac
	if [ -n "$check" ]; then
		(cd "$T" && eval "$check") || hazard_fail "check failed: $check"
	fi
	hazard_finish
}

case $1 in
--one) run_one "$2" ;;
--host) run_host "$2" ;;
-j) run_all "$2" "${@:3}" ;;
*)
	[ $# -ne 1 ] || HAZARD_SKIP_IS=77 exec "$BASH" "$0" --one "$1"
	run_all "${TEST_JOBS:-2}" "$@"
	;;
esac
