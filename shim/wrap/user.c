/*
 * user.c - calls by which a process becomes another user.  Watched, not
 * changed: from then on it may have no way into its group's folder, so what it
 * needs there is made before.
 */
#include "wrap/expand.h"

#include <unistd.h>

static void tell(void)
{
	int saved = errno;

	if (wrap_hooks.user_changes)
		wrap_hooks.user_changes();
	errno = saved;
}

WRAP_SITE(FAMILY_PROCESS, int, setuid, NULL, (uid_t, uid))
EXPORT int setuid(uid_t uid)
{
	tell();
	return NEXT(setuid)(uid);
}

WRAP_SITE(FAMILY_PROCESS, int, seteuid, NULL, (uid_t, uid))
EXPORT int seteuid(uid_t uid)
{
	tell();
	return NEXT(seteuid)(uid);
}

WRAP_SITE(FAMILY_PROCESS, int, setreuid, NULL, (uid_t, ruid), (uid_t, euid))
EXPORT int setreuid(uid_t ruid, uid_t euid)
{
	tell();
	return NEXT(setreuid)(ruid, euid);
}

WRAP_SITE(FAMILY_PROCESS, int, setresuid, NULL, (uid_t, ruid), (uid_t, euid),
	  (uid_t, suid))
EXPORT int setresuid(uid_t ruid, uid_t euid, uid_t suid)
{
	tell();
	return NEXT(setresuid)(ruid, euid, suid);
}
