/* test_group_lock.c - one exporter at a time. */
#include "runtime/group_lock.h"

#include "group_fixture.h"

#include <fcntl.h>

/* What another process gets. */
static int taken_elsewhere(enum group_lock_hold hold)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		group_lock_after_fork();
		_exit(-group_lock_take(hold));
	}
	waitpid(pid, &status, 0);
	CHECK(WIFEXITED(status));
	return -WEXITSTATUS(status);
}

TEST(is_taken_once)
{
	make_group();
	CHECK(!group_lock_is_taken());
	CHECK_INT(group_lock_take(GROUP_LOCK_BRIEF), 0);
	CHECK(group_lock_is_taken());
	CHECK_INT(group_lock_take(GROUP_LOCK_BRIEF), 0);
	CHECK_INT(taken_elsewhere(GROUP_LOCK_BRIEF), -EAGAIN);
	group_lock_drop();
	CHECK(!group_lock_is_taken());
	CHECK_INT(taken_elsewhere(GROUP_LOCK_BRIEF), 0);
	remove_dir();
}

TEST(says_that_it_is_held_for_long)
{
	make_group();
	CHECK_INT(group_lock_take(GROUP_LOCK_LONG), 0);
	CHECK_INT(taken_elsewhere(GROUP_LOCK_BRIEF), -EBUSY);
	group_lock_drop();
	CHECK_INT(group_lock_take(GROUP_LOCK_BRIEF), 0);
	CHECK_INT(taken_elsewhere(GROUP_LOCK_LONG), -EAGAIN);
	remove_dir();
}

TEST(keeps_out_of_the_way_when_held_for_long)
{
	int fd;

	make_group();
	CHECK_INT(group_lock_take(GROUP_LOCK_LONG), 0);
	fd = dup(0);
	CHECK(fd >= 0 && fd < 16);
	CHECK_INT(fcntl(fd + 1, F_GETFD), -1);
	remove_dir();
}

TEST(notices_that_the_host_closed_it)
{
	int fd;

	make_group();
	CHECK_INT(group_lock_take(GROUP_LOCK_BRIEF), 0);
	for (fd = 3; fd < 5000; fd++)
		close(fd);
	CHECK(!group_lock_is_held());
	CHECK_INT(group_lock_take(GROUP_LOCK_BRIEF), 0);
	group_lock_drop();
	remove_dir();
}

TEST(does_not_close_what_the_host_has_put_there)
{
	int ends[2], fd;

	make_group();
	CHECK_INT(pipe(ends), 0);
	CHECK_INT(group_lock_take(GROUP_LOCK_BRIEF), 0);
	for (fd = ends[1] + 1; fd < ends[1] + 8; fd++)
		dup2(ends[0], fd);
	group_lock_drop();
	for (fd = ends[1] + 1; fd < ends[1] + 8; fd++)
		CHECK(fcntl(fd, F_GETFD) >= 0);
	remove_dir();
}

TEST(is_not_held_by_a_child)
{
	int ends[2], status;
	pid_t pid;

	make_group();
	CHECK_INT(pipe(ends), 0);
	CHECK_INT(group_lock_take(GROUP_LOCK_BRIEF), 0);
	pid = fork();
	if (pid == 0) {
		char byte;

		group_lock_after_fork();
		close(ends[1]);
		_exit(read(ends[0], &byte, 1) != 0 || group_lock_is_held());
	}
	group_lock_drop();
	CHECK(!group_lock_is_taken());
	close(ends[1]);
	waitpid(pid, &status, 0);
	CHECK_INT(status, 0);
	remove_dir();
}

TEST(fails_where_there_is_no_group)
{
	setup();
	CHECK_INT(group_lock_take(GROUP_LOCK_BRIEF), -ENOENT);
	CHECK(!group_lock_is_taken());
	remove_dir();
}
