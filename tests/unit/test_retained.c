/*
 * test_retained.c - what the dead have counted counts exactly once, whoever is
 * killed when.
 *
 * This process looks at the group like one that has no segment of its own;
 * members are children that end without a word.
 */
#include "retained_fixture.h"

#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>

TEST(counts_stay_when_files_go)
{
	int files;

	begin_group();
	die_with("shop", 3);
	die_with("bank", 4);
	die_with("shop", 5);
	CHECK_INT(total(&files), 12);
	CHECK_INT(files, 3);
	CHECK_INT(fold(), 3);
	CHECK_INT(total(&files), 12);
	CHECK_INT(files, 0);
	die_with("shop", 6);
	CHECK_INT(fold(), 1);
	CHECK_INT(fold(), 0);
	CHECK_INT(total(&files), 18);
	CHECK_INT(files, 0);
	remove_group();
}

TEST(who_runs_is_not_folded)
{
	int files, up[2];
	pid_t child;
	char c;

	begin_group();
	CHECK_INT(pipe(up), 0);
	child = fork();
	if (child == 0) {
		count_in_child("shop", 7);
		CHECK_INT(write(up[1], "x", 1), 1);
		pause();
	}
	CHECK_INT(read(up[0], &c, 1), 1);
	CHECK_INT(fold(), 0);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	CHECK_INT(fold(), 1);
	CHECK_INT(total(&files), 7);
	remove_group();
}

/* ---- killed anywhere --------------------------------------------------- */

static void fold_traced(void)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	fold();
	_exit(0);
}

/* Lets it fold, and kills it at the entry to or the exit from a system call.
 * False: it ended before. */
static bool fold_until(int stop)
{
	pid_t child = fork();
	int status;

	if (child == 0)
		fold_traced();
	CHECK(waitpid(child, &status, 0) == child && WIFSTOPPED(status));
	for (; stop > 0; stop--) {
		CHECK_INT(ptrace(PTRACE_SYSCALL, child, NULL, NULL), 0);
		CHECK(waitpid(child, &status, 0) == child);
		if (WIFEXITED(status))
			return false;
	}
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return true;
}

TEST(a_kill_anywhere_neither_loses_nor_doubles)
{
	int stop = 1, files;
	bool killed;

	begin_group();
	do {
		die_with("shop", 1);
		die_with(stop % 2 ? "bank" : "shop", 3);
		killed = fold_until(stop++);
		CHECK_INT(total(&files), expected);
		/* Whoever is next goes on from there. */
		fold();
		CHECK_INT(total(&files), expected);
		CHECK_INT(files, 0);
	} while (killed);
	CHECK_INT(total(&files), expected);
	CHECK_INT(files, 0);
	printf("# killed at %d places\n", stop - 2);
	CHECK(stop > 50);
	remove_group();
}

/* ---- trouble ----------------------------------------------------------- */

static void retained_path(char *path, size_t size, const char *suffix)
{
	snprintf(path, size, "%s/retained%s", group_folder, suffix);
}

TEST(without_room_the_files_stay)
{
	char path[128];
	int files;

	begin_group();
	die_with("shop", 3);
	CHECK_INT(fold(), 1);
	die_with("shop", 4);
	/* In the way of the new one. */
	retained_path(path, sizeof(path), ".new");
	CHECK_INT(mkdir(path, 0700), 0);
	fold();
	CHECK_INT(total(&files), 7);
	CHECK_INT(files, 1);
	remove_group();
}

static void corrupt_at(off_t offset)
{
	char path[128];
	uint8_t byte;
	int fd;

	retained_path(path, sizeof(path), "");
	fd = open(path, O_RDWR);
	CHECK(fd >= 0);
	CHECK_INT(pread(fd, &byte, 1, offset), 1);
	byte ^= 0x10;
	CHECK_INT(pwrite(fd, &byte, 1, offset), 1);
	close(fd);
}

TEST(a_corrupt_one_is_put_aside)
{
	static const off_t offsets[] = { 0, 8, 12, 16, 30, 70, 500, 900 };
	char path[128], bad[128];
	struct stat st;
	int files;
	size_t i;

	begin_group();
	retained_path(path, sizeof(path), "");
	retained_path(bad, sizeof(bad), ".bad");
	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		die_with("shop", 3);
		CHECK_INT(fold(), 1);
		corrupt_at(offsets[i]);
		die_with("shop", 4);
		CHECK_INT(total(&files), 4);
		CHECK(stat(path, &st) != 0 && errno == ENOENT);
		CHECK_INT(stat(bad, &st), 0);
		CHECK_INT(fold(), 1);
		CHECK_INT(total(&files), 4);
		unlink(path);
	}
	/* One that has been cut. */
	die_with("shop", 3);
	CHECK_INT(fold(), 1);
	CHECK_INT(truncate(path, 1000), 0);
	CHECK_INT(total(&files), 0);
	remove_group();
}

TEST(too_many_kinds_become_one)
{
	char service[16];
	int files, i;

	begin_group();
	for (i = 0; i < RETAINED_KINDS + 60; i++) {
		snprintf(service, sizeof(service), "s%d", i);
		die_with(service, 1);
	}
	while (fold())
		;
	CHECK_INT(total(&files), expected);
	CHECK_INT(files, 0);
	remove_group();
}
