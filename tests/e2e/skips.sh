#!/bin/bash
# What lib/units.sh says of a program of which some tests are skipped: a failure
# before or behind them stays one, and what is behind them is run.
# shellcheck source=tests/lib/units.sh
. "$(dirname "$0")/../lib/units.sh"

B=$T/build
mkdir -p "$B/tests/unit"
cat >"$T/some.c" <<'END'
#include "test.h"

TEST(passes)
{
	CHECK(access(getenv("TEST_TMP"), W_OK) == 0);
}

TEST(fails)
{
	CHECK(access(getenv("TEST_TMP"), W_OK) != 0);
}

TEST(is_skipped)
{
	SKIP("no such thing");
}
END
make() {
	gcc -o "$B/tests/unit/some" -I"$HAZARD_ROOT/tests/lib" "$T/some.c"
}

# expect STATUS LAST TEST...: the last line it ends with.
expect() {
	local status=$1 last=$2 said

	shift 2
	said=$(hazard_bad=0 && units some "$@" && hazard_finish)
	case $?,$said in
	"$status",*"$last") ;;
	*) hazard_fail "$*: status not $status, or not '$last' at the end: $said" ;;
	esac
}

skipped="skipped: is_skipped: no such thing"
expect 0 '' passes
expect 77 "$skipped" is_skipped
expect 77 "$skipped" is_skipped passes
expect 77 "$skipped" passes is_skipped
expect 1 "$skipped" fails is_skipped
expect 1 "$skipped" is_skipped fails
expect 1 'no test has this name' passes passed
said=$(hazard_bad=1 && hazard_skip "no such thing")
[ $? = 1 ] || hazard_fail "a skip hides a failure: $said"
hazard_finish
