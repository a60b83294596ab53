#!/bin/sh
# In steady state nothing of the shim allocates, locks or asks the kernel: what
# is called in libc while a program goes one of its hottest paths, counted by
# ltrace(1) at the functions themselves, is what it calls without the shim.  Some
# that only look at memory are allowed.  System calls that go past libc are
# counted by strace in e2e/steady.sh.
. "$(dirname "$0")/../lib/e2e.sh"
need ltrace gcc

cd "$TEST_TMP" || exit 1
gcc -O2 -I"$TEST_ROOT/shim/include" -o paths "$TEST_LIB/paths.c" -lsqlite3 ||
	fail "paths.c does not build"

# Otherwise the two are the same for certain.
TELEMETRY_REPORTERS=console LD_PRELOAD=$TEST_SHIM ./paths socket 10 2>report
grep -q 'libc\.socket\.send  *10 ' report ||
	fail "the shim does not see it: $(cat report)"

# calls SHIM PATH COUNT: "FUNCTION CALLS" of a whole run.
calls() {
	env ${1:+LD_PRELOAD=$1} ltrace -f -c -o ltraced -x '*@libc.so.6' \
		./paths "$2" "$3" 2>ltrace.err || fail "$2: $(cat ltrace.err)"
	awk '$1 ~ /^[0-9.]+$/ && NF == 5 && $5 != "total" { print $5, $4 }' ltraced
}

# grows SHIM PATH: of 200 rounds more, what has been called at least 20 times
# more: now and then a process that ends does a little more than another.
grows() {
	calls "$1" "$2" 100 >few
	calls "$1" "$2" 300 >many
	awk 'FNR == NR { few[$1] = $2; next }
		$2 - few[$1] >= 20 { print $1, $2 - few[$1] }' few many | sort
}

only_looks='^(__errno_location|malloc_usable_size|mem(cpy|set|cmp|chr)|strn?(len|cmp)) '
for path in heap socket tcp busy failure wait execute execute-1 execute-8 span \
	query; do
	grows '' $path | grep -vE "$only_looks" >bare
	grows "$TEST_SHIM" $path | grep -vE "$only_looks" >shim
	diff bare shim >difference ||
		fail "$path: - is the bare run, + under the shim:
$(sed 's/^</-/; s/^>/+/' difference)"
	echo "$path: $(tr '\n' ',' <shim)"
done
