# e2e.sh - sourced by the tests of real programs: runs a scenario bare and under
# the preload, and compares all that the outside can see.
#
# A test defines a function `scenario` and calls `compare`.  The function runs
# twice in an empty folder of the same path; its output, its errors, its exit
# status and the files that it leaves in ./kept must be equal.  Reporters are
# off: record only.  With TEST_SHOW=1 what the bare run wrote is shown.
#
# shellcheck shell=sh disable=SC2034

set -u
# shellcheck source=tests/lib/env.sh
. "${TEST_LIB:-"$(dirname "$0")/../lib"}/env.sh"

skip() {
	echo "$*"
	exit 77
}

fail() {
	echo "$*"
	exit 1
}

need() {
	for program; do
		command -v "$program" >/dev/null || skip "no $program here"
	done
}

# Runs a command until it succeeds, for at most 30 seconds.
wait_for() {
	tries=600
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.05 # between two looks at a condition
	done
}

# Takes out of an output what may differ between two runs of the same program;
# tests define their own.
filter() {
	cat
}

run_scenario() { # bare|shim
	rm -rf "$TEST_TMP/work"
	mkdir -p "$TEST_TMP/work/kept"
	mkdir -p "$TEST_TMP/$1"
	(
		cd "$TEST_TMP/work" || exit 99
		if [ "$1" = shim ]; then
			LD_PRELOAD=$TEST_SHIM
			export LD_PRELOAD
		fi
		scenario
	) >"$TEST_TMP/$1/raw.out" 2>"$TEST_TMP/$1/raw.err"
	echo $? >"$TEST_TMP/$1/status"
	filter <"$TEST_TMP/$1/raw.out" >"$TEST_TMP/$1/out"
	filter <"$TEST_TMP/$1/raw.err" >"$TEST_TMP/$1/err"
	mv "$TEST_TMP/work/kept" "$TEST_TMP/$1/kept"
}

# Processes that nobody reports for remove what they have recorded.  So the lock
# of their group is held here, as an exporter would: what they leave shows where
# the shim was.  The group's folder is that of a process that could not tidy up.
hold_group() {
	LD_PRELOAD=$TEST_SHIM sh -c 'kill -9 $$' 2>/dev/null
	group=$(echo "$TELEMETRY_DIR"/*)
	[ -d "$group" ] || fail "a process that was killed left no segment"
	: >"$group/lock"
	flock "$group/lock" tail -f /dev/null &
	holder=$!
	wait_for is_locked "$group/lock" || fail "cannot lock $group/lock"
}

is_locked() {
	! flock -n "$1" true
}

release_group() {
	pkill -P "$holder"
	wait "$holder" 2>/dev/null
}

# compare PROGRAM...: and the shim was in each of these programs (the ends of
# the paths of their executables): the comparison is worth nothing without.
compare() {
	[ -r "$TEST_SHIM" ] || fail "no $TEST_SHIM"
	TELEMETRY_DIR=$TEST_SEGMENTS/$$
	export TELEMETRY_DIR
	mkdir -m 700 "$TELEMETRY_DIR"
	run_scenario bare
	[ -z "$(ls -A "$TELEMETRY_DIR")" ] ||
		fail "the bare run recorded something"
	hold_group
	run_scenario shim
	release_group
	bad=
	for part in status out err kept; do
		diff -ru "$TEST_TMP/bare/$part" "$TEST_TMP/shim/$part" || bad=1
	done
	[ -z "$bad" ] || fail "^ - is the bare run, + the run under the shim"
	[ -z "${TEST_SHOW-}" ] || cat "$TEST_TMP/bare/out" "$TEST_TMP/bare/err"
	[ -s "$TEST_TMP/bare/out" ] || fail "the scenario printed nothing"
	for program; do
		grep -raq -- "$program" "$TELEMETRY_DIR" ||
			fail "the shim was not in $program, or recorded nothing"
	done
}
