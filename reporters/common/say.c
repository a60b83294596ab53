/*
 * say.c - when trouble is worth a line in the log.
 */
#include "common/say.h"

#include "common/link.h"

bool say_is_due(struct say *say, int error)
{
	int64_t now;

	if (error == say->error)
		return false;
	now = link_now_ms();
	if (say->times >= SAY_FREELY && now - say->last_ms < SAY_PAUSE_MS)
		return false;
	say->times++;
	say->last_ms = now;
	say->error = error;
	return true;
}
