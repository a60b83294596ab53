/*
 * closefrom(): every descriptor from a number on.
 */
#include "lib/replay.h"

SNIPPET(closefrom, .span = "libc.socket.close", .forks = 1)
{
	int pair[2];

	open_pair(pair);
	dup2(pair[0], fd_at(0));
	dup2(pair[1], fd_at(7));
	IN_CHILD(CALL_VOID(closefrom(fd_at(1)));
		 show("below", fcntl(fd_at(0), F_GETFD));
		 show("above", fcntl(fd_at(7), F_GETFD));
		 CALL_VOID(closefrom(-1));
		 CALL_FD(open("/dev/null", O_RDONLY)));
	close(fd_at(0)), close(fd_at(7));
	drop_pair(pair);
}
