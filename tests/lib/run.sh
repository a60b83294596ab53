#!/bin/sh
# run.sh FILE|FOLDER... - runs test files, TEST_JOBS at a time, each with a scratch
# folder of its own, and prints a line for each and a total.  TEST_JOBS is twice
# the processors: most tests wait half of their time.
#
# A test is an executable file.  Exit status 0 passed, 77 skipped (its last line
# of output says why), anything else failed: then all its output is shown.  It
# may run alone; tests/lib/env.sh gives shell tests what is set up here.
#
# In a folder the tests are its *.sh files.  Some folders are different: programs
# of tests/hazards, tests/parity and tests/api are run by lib/hazard.sh,
# tests/snippets by lib/replay.sh.
set -eu

TEST_LIB=$(cd "$(dirname "$0")" && pwd)
TEST_LIMIT=${TEST_LIMIT:-120} # seconds; against a hang, not to measure
TEST_JOBS=${TEST_JOBS:-$((2 * $(nproc)))}

run_one() {
	number=$1
	file=$2
	name=${file#"$TEST_ROOT"/}
	name=${name#"$TEST_BUILD"/}
	name=${name#tests/}
	log=$TEST_ALL/$number.log
	TEST_TMP=$TEST_ALL/$number
	export TEST_TMP
	mkdir "$TEST_TMP"
	chmod 755 "$TEST_TMP"
	begin=$(date +%s%N)
	status=0
	case $file in
	*/hazards/* | */parity/* | */tests/api/*.c | */tests/api/*.cc)
		set -- bash "$TEST_LIB/hazard.sh" "$file"
		;;
	*) set -- "$file" ;;
	esac
	timeout -k 5 "$TEST_LIMIT" "$@" >"$log" 2>&1 </dev/null &
	test_pid=$!
	wait $test_pid || status=$?
	# What a test that failed has left behind; timeout leads a group.
	kill -9 -$test_pid 2>/dev/null || :
	took=$((($(date +%s%N) - begin) / 1000000))
	case $status in
	0) verdict=ok ;;
	77) verdict=skip ;;
	*) verdict=FAIL ;;
	esac
	echo $verdict >"$TEST_ALL/$number.verdict"
	{
		printf '%-4s %s (%d ms)%s' $verdict "$name" $took \
			"${TEST_SAN:+ [$TEST_SAN]}"
		case $verdict in
		skip) printf ': %s' "$(tail -n 1 "$log")" ;;
		FAIL)
			[ $status = 124 ] && printf ' hung for %s s,' "$TEST_LIMIT"
			printf ' status %s\n' $status
			sed 's/^/     | /' "$log"
			;;
		esac
		echo
	} >"$log.out"
	sed '${/^$/d}' "$log.out"
	rm -rf "$TEST_TMP"
}

if [ "${1-}" = --one ]; then
	run_one "$2" "$3"
	exit 0
fi

TEST_ALL=$(mktemp -d)
trap 'rm -rf "$TEST_ALL" ${TEST_SEGMENTS:+"$TEST_SEGMENTS"}' EXIT
trap 'exit 1' HUP INT TERM
chmod 755 "$TEST_ALL"
export TEST_ALL TEST_LIB TEST_LIMIT
# shellcheck source=tests/lib/env.sh
. "$TEST_LIB/env.sh"

# The snippets share one program, which replay.sh builds and runs in parallel by
# itself; it prints a line "ok - name" or "not ok - name: why" for each.
run_snippets() {
	log=$TEST_ALL/snippets.log
	sh "$TEST_LIB/replay.sh" -b "$TEST_BUILD" -j "$TEST_JOBS" \
		>"$log" 2>&1 </dev/null || echo FAIL >"$TEST_ALL/snippets.verdict"
	if grep -q '^not ok - ' "$log"; then
		rm -f "$TEST_ALL/snippets.verdict"
	fi
	awk '/^ok - / { print "ok" } /^not ok - / { print "FAIL" }' "$log" \
		>"$TEST_ALL/each.verdict"
	if [ -e "$TEST_ALL/snippets.verdict" ] || grep -q FAIL "$TEST_ALL/each.verdict"; then
		grep -v '^ok - ' "$log" | sed 's|^not ok - |FAIL snippets/|' || :
	fi
	echo "ok   snippets: $(grep -c ok "$TEST_ALL/each.verdict") functions replayed"
}

# Words, in the order of the shell's patterns, of what there is.
tests_in() {
	case $1 in
	*hazards) ls "$1"/H*.c "$1"/H*.cc "$1"/H*.sh 2>/dev/null ;;
	*parity) ls "$1"/[A-Z][0-9]*.c "$1"/[A-Z][0-9]*.sh 2>/dev/null ;;
	*api) ls "$1"/*.c "$1"/*.cc "$1"/*.sh ;;
	*) ls "$1"/*.sh ;;
	esac
}

number=0
snippets=
for argument; do
	if [ ! -d "$argument" ]; then
		files=$argument
	elif [ "${argument##*/}" = snippets ]; then
		snippets=1
		continue
	else
		files=$(tests_in "$argument")
	fi
	for file in $files; do
		number=$((number + 1))
		case $file in
		/*) ;;
		*) file=$PWD/$file ;;
		esac
		printf '%d\0%s\0' $number "$file"
	done
done >"$TEST_ALL/list"
xargs -0 -r -n 2 -P "$TEST_JOBS" "$0" --one <"$TEST_ALL/list" || :
[ -z "$snippets" ] || run_snippets

count() {
	cat "$TEST_ALL"/*.verdict 2>/dev/null | grep -c "^$1\$" || :
}
# A test that has come to no end, as where nothing can be written, has failed.
for wanted in $(seq $number); do
	[ -s "$TEST_ALL/$wanted.verdict" ] || {
		echo "FAIL no verdict of test $wanted"
		echo FAIL >"$TEST_ALL/$wanted.verdict"
	}
done
failed=$(count FAIL)
echo "$(count ok) passed, $failed failed, $(count skip) skipped"
[ "$failed" = 0 ] && [ "$(count ok)" != 0 ]
