/*
 * seteuid(): to be the same user, another one, none.
 */
#include "lib/replay.h"

static void as_somebody_else(int fd)
{
	CALL(seteuid(65534));
	CALL(send(fd, "hello", 5, 0));
	show("user", (long)geteuid());
	CALL(seteuid(0));
}

SNIPPET(seteuid, .forks = 1)
{
	int pair[2];

	open_pair(pair);
	IN_CHILD(CALL(seteuid(geteuid())));
	IN_CHILD(CALL(seteuid((uid_t)-1)));
	IN_CHILD(as_somebody_else(pair[0]));
	drop_pair(pair);
}
