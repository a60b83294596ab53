/*
 * fclose(): of a stream over a socket, with what is left in its buffer.
 */
#include "lib/replay.h"

static void close_broken(int pair[2])
{
	FILE *stream = fdopen(pair[0], "w");

	signal(SIGPIPE, SIG_IGN);
	fputs("lost", stream);
	close(pair[1]);
	CALL(fclose(stream));
	show("descriptor", fcntl(pair[0], F_GETFD));
}

SNIPPET(fclose, .span = "libc.socket.close")
{
	FILE *stream, *file = fopen("/dev/null", "r");
	int pair[2], broken[2];
	char text[8] = "";

	open_pair(pair);
	open_pair(broken);
	stream = fdopen(pair[0], "w");
	fputs("hello", stream);
	CALL(fclose(stream));
	CALL(recv(pair[1], text, sizeof(text), 0));
	CALL(recv(pair[1], text, sizeof(text), 0));
	stream = fdopen(pair[1], "r");
	IN_CHILD(close(pair[1]); CALL(fclose(stream)));
	CALL(fclose(stream));
	CALL(fclose(file));
	IN_CHILD(close_broken(broken));
	drop_pair(broken);
}
