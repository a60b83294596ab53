/* test_members.c - the group's directory: what is in it, and its bounds. */
#include "runtime/members.h"

#include "base/thread.h"
#include "group_fixture.h"

#include <fcntl.h>

/* A file that looks like the segment of a dead process, or of a running one. */
static void make(uint32_t pid, uint32_t n, uint64_t started, uint32_t state)
{
	struct segment_header header = {
		.magic = SEGMENT_MAGIC,
		.version = SEGMENT_VERSION,
		.size = sizeof(header),
		.used = sizeof(header),
		.pid = pid,
		.parent_pid = 7,
		.state = state,
		.started_wall = started,
		.started_boottime = UINT64_MAX,
	};
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%u.%u", group, pid, n);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	CHECK_INT(write(fd, &header, sizeof(header)), sizeof(header));
	close(fd);
}

static void make_other(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", group, name);
	close(open(path, O_CREAT | O_WRONLY, 0600));
}

static int files(void)
{
	struct member *list;
	int count = members_read(&list);

	members_free(list, count);
	return count;
}

TEST(reads_headers)
{
	struct member *list, member = { .pid = 5000001 };

	make_group();
	make(5000001, 0, 42, SEGMENT_RUNNING);
	CHECK(members_look(&member));
	CHECK_INT(member.parent, 7);
	CHECK_INT(member.started, 42);
	CHECK(!member.running);
	make((uint32_t)getpid(), 3, 43, SEGMENT_RUNNING);
	CHECK_INT(members_read(&list), 2);
	CHECK_INT(list[0].running + list[1].running, 1);
	members_free(list, 2);
	remove_dir();
}

TEST(one_that_has_left_does_not_run)
{
	struct member member = { .pid = (uint32_t)getpid() };

	make_group();
	make((uint32_t)getpid(), 0, 1, SEGMENT_LEFT);
	CHECK(members_look(&member));
	CHECK(!member.running);
	remove_dir();
}

TEST(takes_no_other_file_for_a_segment)
{
	static const char *const names[] = {
		"lock",		 "1",	  "1.",	  ".1",	 "1.x",
		"x.1",		 "1.1.1", "-1.0", "0.0", "99999999999.0",
		"1.99999999999", "1.0 ",
	};
	size_t i;

	make_group();
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		make_other(names[i]);
	CHECK_INT(files(), 0);
	remove_dir();
}

TEST(reads_as_many_as_there_are)
{
	uint32_t i;

	make_group();
	for (i = 0; i < 700; i++)
		make(5000000 + i, i, i, SEGMENT_LEFT);
	CHECK_INT(files(), 700);
	remove_dir();
}

TEST(a_header_of_another_process_is_not_believed)
{
	struct member member = { .pid = 5000002 };
	char from[256], to[256];

	make_group();
	make(5000001, 0, 1, SEGMENT_LEFT);
	snprintf(from, sizeof(from), "%s/5000001.0", group);
	snprintf(to, sizeof(to), "%s/5000002.0", group);
	CHECK_INT(rename(from, to), 0);
	CHECK(!members_look(&member));
	remove_dir();
}

TEST(does_not_wait_for_a_fifo)
{
	struct member member = { .pid = 5000001 };
	char path[256];

	make_group();
	snprintf(path, sizeof(path), "%s/5000001.0", group);
	CHECK_INT(mkfifo(path, 0600), 0);
	CHECK(!members_look(&member));
	remove_dir();
}

TEST(prunes_the_oldest_of_the_dead)
{
	struct member member = { .pid = (uint32_t)getpid(), .n = 5 };
	uint32_t i;

	make_group();
	make((uint32_t)getpid(), 5, 0, SEGMENT_RUNNING);
	for (i = 0; i < 100; i++)
		make(5000000 + i, 0, 100 - i, SEGMENT_LEFT);
	CHECK_INT(members_prune(101), 0);
	CHECK_INT(members_prune(60), 70);
	CHECK_INT(files(), 31);
	/* It runs, old as it is. */
	CHECK(members_look(&member));
	/* They started at 100 and 1. */
	member = (struct member){ .pid = 5000099 };
	CHECK(!members_look(&member));
	member = (struct member){ .pid = 5000000 };
	CHECK(members_look(&member));
	remove_dir();
}
