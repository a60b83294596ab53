/*
 * getsockopt(): values, sizes and errors pass; reading SO_ERROR clears it.
 */
#include "lib/replay.h"

static int option(int fd, int level, int name)
{
	int value = 0;
	socklen_t size = sizeof(value);

	CALL(getsockopt(fd, level, name, &value, &size));
	show("size", size);
	return value;
}

SNIPPET(getsockopt)
{
	int pair[2], file = open_file();
	short half = 0;
	socklen_t size = sizeof(half);

	open_pair(pair);
	show("type", option(pair[0], SOL_SOCKET, SO_TYPE));
	show("error", option(pair[0], SOL_SOCKET, SO_ERROR));
	CALL(getsockopt(pair[0], SOL_SOCKET, SO_ERROR, &half, &size));
	CALL(getsockopt(pair[0], SOL_SOCKET, SO_ERROR, NULL, NULL));
	option(pair[0], SOL_SOCKET, 9999);
	option(file, SOL_SOCKET, SO_ERROR);
	option(-1, SOL_SOCKET, SO_ERROR);
	drop_pair(pair);
	close(file);
}
