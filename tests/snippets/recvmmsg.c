/*
 * recvmmsg(): several datagrams at once, fewer than asked for, none.
 */
#include "lib/replay.h"

static char texts[3][8];
static struct iovec parts[3] = { { texts[0], 8 },
				 { texts[1], 8 },
				 { texts[2], 8 } };

static void aim(struct mmsghdr messages[3])
{
	int i;

	memset(messages, 0, 3 * sizeof(*messages));
	for (i = 0; i < 3; i++) {
		messages[i].msg_hdr.msg_iov = &parts[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
}

static void blocks(void)
{
	struct mmsghdr messages[3];
	int pair[2];

	open_dgrams(pair);
	aim(messages);
	BLOCK(recvmmsg(pair[0], messages, 3, 0, NULL));
}

SNIPPET(recvmmsg, .span = "libc.socket.recv", .blocks = blocks)
{
	struct timespec none = { 0, 0 };
	struct mmsghdr messages[3];
	int pair[2];

	open_dgrams(pair);
	aim(messages);
	send(pair[1], "one", 3, 0);
	send(pair[1], "more than eight", 15, 0);
	CALL(recvmmsg(pair[0], messages, 3, MSG_DONTWAIT | MSG_TRUNC, NULL));
	replay_moved(3 + 8);
	show("first", messages[0].msg_len);
	show("second", messages[1].msg_len);
	CALL(recvmmsg(pair[0], messages, 3, MSG_DONTWAIT, NULL));
	send(pair[1], "one", 3, 0);
	CALL(recvmmsg(pair[0], messages, 3, MSG_WAITFORONE, &none));
	replay_moved(3);
	CALL(recvmmsg(pair[0], messages, 0, 0, NULL));
	CALL(recvmmsg(pair[0], bad_pointer(), 1, MSG_DONTWAIT, NULL));
	CALL(recvmmsg(0, messages, 3, 0, NULL));
	CALL(recvmmsg(-1, messages, 3, 0, NULL));
	drop_pair(pair);
}
