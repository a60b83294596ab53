/*
 * setns(): into a namespace it is in already, and into what is none.
 */
#include "lib/replay.h"

#include <sched.h>

SNIPPET(setns, .forks = 1)
{
	int own = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
	int user = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);

	CALL(setns(-1, 0));
	CALL(setns(0, CLONE_NEWUTS));
	CALL(setns(own, CLONE_NEWNET));
	IN_CHILD(CALL(setns(own, CLONE_NEWUTS)));
	IN_CHILD(CALL(setns(user, CLONE_NEWUSER)));
	close(own), close(user);
}
