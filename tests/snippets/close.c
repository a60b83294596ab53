/*
 * close(): of sockets and other things, once and twice.
 */
#include "lib/replay.h"

SNIPPET(close, .span = "libc.socket.close")
{
	int pair[2], file = open_file();

	open_pair(pair);
	dup2(pair[0], fd_at(0));
	CALL(close(fd_at(0)));
	CALL(close(fd_at(0)));
	CALL(close(pair[0]));
	CALL(close(pair[1]));
	CALL(close(file));
	CALL(close(-1));
	CALL(close(9999));
	CALL(close(INT_MAX));
	CALL_FD(file = open("/dev/null", O_RDONLY));
	CALL(close(file));
	IN_CHILD(close(0); close(1); close(2);
		 CALL_FD(open("/dev/null", O_RDONLY)));
}
