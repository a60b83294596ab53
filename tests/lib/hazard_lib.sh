# hazard_lib.sh - building, running and comparing for the tests of hazards/.
# Sourced by lib/hazard.sh and by hazards/*.sh; prints only what failed.
#
#   HAZARD_SHIM   the shim to test (default $B/libtelemetry_shim.so)
#   B             build directory (default $TEST_BUILD, build/)
#
# A run has its own folder $T/<mode> with the files out, err, status, the
# working directory cwd/ and the segments in dir/.  Modes:
#   bare      without the shim
#   record    with it, no reporter
#   console   with the console reporter, summary into console.out
#   events    with the console reporter, a line per event into console.out
#
# shellcheck shell=bash

HAZARD_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
B=${B:-${TEST_BUILD:-$HAZARD_ROOT/build}}
case $B in /*) ;; *) B=$HAZARD_ROOT/$B ;; esac
HAZARD_SHIM=${HAZARD_SHIM:-$B/libtelemetry_shim.so}
# TEST_SAN=address,undefined: $B has a shim built so, and programs are, too.
HAZARD_PRELOAD=$HAZARD_SHIM
if [ -n "$TEST_SAN" ]; then
	case $TEST_SAN in
	address*) HAZARD_PRELOAD=$(readlink -f "$(gcc -print-file-name=libasan.so)"):$HAZARD_SHIM ;;
	esac
	HAZARD_SAN=(ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=0
		UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1)
fi
HAZARD_LIMIT=${HAZARD_LIMIT:-20}
HAZARD_BIN=$B/hazards
T=$(mktemp -d "${TMPDIR:-/tmp}/hazard.XXXXXX") || exit 1
hazard_bad=0 hazard_skipped=''

hazard_cleanup() {
	if [ -n "$HAZARD_KEEP" ]; then echo "kept: $T"; else rm -rf "$T"; fi
}
trap hazard_cleanup EXIT

hazard_fail() {
	echo "  $*"
	hazard_bad=1
}

# Ends a test; what has failed before has failed.
hazard_skip() {
	echo "  skipped: $*"
	[ "$hazard_bad" = 0 ] || exit 1
	exit 77
}

# A part that cannot be done here: the others are, and then the whole is skipped.
hazard_skip_end() {
	hazard_skipped="${hazard_skipped:+$hazard_skipped; }$*"
}

# Ends a test: its exit status says whether anything failed.
hazard_finish() {
	[ -z "$hazard_skipped" ] || hazard_skip "$hazard_skipped"
	exit "$hazard_bad"
}

hazard_need_shim() {
	[ -r "$HAZARD_SHIM" ] || {
		hazard_fail "no shim at $HAZARD_SHIM"
		hazard_finish
	}
	# Not the one of another build, with which all would pass.
	[ -z "$TEST_SAN" ] || grep -q __ubsan_ "$HAZARD_SHIM" || {
		hazard_fail "no sanitizer in $HAZARD_SHIM"
		hazard_finish
	}
}

# hazard_env MODE: prints the variables of a mode, one a line.
hazard_env() {
	local pre=$HAZARD_PRELOAD

	echo "HAZARD_MODE=$1"
	case ${HAZARD_SIBLING_PLACE:-none} in
	behind) pre=$pre:$HAZARD_SIBLING ;;
	front) pre=$HAZARD_SIBLING:$pre ;;
	esac
	if [ "$1" = bare ]; then
		[ -z "$HAZARD_SIBLING" ] || echo "LD_PRELOAD=$HAZARD_SIBLING"
		return
	fi
	echo "LD_PRELOAD=$pre"
	echo "TELEMETRY_DIR=$T/$1/dir"
	case $1 in
	console | events)
		echo "TELEMETRY_REPORTERS=console"
		echo "TELEMETRY_CONSOLE_FILE=$T/$1/console.out"
		;;
	esac
	[ "$1" != events ] || echo "TELEMETRY_CONSOLE_MODE=events"
}

# hazard_run MODE COMMAND...: runs it in $T/MODE; status 124 or 137 is a hang.
hazard_run() {
	local mode=$1 vars

	shift
	mkdir -p "$T/$mode/cwd" && mkdir -m 700 "$T/$mode/dir"
	mapfile -t vars < <(hazard_env "$mode")
	{ (
		cd "$T/$mode/cwd" || exit 1
		for fd in /proc/self/fd/*; do
			fd=${fd##*/}
			[ "$fd" -le 2 ] || eval "exec $fd>&-"
		done
		exec timeout -k 1 "$HAZARD_LIMIT" env -i PATH="$PATH" \
			HOME="$HOME" LANG=C.UTF-8 "${HAZARD_SAN[@]}" "${vars[@]}" \
			"${HAZARD_VARS[@]}" "$@" \
			</dev/null >"$T/$mode/out" 2>"$T/$mode/err"
	); } 2>/dev/null # the word of bash about a signal
	echo $? >"$T/$mode/status"
}

# hazard_same MODE: are output and status those of the bare run?
hazard_same() {
	local what

	case $(cat "$T/$1/status") in
	124 | 137)
		grep -qx 137 "$T/bare/status" ||
			hazard_fail "$1: hung, killed after $HAZARD_LIMIT s"
		;;
	esac
	for what in status out err; do
		cmp -s "$T/bare/$what" "$T/$1/$what" && continue
		hazard_fail "$1: $what differs from the bare run:"
		diff "$T/bare/$what" "$T/$1/$what" | head -n 12 | sed 's/^/    /'
	done
}

# hazard_compare MODES COMMAND...: bare, then each mode, compared.
hazard_compare() {
	local modes=$1 mode

	shift
	rm -rf "$T/bare"
	hazard_run bare "$@"
	# Else two runs that fail alike would pass.
	! grep -qx 99 "$T/bare/status" ||
		hazard_fail "bare: $(tail -n 1 "$T/bare/err")"
	for mode in $modes; do
		rm -rf "${T:?}/$mode"
		hazard_run "$mode" "$@"
		hazard_same "$mode"
	done
}

# hazard_build SOURCE OUTPUT FLAGS...: unless it is there and newer than all
# headers that it may include: one that reads segments as they were laid out
# before finds nothing in them.
hazard_build() {
	local source=$1 output=$2 cc=gcc std=-std=gnu11
	local headers=("$HAZARD_ROOT"/shim/include "$HAZARD_ROOT"/tests/lib)

	shift 2
	case $source in *.cc) cc=g++ std=-std=gnu++17 ;; esac
	case " $* " in *" -I$HAZARD_ROOT/shim "*) headers+=("$HAZARD_ROOT"/shim) ;; esac
	[ "$output" -nt "$source" ] &&
		[ -z "$(find "${headers[@]}" -name '*.h' -newer "$output")" ] &&
		return 0
	mkdir -p "$HAZARD_BIN"
	$cc $std -O1 -Wall -Wextra -Werror -Wno-format-truncation \
		-fno-builtin -D_GNU_SOURCE \
		${TEST_SAN:+-g1 -fsanitize="$TEST_SAN"} \
		-I"$HAZARD_ROOT/shim/include" -I"$HAZARD_ROOT/tests/lib" \
		"$source" -o "$output.$$" "$@" && mv "$output.$$" "$output"
}

# hazard_tag FILE TAG: the value of " * TAG: value" in the leading comment.
hazard_tag() {
	sed -n -e "s/^ \* $2: *//p" -e '/^ \*\//q' "$1"
}
