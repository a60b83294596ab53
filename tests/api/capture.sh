#!/bin/sh
# <telemetry/test.h> as the tests of a user see it: skipped without the shim or
# with one that is off, and an expectation that fails shows what was captured.
. "$(dirname "$0")/../lib/e2e.sh"
need gcc

cd "$TEST_TMP" || exit 1
cat >program.c <<'END'
#include <telemetry/test.h>

int main(int argc, char **argv)
{
	struct telemetry_capture *c = telemetry_capture_begin("shop.order");
	struct telemetry_field m[] = { TELEMETRY_F64("amount", 12.5),
				       TELEMETRY_I64("n", -1),
				       TELEMETRY_U64("u", 1) };
	struct telemetry_field d[] = { TELEMETRY_STR("who", "me"),
				       TELEMETRY_STR("none", NULL),
				       TELEMETRY_BOOLEAN("paid", 1) };

	(void)argv;
	telemetry_execute("shop.order", m, 3, d, 3);
	TELEMETRY_EXPECT(c, telemetry_capture_count(c, "shop.order") == (size_t)argc);
	telemetry_capture_end(c);
	puts("passed");
	return 0;
}
END
gcc -std=c99 -DNDEBUG -Wall -Wextra -Werror -I"$TEST_ROOT/shim/include" \
	-o program program.c -pthread || fail "it does not build"

skips() {
	what=$1
	shift
	env "$@" ./program >out 2>&1
	status=$?
	[ $status = 77 ] || fail "$what: status $status: $(cat out)"
	grep -q '^skipped: ' out || fail "$what: $(cat out)"
}
skips 'without the shim' A=b
skips 'switched off' LD_PRELOAD="$TEST_SHIM" TELEMETRY_DISABLED=true

out=$(LD_PRELOAD=$TEST_SHIM ./program) || fail "status $?"
[ "$out" = passed ] || fail "it wrote $out"
(LD_PRELOAD=$TEST_SHIM ./program more; echo $? >status) 2>err >out
[ "$(cat status)" = 134 ] || fail "not aborted: $(cat status)"
cat >expected <<'END'
program.c:15: not so: telemetry_capture_count(c, "shop.order") == (size_t)argc
captured:
  shop.order amount=12.5 n=-1 u=1 | who="me" none=null paid=true
END
grep -v Abort err | diff expected - || fail "+ is what it said"
exit 0
