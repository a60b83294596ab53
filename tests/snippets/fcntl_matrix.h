/*
 * fcntl_matrix.h - fcntl() under the name FCNTL: every kind of third argument,
 * none, a number, a pointer.  Shared by the snippets of its two names.
 */
/* A lock that another description of the same file holds. */
static void blocks(void)
{
	struct flock lock = { .l_type = F_WRLCK };
	int file = open_file(), other;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	other = open(path, O_RDWR);
	CALL(FCNTL(file, F_OFD_SETLK, &lock));
	CALL(FCNTL(other, F_OFD_SETLK, &lock));
	BLOCK(FCNTL(other, F_SETLKW, &lock));
}

static void full(void)
{
	exhaust();
	CALL_FD(FCNTL(0, F_DUPFD, 0));
	CALL_FD(FCNTL(0, F_DUPFD_CLOEXEC, 10));
	CALL_FD(FCNTL(0, F_DUPFD, 4000));
	close(7);
	CALL_FD(FCNTL(0, F_DUPFD, 5));
}

static void duplicates(int fd)
{
	int copy = CALL_FD(FCNTL(fd, F_DUPFD, fd_at(0)));
	int closing = CALL_FD(FCNTL(fd, F_DUPFD_CLOEXEC, fd_at(0)));

	show("its flags", FCNTL(closing, F_GETFD));
	CALL(FCNTL(copy, F_SETFD, FD_CLOEXEC));
	CALL(FCNTL(copy, F_GETFD));
	CALL_FD(FCNTL(fd, F_DUPFD, 1 << 30));
	CALL_FD(FCNTL(fd, F_DUPFD, -1));
	close(copy), close(closing);
}

static void locks(int file)
{
	struct flock lock = { .l_type = F_WRLCK, .l_start = 2, .l_len = 3 };
	struct flock64 lock64 = { .l_type = F_RDLCK };

	CALL(FCNTL(file, F_SETLK, &lock));
	CALL(FCNTL(file, F_GETLK, &lock));
	show("type", lock.l_type);
	CALL(FCNTL(file, F_SETLK64, &lock64));
	CALL(FCNTL(file, F_GETLK64, &lock64));
	show("type", lock64.l_type);
	CALL(FCNTL(file, F_OFD_GETLK, &lock64));
	lock.l_type = 77;
	CALL(FCNTL(file, F_SETLK, &lock));
	CALL(FCNTL(file, F_SETLK, bad_pointer()));
}

static void signals(int fd)
{
	struct f_owner_ex owner = { F_OWNER_PID, 0 };

	CALL(FCNTL(fd, F_SETOWN, 0));
	CALL(FCNTL(fd, F_GETOWN));
	CALL(FCNTL(fd, F_SETOWN_EX, &owner));
	CALL(FCNTL(fd, F_GETOWN_EX, &owner));
	show("owner", owner.pid);
	CALL(FCNTL(fd, F_SETSIG, SIGUSR2));
	CALL(FCNTL(fd, F_GETSIG));
}

static void matrix(void)
{
	uint64_t hint = RWH_WRITE_LIFE_SHORT;
	int pair[2], pipes[2], file = open_file();

	open_pair(pair);
	pipe(pipes);
	CALL(FCNTL(pair[0], F_GETFL));
	CALL(FCNTL(pair[0], F_SETFL, O_NONBLOCK));
	CALL(FCNTL(pair[0], F_GETFL));
	duplicates(pair[0]);
	locks(file);
	signals(pair[0]);
	CALL(FCNTL(pipes[0], F_SETPIPE_SZ, 8192));
	CALL(FCNTL(pipes[0], F_GETPIPE_SZ));
	CALL(FCNTL(pipes[0], F_SETPIPE_SZ, -1));
	CALL(FCNTL(file, F_SET_RW_HINT, &hint));
	hint = 0;
	CALL(FCNTL(file, F_GET_RW_HINT, &hint));
	show("hint", (long)hint);
	CALL(FCNTL(file, F_GET_SEALS));
	CALL(FCNTL(file, F_ADD_SEALS, F_SEAL_GROW));
	CALL(FCNTL(file, 12345, 1));
	CALL(FCNTL(-1, F_GETFD));
	CALL(FCNTL(9999, F_SETFL, O_NONBLOCK));
	drop_pair(pair), drop_pair(pipes);
	close(file);
}
