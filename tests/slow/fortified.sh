#!/bin/sh
# A compiler that fortifies and guards stacks by default builds a shim that meets
# its contracts, too; and what check_selfcalls.sh refuses there.
set -eu
. "$(dirname "$0")/../lib/env.sh"
cd "$TEST_ROOT"

B=$TEST_TMP/build
make -s -j2 B="$B" CFLAGS="-O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 \
	-fstack-protector-strong" all >"$TEST_TMP/log" || exit 1
nm -u "$B/libtelemetry_shim.so" | grep -q __stack_chk_fail ||
	{ echo "nothing is guarded"; exit 1; }
for check in scripts/check_*.sh; do
	sh "$check" || { echo "that is $check"; exit 1; }
done

# object NAME TEXT: takes the place of an object of the shim.
object() {
	echo "$2" | gcc -xc -c -o "$B/obj/shim/base/$1.o" -
}

refused() { # TEXT
	if sh scripts/check_selfcalls.sh >"$TEST_TMP/refused"; then
		echo "nothing is refused of: $1"
		exit 1
	fi
	grep -q "$1" "$TEST_TMP/refused" ||
		{ cat "$TEST_TMP/refused"; exit 1; }
}

# Of the same name as a function of another file that only that one sees.
object sys 'static int rand(void) { return 4; } int f(void) { return rand(); }'
object decimal 'int rand(void); int g(void) { return rand(); }'
refused 'decimal.o: uses rand, which code below runtime/ may not'
object decimal 'int recv(void); int g(void) { return recv(); }'
refused 'decimal.o: uses recv, which the shim wraps'
object decimal 'void *__read_chk(void); void *g(void) { return __read_chk(); }'
refused 'decimal.o: uses __read_chk, which the shim wraps'
