/*
 * sendmsg(): vectors, addresses and a descriptor in a message.
 */
#include "lib/replay.h"

static void blocks(void)
{
	struct iovec part = { "more", 4 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	int pair[2];

	open_pair(pair);
	fill(pair[0]);
	BLOCK(sendmsg(pair[0], &message, 0));
}

SNIPPET(sendmsg, .span = "libc.socket.send", .blocks = blocks)
{
	struct iovec parts[2] = { { "hello ", 6 }, { "world", 5 } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	char control[CMSG_SPACE(sizeof(int))] = { 0 }, text[16] = "";
	struct cmsghdr *header = (struct cmsghdr *)control;
	int pair[2], file = open_file();

	open_pair(pair);
	CALL_IO(sendmsg(pair[0], &message, 0));
	CALL(recv(pair[1], text, sizeof(text), 0));
	show_bytes("text", text, 11);
	message.msg_control = control;
	message.msg_controllen = sizeof(control);
	header->cmsg_len = CMSG_LEN(sizeof(int));
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(header), &file, sizeof(file));
	CALL_IO(sendmsg(pair[0], &message, 0));
	memset(CMSG_DATA(header), 0xff, sizeof(file));
	CALL_IO(sendmsg(pair[0], &message, 0));
	message.msg_controllen = 0;
	message.msg_iovlen = 0;
	CALL_IO(sendmsg(pair[0], &message, 0));
	message.msg_iovlen = 5000;
	CALL_IO(sendmsg(pair[0], &message, 0));
	CALL_IO(sendmsg(pair[0], bad_pointer(), 0));
	CALL_IO(sendmsg(file, &message, 0));
	CALL_IO(sendmsg(-1, &message, 0));
	drop_pair(pair);
	close(file);
}
