/*
 * recv(): peeked, truncated, partial, at the end, and with nothing there.
 */
#include "lib/replay.h"

static void blocks(void)
{
	int pair[2];
	char text[8];

	open_pair(pair);
	BLOCK(recv(pair[0], text, sizeof(text), 0));
}

SNIPPET(recv, .span = "libc.socket.recv", .blocks = blocks)
{
	int stream[2], dgram[2], file = open_file();
	char text[16] = "";

	open_pair(stream);
	open_dgrams(dgram);
	send(stream[1], "hello world", 11, 0);
	send(dgram[1], "hello world", 11, 0);
	CALL(recv(stream[0], text, 5, MSG_PEEK));
	CALL_IO(recv(stream[0], text, 5, 0));
	CALL_IO(recv(stream[0], text, sizeof(text), 0));
	CALL_IO(recv(stream[0], text, 0, MSG_DONTWAIT));
	CALL_IO(recv(stream[0], text, sizeof(text), MSG_DONTWAIT));
	CALL(recv(dgram[0], text, 5, MSG_PEEK | MSG_TRUNC));
	CALL(recv(dgram[0], text, 5, MSG_TRUNC));
	replay_moved(5);
	show_bytes("text", text, 6);
	send(stream[1], "x", 1, 0);
	CALL_IO(recv(stream[0], bad_pointer(), 1, 0));
	CALL_IO(recv(stream[0], text, 4, MSG_OOB));
	CALL_IO(recv(file, text, 5, 0));
	CALL_IO(recv(-1, text, 5, 0));
	close(stream[1]);
	CALL_IO(recv(stream[0], text, 4, MSG_WAITALL));
	CALL_IO(recv(stream[0], text, 4, 0));
	close(stream[0]), close(file), drop_pair(dgram);
}
