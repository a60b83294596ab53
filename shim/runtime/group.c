/*
 * group.c - see group.h.
 */
#include "runtime/group.h"

static struct group own;
struct group *group_here = &own;

void group_choose(struct group *group)
{
	group_here = group ? group : &own;
	segment_choose_directory(group_here->directory);
}
