/*
 * recvmsg(): vectors, truncation, and a descriptor that arrives.
 */
#include "lib/replay.h"

static char control[CMSG_SPACE(sizeof(int))];

static void send_descriptor(int through, int fd)
{
	struct iovec part = { "hello", 5 };
	char sent[CMSG_SPACE(sizeof(int))] = { 0 };
	struct cmsghdr *header = (struct cmsghdr *)sent;
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = sent,
				  .msg_controllen = sizeof(sent) };

	header->cmsg_len = CMSG_LEN(sizeof(int));
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	sendmsg(through, &message, 0);
}

static void full(void)
{
	char text[8];
	struct iovec part = { text, sizeof(text) };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	int pair[2];

	open_pair(pair);
	send_descriptor(pair[1], 0);
	exhaust();
	CALL(recvmsg(pair[0], &message, 0));
	show("flags", message.msg_flags);
}

static void blocks(void)
{
	char text[8];
	struct iovec part = { text, sizeof(text) };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	int pair[2];

	open_pair(pair);
	BLOCK(recvmsg(pair[0], &message, 0));
}

SNIPPET(recvmsg, .span = "libc.socket.recv", .blocks = blocks, .full = full)
{
	char one[4] = "", two[4] = "", room[CMSG_SPACE(sizeof(int))];
	struct iovec parts[2] = { { one, 3 }, { two, 3 } };
	struct msghdr message = { .msg_iov = parts,
				  .msg_iovlen = 2,
				  .msg_control = room,
				  .msg_controllen = sizeof(room) };
	int pair[2], fd = -1;

	open_dgrams(pair);
	send_descriptor(pair[1], 0);
	CALL_IO(recvmsg(pair[0], &message, 0));
	memcpy(&fd, CMSG_DATA((struct cmsghdr *)room), sizeof(fd));
	show_fd("received", fd, MARK);
	show_text("one", one);
	show_text("two", two);
	send(pair[1], "much too long", 13, 0);
	CALL(recvmsg(pair[0], &message, MSG_PEEK));
	CALL(recvmsg(pair[0], &message, MSG_TRUNC));
	replay_moved(6);
	show("flags", message.msg_flags);
	CALL_IO(recvmsg(pair[0], &message, MSG_DONTWAIT));
	CALL_IO(recvmsg(pair[0], bad_pointer(), MSG_DONTWAIT));
	CALL_IO(recvmsg(0, &message, 0));
	CALL_IO(recvmsg(-1, &message, 0));
	drop_pair(pair);
	close(fd);
}
