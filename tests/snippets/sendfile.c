/*
 * sendfile(): a file into a socket; a file into a file is none of ours.
 */
#include "lib/replay.h"

#include <sys/sendfile.h>

static void blocks(void)
{
	int pair[2], file = open_file();

	open_pair(pair);
	fill(pair[0]);
	BLOCK(sendfile(pair[0], file, NULL, 10));
}

/* No cancellation point. */
SNIPPET(sendfile, .span = "libc.socket.send", .blocks = blocks,
	.skip = 1U << MODE_CANCEL)
{
	int pair[2], file = open_file(), copy = open_file();
	off_t offset = 4;
	char text[16];

	open_pair(pair);
	CALL_IO(sendfile(pair[0], file, &offset, 3));
	show("offset", offset);
	CALL_IO(sendfile(pair[0], file, &offset, 100));
	CALL_IO(sendfile(pair[0], file, &offset, 100));
	show("offset", offset);
	CALL(recv(pair[1], text, sizeof(text), 0));
	show_bytes("text", text, 6);
	CALL_IO(sendfile(pair[0], file, NULL, 2));
	CALL_IO(sendfile(pair[0], file, NULL, 0));
	CALL(sendfile(copy, file, NULL, 2));
	CALL_IO(sendfile(pair[0], file, bad_pointer(), 2));
	CALL_IO(sendfile(pair[0], pair[1], NULL, 2));
	CALL(sendfile(-1, file, NULL, 2));
	CALL_IO(sendfile(pair[0], -1, NULL, 2));
	drop_pair(pair);
	close(file), close(copy);
}
