/*
 * pwritev2(): offset -1 makes it a writev() that sockets accept.
 */
#include "lib/replay.h"

static void blocks(void)
{
	struct iovec part = { "more", 4 };
	int pair[2];

	open_pair(pair);
	fill(pair[0]);
	BLOCK(pwritev2(pair[0], &part, 1, -1, 0));
}

SNIPPET(pwritev2, .span = "libc.socket.send", .blocks = blocks)
{
	struct iovec parts[2] = { { "hello ", 6 }, { "world", 5 } };
	int pair[2], file = open_file();

	open_pair(pair);
	CALL_IO(pwritev2(pair[0], parts, 2, -1, 0));
	CALL_IO(pwritev2(pair[0], parts, 2, 0, 0));
	CALL_IO(pwritev2(pair[0], parts, 2, -1, 0x4000));
	fill(pair[0]);
	CALL_IO(pwritev2(pair[0], parts, 2, -1, RWF_NOWAIT));
	CALL(pwritev2(file, parts, 2, 3, 0));
	CALL(pwritev2(file, parts, 2, -1, RWF_APPEND));
	CALL(pwritev2(file, parts, 2, -2, 0));
	CALL(pwritev2(-1, parts, 2, -1, 0));
	drop_pair(pair);
	close(file);
}
