/* test_say.c - trouble that comes and goes does not fill the log. */
#include "test.h"

#include "../../reporters/common/link.c"
#include "../../reporters/common/say.c"

TEST(each_change_is_told_of_a_few_times)
{
	struct say say = { 0 };
	int i, told = 0;

	CHECK(!say_is_due(&say, 0));
	CHECK(say_is_due(&say, -5));
	CHECK(!say_is_due(&say, -5));
	CHECK(say_is_due(&say, 0));
	for (i = 0; i < 1000; i++)
		told += say_is_due(&say, i % 2 ? 0 : -5);
	CHECK_INT(told, SAY_FREELY - 2);
	/* Later again. */
	say.last_ms -= SAY_PAUSE_MS;
	CHECK(say_is_due(&say, say.error ? 0 : -5));
}
