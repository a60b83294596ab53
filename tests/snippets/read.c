/*
 * read(): from sockets, and untouched from everything else.
 */
#include "lib/replay.h"

static void blocks(void)
{
	int pair[2];
	char text[8];

	open_pair(pair);
	BLOCK(read(pair[0], text, sizeof(text)));
}

SNIPPET(read, .span = "libc.socket.recv", .blocks = blocks)
{
	int pair[2], pipes[2], file = open_file();
	int directory = open("/", O_RDONLY | O_DIRECTORY);
	char text[16] = "";

	open_pair(pair);
	pipe(pipes);
	send(pair[1], "hello world", 11, 0);
	write(pipes[1], "hello", 5);
	CALL_IO(read(pair[0], text, 5));
	CALL_IO(read(pair[0], text, 0));
	CALL_IO(read(pair[0], bad_pointer(), 5));
	CALL_IO(read(pair[0], text, sizeof(text)));
	show_bytes("text", text, 6);
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	CALL_IO(read(pair[0], text, sizeof(text)));
	CALL(read(pipes[0], text, sizeof(text)));
	CALL(read(file, text, sizeof(text)));
	CALL(read(file, text, sizeof(text)));
	CALL(read(0, text, sizeof(text)));
	CALL(read(directory, text, sizeof(text)));
	CALL(read(-1, text, sizeof(text)));
	close(pair[1]);
	CALL_IO(read(pair[0], text, sizeof(text)));
	close(pair[0]), close(file), close(directory), drop_pair(pipes);
}
