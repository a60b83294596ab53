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

# In a framework that goes on: what it is told, and what is said.
cat >going_on.c <<'END'
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

static jmp_buf next;
static int failures;

static void failed(const char *file, int line)
{
	fprintf(stderr, "failed at %s:%d\n", file, line);
	failures++;
	longjmp(next, 1);
}

#define TELEMETRY_FAILED(file, line) failed(file, line)
#include <telemetry/test.h>

static struct telemetry_capture *c;

static void try(int n)
{
	if (setjmp(next))
		return;
	switch (n) {
	case 0:
		TELEMETRY_EXPECT_COUNT(c, "shop.order", 2);
		break;
	case 1:
		TELEMETRY_EXPECT_FIELD(c, "shop.*", TELEMETRY_STR("who", "you"));
		break;
	case 2:
		TELEMETRY_EXPECT_WAIT(c, NULL, 3, 1);
		break;
	case 3:
		TELEMETRY_EXPECT_COUNT(c, "shop.order", 0);
		break;
	default:
		TELEMETRY_EXPECT_COUNT(c, "shop.order", 1);
		TELEMETRY_EXPECT_FIELD(c, NULL, TELEMETRY_STR("who", "me"));
	}
}

int main(void)
{
	struct telemetry_field who = TELEMETRY_STR("who", "me");
	int n;

	c = telemetry_capture_begin_thread("shop.order");
	telemetry_execute("shop.order", NULL, 0, &who, 1);
	for (n = 0; n < 5; n++)
		try(n);
	telemetry_capture_end(c);
	printf("%d failures\n", failures);
	return 0;
}
END
gcc -std=c99 -Wall -Wextra -Werror -I"$TEST_ROOT/shim/include" \
	-o going_on going_on.c -pthread || fail "it does not build"
out=$(LD_PRELOAD=$TEST_SHIM ./going_on 2>err) || fail "status $?: $(cat err)"
[ "$out" = '4 failures' ] || fail "it wrote $out"
cat >expected <<'END'
going_on.c:26: not so: shop.order captured 2 times
captured:
  shop.order | who="me"
failed at going_on.c:26
going_on.c:29: not so: shop.* with who="you"
captured:
  shop.order | who="me"
failed at going_on.c:29
going_on.c:32: not so: in time something captured 3 times or more
captured:
  shop.order | who="me"
failed at going_on.c:32
going_on.c:35: not so: shop.order captured 0 times
captured:
  shop.order | who="me"
failed at going_on.c:35
END
diff expected err || fail "+ is what it said"
exit 0
