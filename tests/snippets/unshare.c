/*
 * unshare(): leaves what is shared; refused where there are threads.
 */
#include "lib/replay.h"

#include <sched.h>

static void with_own_files(void)
{
	CALL(unshare(CLONE_FILES));
	CALL(close(0));
	CALL_FD(open("/dev/null", O_RDONLY));
}

SNIPPET(unshare, .forks = 1)
{
	CALL(unshare(0));
	CALL(unshare(1));
	IN_CHILD(with_own_files());
	IN_CHILD(CALL(unshare(CLONE_FS)));
	IN_CHILD(CALL(unshare(CLONE_NEWUSER)));
	IN_CHILD(CALL(unshare(CLONE_NEWNET)); free(malloc(10)));
}
