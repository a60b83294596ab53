/* test_kin.c - who reports for whom, and whether this process reports. */
#include "runtime/kin.h"

#include "base/arena.h"
#include "base/thread.h"
#include "group_fixture.h"

#include <sys/prctl.h>

/* Process ids that are no processes: beyond the kernel's limit. */
#define DEAD 5000000

static struct member dead(uint32_t pid, uint32_t parent)
{
	return (struct member){ .pid = pid, .parent = parent, .boottime = 1 };
}

static struct member running(uint32_t pid, uint32_t parent)
{
	return (struct member){
		.pid = pid,
		.parent = parent,
		.running = true,
		.boottime = 1,
	};
}

static bool is_mine(const struct member *list, int count, uint32_t pid,
		    uint32_t n)
{
	int i;

	for (i = 0; i < count; i++)
		if (list[i].pid == pid && list[i].n == n)
			return list[i].mine;
	test_fail(__FILE__, __LINE__, "%u.%u is gone", pid, n);
}

TEST(reports_itself_and_what_it_was)
{
	uint32_t self = (uint32_t)getpid();
	struct member list[] = { running(self, 1), dead(self, 1) };

	list[0].n = 1;
	kin_claim(list, 2);
	CHECK(is_mine(list, 2, self, 0));
	CHECK(is_mine(list, 2, self, 1));
}

TEST(reports_its_dead_and_their_dead)
{
	struct member list[] = {
		dead(DEAD + 3, DEAD + 2),
		dead(DEAD + 2, DEAD + 1),
		dead(DEAD + 1, (uint32_t)getpid()),
	};

	kin_claim(list, 3);
	CHECK(is_mine(list, 3, DEAD + 1, 0));
	CHECK(is_mine(list, 3, DEAD + 2, 0));
	CHECK(is_mine(list, 3, DEAD + 3, 0));
}

TEST(reports_the_dead_of_nobody)
{
	struct member list[] = { dead(DEAD + 1, DEAD + 9), dead(DEAD + 2, 1) };

	kin_claim(list, 2);
	CHECK(is_mine(list, 2, DEAD + 1, 0));
	CHECK(is_mine(list, 2, DEAD + 2, 0));
}

/* It would be taken away from the process that is about to fill it. */
TEST(leaves_what_is_being_made)
{
	struct member list[] = { { .pid = DEAD + 1 },
				 { .pid = DEAD + 2, .unsound = true } };

	kin_claim(list, 2);
	CHECK(!is_mine(list, 2, DEAD + 1, 0));
	CHECK(is_mine(list, 2, DEAD + 2, 0));
}

TEST(leaves_those_of_other_namespaces)
{
	struct member list[] = { dead((uint32_t)getpid(), 1) };

	list[0].foreign = true;
	kin_claim(list, 1);
	CHECK(!is_mine(list, 1, (uint32_t)getpid(), 0));
	list[0].left = true;
	kin_claim(list, 1);
	CHECK(is_mine(list, 1, (uint32_t)getpid(), 0));
}

TEST(leaves_the_dead_of_others_to_them)
{
	/* The parent of this test runs, and is no child of it. */
	uint32_t other = (uint32_t)getppid();
	struct member list[] = {
		running(other, 1),
		dead(DEAD + 1, other),
		dead(DEAD + 2, DEAD + 1),
	};

	kin_claim(list, 3);
	CHECK(!is_mine(list, 3, other, 0));
	CHECK(!is_mine(list, 3, DEAD + 1, 0));
	CHECK(!is_mine(list, 3, DEAD + 2, 0));
}

TEST(reports_the_running_below_it_and_their_dead)
{
	pid_t child = fork();

	if (child == 0)
		pause();
	struct member list[] = {
		dead(DEAD + 1, (uint32_t)child),
		running((uint32_t)child, (uint32_t)getpid()),
	};

	kin_claim(list, 2);
	CHECK(is_mine(list, 2, (uint32_t)child, 0));
	CHECK(is_mine(list, 2, DEAD + 1, 0));
}

/* Makes the segment of the calling process. */
static void join(void)
{
	thread_init();
	CHECK(thread_claim(&thread_self));
	CHECK(segment_alloc(SEGMENT_MORE, 16, 0, 0) != NULL);
	thread_release(&thread_self);
	CHECK(segment_path() != NULL);
}

/* What members_have_ancestor() says two levels further down, with a process
 * between that has no part in it. */
static bool grandchild_has_ancestor(void)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		child = fork();
		if (child == 0) {
			segment_after_fork();
			_exit(members_have_ancestor());
		}
		waitpid(child, &status, 0);
		_exit(WEXITSTATUS(status));
	}
	waitpid(child, &status, 0);
	return WEXITSTATUS(status);
}

TEST(has_no_ancestor_alone)
{
	setup();
	CHECK(!members_have_ancestor());
	join();
	CHECK(!members_have_ancestor());
	remove_dir();
}

TEST(has_an_ancestor_while_that_one_runs)
{
	setup();
	join();
	CHECK(grandchild_has_ancestor());
	segment_leave(0, false);
	CHECK(!grandchild_has_ancestor());
	remove_dir();
}

TEST(has_no_ancestor_in_one_that_is_dead)
{
	int status;
	pid_t pid;

	setup();
	pid = fork();
	if (pid == 0) {
		join();
		_exit(0);
	}
	waitpid(pid, &status, 0);
	CHECK(!members_have_ancestor());
	remove_dir();
}

TEST(knows_the_parent_of_a_process)
{
	/* A name that looks like the fields behind it. */
	prctl(PR_SET_NAME, ") S 77 (");
	CHECK_INT(members_parent((uint32_t)getpid()), getppid());
	CHECK_INT(members_parent(DEAD), 0);
}
