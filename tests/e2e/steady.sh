#!/bin/sh
# In steady state a program makes the same system calls with the shim as without:
# a thousand times each of its hottest paths, counted by strace(1).

. "$(dirname "$0")/../lib/e2e.sh"
need strace gcc

cd "$TEST_TMP" || exit 1
gcc -O2 -I"$TEST_ROOT/shim/include" -o paths "$TEST_LIB/paths.c" -lsqlite3 ||
	fail "paths.c does not build"

# Otherwise the two are the same for certain.
TELEMETRY_REPORTERS=console LD_PRELOAD=$TEST_SHIM ./paths socket 10 2>report
grep -q 'libc\.socket\.send  *10 ' report ||
	fail "the shim does not see it: $(cat report)"

# calls SHIM PATH COUNT: system calls of a whole run, all threads; the fewest of
# three runs, as now and then a process that ends looks after its group.
calls() {
	for _ in 1 2 3; do
		env ${1:+LD_PRELOAD=$1} strace -f -qq -o trace ./paths "$2" "$3" ||
			fail "$2: status $?"
		wc -l <trace
	done | sort -n | head -n 1
}

# grows SHIM PATH: what a thousand rounds more take.
grows() {
	few=$(calls "$1" "$2" 200)
	many=$(calls "$1" "$2" 1200)
	echo $((many - few))
}

for path in heap socket tcp busy failure wait execute execute-1 span query; do
	bare=$(grows '' $path)
	shim=$(grows "$TEST_SHIM" $path)
	[ "$bare" = "$shim" ] ||
		fail "$path: $shim system calls for 1000 rounds, bare $bare"
done
