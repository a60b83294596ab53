/*
 * H51: closing every number, and dup2 onto any number, gives the results it
 * gives bare, also while a reporter runs.
 *
 * Technique: the shim keeps no descriptor in a recorder; what an exporter has
 * is out of the way and verified before use, not protected.
 *
 * modes: record events
 */
#include "hazard_net.h"

int main(void)
{
	int fd, target;

	free(malloc(10));
	wait_for_reporter();
	for (fd = 3; fd < 500; fd++) {
		errno = fd;
		CHECK(close(fd) == -1);
		CHECK(errno == EBADF);
	}
	for (target = 3; target < 500; target += 7) {
		CHECK(dup2(1, target) == target);
		CHECK(dup3(1, target, O_CLOEXEC) == target);
		CHECK(fcntl(target, F_GETFD) == FD_CLOEXEC);
		CHECK(close(target) == 0);
		CHECK(close(target) == -1 && errno == EBADF);
	}
	CHECK(close_range(3, 500, CLOSE_RANGE_CLOEXEC) == 0);
	CHECK(close_range(3, 500, 0) == 0);
	poll(NULL, 0, 1);
	free(malloc(10));
	shimmed();
	return hazard_end();
}
