/*
 * close_range(): which descriptors are left, and which become close-on-exec.
 */
#include "lib/replay.h"

SNIPPET(close_range, .span = "libc.socket.close")
{
	int pair[2], i;

	open_pair(pair);
	for (i = 0; i < 5; i++)
		dup2(pair[i & 1], fd_at(i));
	CALL(close_range(fd_at(1), fd_at(2), 0));
	CALL(close_range(fd_at(1), fd_at(2), 0));
	CALL(close_range(fd_at(3), fd_at(4), CLOSE_RANGE_CLOEXEC));
	for (i = 0; i < 5; i++)
		show("flags", fcntl(fd_at(i), F_GETFD));
	CALL(close_range(fd_at(4), fd_at(0), 0));
	CALL(close_range(fd_at(0), fd_at(4), 0x55));
	IN_CHILD(CALL(close_range(3, ~0U, CLOSE_RANGE_UNSHARE));
		 CALL_FD(open("/dev/null", O_RDONLY)));
	CALL(close_range(fd_at(0), fd_at(4), 0));
	drop_pair(pair);
}
