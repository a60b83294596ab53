/*
 * sendmmsg(): how many went out, and how long each was.
 */
#include "lib/replay.h"

static void blocks(void)
{
	struct iovec part = { "more", 4 };
	struct mmsghdr one = { .msg_hdr = { .msg_iov = &part,
					    .msg_iovlen = 1 } };
	int pair[2];

	open_dgrams(pair);
	fill(pair[0]);
	BLOCK(sendmmsg(pair[0], &one, 1, 0));
}

SNIPPET(sendmmsg, .span = "libc.socket.send", .blocks = blocks)
{
	struct iovec parts[2] = { { "one", 3 }, { "three", 5 } };
	struct mmsghdr two[2] = {
		{ .msg_hdr = { .msg_iov = &parts[0], .msg_iovlen = 1 } },
		{ .msg_hdr = { .msg_iov = &parts[1], .msg_iovlen = 1 } },
	};
	int pair[2], file = open_file();

	open_dgrams(pair);
	CALL(sendmmsg(pair[0], two, 2, 0));
	replay_moved(3 + 5);
	show("first", two[0].msg_len);
	show("second", two[1].msg_len);
	CALL(sendmmsg(pair[0], two, 0, 0));
	parts[1].iov_base = bad_pointer();
	CALL(sendmmsg(pair[0], two, 2, 0));
	replay_moved(3);
	parts[0].iov_base = bad_pointer();
	CALL(sendmmsg(pair[0], two, 2, 0));
	CALL(sendmmsg(pair[0], bad_pointer(), 2, 0));
	CALL(sendmmsg(file, two, 2, 0));
	CALL(sendmmsg(-1, two, 2, 0));
	drop_pair(pair);
	close(file);
}
