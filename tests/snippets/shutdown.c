/*
 * shutdown(): each half, and what the peer sees of it.
 */
#include "lib/replay.h"

SNIPPET(shutdown, .span = "libc.socket.close")
{
	int pair[2], file = open_file();
	int idle = socket(AF_INET, SOCK_STREAM, 0);
	char text[8];

	open_pair(pair);
	CALL(send(pair[0], "hello", 5, 0));
	CALL(shutdown(pair[0], SHUT_WR));
	CALL(send(pair[0], "hello", 5, MSG_NOSIGNAL));
	CALL(recv(pair[1], text, sizeof(text), 0));
	CALL(recv(pair[1], text, sizeof(text), 0));
	CALL(shutdown(pair[0], SHUT_RD));
	CALL(shutdown(pair[0], SHUT_RDWR));
	CALL(shutdown(pair[0], 9));
	CALL(shutdown(idle, SHUT_RDWR));
	CALL(shutdown(file, SHUT_RD));
	CALL(shutdown(-1, SHUT_RD));
	drop_pair(pair);
	close(file), close(idle);
}
