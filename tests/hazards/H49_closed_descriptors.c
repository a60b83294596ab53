/*
 * H49: the program closes all descriptors, opens its own file, and finds
 * nothing of ours in it, although a reporter runs.
 *
 * Technique: segments are mapped and the descriptor closed at once; what must
 * stay open is compared by device and inode before each use.
 *
 * modes: record console events
 */
#include "hazard_net.h"

#include <sys/stat.h>

static void exchange(int rounds)
{
	int pair[2];
	char byte = 'x';

	pair_of(pair);
	while (rounds-- > 0) {
		free(malloc(100));
		CHECK(send(pair[0], &byte, 1, 0) == 1);
		CHECK(recv(pair[1], &byte, 1, 0) == 1);
	}
	close(pair[0]);
	close(pair[1]);
}

static void by_closefrom(void)
{
	closefrom(3);
}

static void by_raw_close_range(void)
{
	syscall(SYS_close_range, 3u, ~0u, 0u);
}

/* As old daemons do; dup2 onto everything first, then close. */
static void by_loop(void)
{
	int fd;

	for (fd = 3; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			dup2(1, fd);
	for (fd = 3; fd < 1024; fd++)
		syscall(SYS_close, fd);
}

static void use_descriptors(const char *name, void (*close_all)(void))
{
	char path[64], text[512];
	int fd, other, i;
	struct stat st;

	close_all();
	snprintf(path, sizeof(path), "%s.db", name);
	fd = open(path, O_RDWR | O_CREAT, 0600);
	printf("%s: descriptor %d\n", name, fd);
	/* Fill the low numbers, so that whatever stood there is reused. */
	for (i = 0; i < 100; i++)
		CHECK((other = dup(fd)) == fd + 1 + i);
	CHECK(write(fd, "mine\n", 5) == 5);
	exchange(100);
	for (i = 0; i < 20; i++)
		poll(NULL, 0, 2);
	CHECK(fstat(fd, &st) == 0 && st.st_size == 5);
	CHECK(pread(fd, text, sizeof(text), 0) == 5);
	CHECK(memcmp(text, "mine\n", 5) == 0);
	for (i = 0; i < 100; i++)
		CHECK(close(fd + 1 + i) == 0);
}

int main(void)
{
	exchange(10);
	wait_for_reporter();
	use_descriptors("closefrom", by_closefrom);
	use_descriptors("close_range", by_raw_close_range);
	use_descriptors("loop", by_loop);
	shimmed();
	return hazard_end();
}
