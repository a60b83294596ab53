/*
 * splice(): between a pipe and a socket, both ways.
 */
#include "lib/replay.h"

static void blocks(void)
{
	int pair[2], pipes[2];

	open_pair(pair);
	pipe(pipes);
	write(pipes[1], "more", 4);
	fill(pair[0]);
	BLOCK(splice(pipes[0], NULL, pair[0], NULL, 4, 0));
}

SNIPPET(splice, .span = "libc.socket.send", .blocks = blocks)
{
	int pair[2], pipes[2], file = open_file();
	loff_t offset = 2;
	char text[16];

	open_pair(pair);
	pipe(pipes);
	write(pipes[1], "hello", 5);
	CALL_IO(splice(pipes[0], NULL, pair[0], NULL, 5, 0));
	CALL(recv(pair[1], text, sizeof(text), 0));
	show_bytes("text", text, 5);
	CALL(send(pair[1], "back", 4, 0));
	CALL_IO(splice(pair[0], NULL, pipes[1], NULL, 100, 0));
	CALL(splice(pair[0], NULL, pipes[1], NULL, 100, SPLICE_F_NONBLOCK));
	CALL(splice(pair[0], NULL, pipes[1], NULL, 0, 0));
	CALL(splice(file, &offset, pipes[1], NULL, 3, 0));
	show("offset", offset);
	CALL(splice(file, NULL, pair[0], NULL, 3, 0));
	CALL(splice(pipes[0], &offset, pair[0], NULL, 3, 0));
	CALL(splice(-1, NULL, pair[0], NULL, 3, 0));
	drop_pair(pair);
	drop_pair(pipes);
	close(file);
}
