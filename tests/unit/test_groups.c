/*
 * test_groups.c - what a group has counted counts exactly once when it ends and
 * telemetry-host --all takes it over, whoever is killed when.
 */
#include "retained_fixture.h"

#include "runtime/group.h"
#include "runtime/groups.h"
#include "runtime/groups_list.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>

static const char own_name[] = "00000000000000aa";
static const char other_name[] = "00000000000000bb";

static void configure(const char *group, const char *service)
{
	struct segment_options options = { .dir = folder, .service = service };

	strcpy(options.group, group);
	segment_configure(&options);
}

static void begin_folder(void)
{
	CHECK(mkdtemp(folder) || mkdtemp(strcpy(folder, "/tmp/test.XXXXXX")));
	configure(own_name, "host");
}

/* A process of this group that dies with so many events. */
static void die_in(const char *group, const char *service, int count)
{
	pid_t child = fork();

	if (child == 0) {
		configure(group, service);
		setup();
		define("counter(c, event=a.b)");
		while (count-- > 0)
			emit_one("a.b", telemetry_i64("n", count), "", "");
		teardown();
		_exit(0);
	}
	join(child);
	expected += (uint64_t)count;
}

static bool exists(const char *group)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", folder, group);
	return stat(path, &st) == 0;
}

/* ---- a host, in a process of its own ------------------------------------- */

static uint64_t seen;

static void no_matter(void)
{
}

static void open_one(void)
{
	upkeep_open(&group_here->look);
}

static void close_one(void)
{
	upkeep_close(&group_here->look);
}

static void add_one(void)
{
	struct snapshot *snapshot = add_up(&group_here->look);

	seen += sum_of(snapshot_view(snapshot), "c");
	snapshot_free(snapshot);
}

static void fold_one(void)
{
	upkeep_fold(&group_here->look, false);
	/* It has been empty for long, if it is. */
	group_here->empty = 1;
}

static void stop_here(void)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
}

static uint64_t look(bool traced)
{
	groups_look();
	groups_each(open_one);
	groups_settle();
	seen = 0;
	groups_each(add_one);
	groups_each(fold_one);
	if (traced)
		stop_here();
	groups_end();
	groups_each(close_one);
	return seen;
}

static uint64_t look_once(void)
{
	return look(false);
}

static void be_host(void)
{
	configure(own_name, "host");
	groups_begin(folder, true, no_matter);
}

/* What a host sees; then it folds, and the other group ends. */
static void check_host(void)
{
	pid_t child = fork();

	if (child == 0) {
		be_host();
		CHECK_INT(look_once(), expected);
		CHECK_INT(look_once(), expected);
		groups_drop();
		_exit(0);
	}
	join(child);
	CHECK(!exists(other_name));
}

/* False: it ended before. */
static bool host_until(int stop)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		be_host();
		look_once();
		look(true);
		_exit(0);
	}
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

/* ---- tests ----------------------------------------------------------------- */

TEST(a_group_that_ends_leaves_its_totals)
{
	begin_folder();
	die_in(other_name, "shop", 3);
	die_in(own_name, "shop", 4);
	check_host();
	CHECK(exists(own_name));
	die_in(other_name, "shop", 5);
	die_in(other_name, "bank", 6);
	check_host();
	remove_group();
}

TEST(a_kill_anywhere_neither_loses_nor_doubles)
{
	int stop = 1;
	bool killed;

	begin_folder();
	do {
		die_in(other_name, stop % 2 ? "bank" : "shop", 1);
		killed = host_until(stop++);
		check_host();
	} while (killed);
	printf("# killed at %d places\n", stop - 2);
	CHECK(stop > 40);
	remove_group();
}

TEST(a_process_that_comes_keeps_the_folder)
{
	struct group *g;
	pid_t child;

	begin_folder();
	die_in(other_name, "shop", 3);
	child = fork();
	if (child == 0) {
		be_host();
		look_once();
		groups_look();
		groups_each(open_one);
		/* After the look, and before the end. */
		die_in(other_name, "shop", 4);
		for (g = groups.list; g; g = g->next)
			g->empty = 1;
		groups_end();
		groups_each(close_one);
		CHECK_INT(look_once(), 7);
		CHECK_INT(look_once(), 7);
		groups_drop();
		_exit(0);
	}
	join(child);
	CHECK(!exists(other_name));
	remove_group();
}

TEST(a_group_of_somebody_else_waits)
{
	char path[128];
	pid_t child;
	int fd;

	begin_folder();
	die_in(other_name, "shop", 3);
	snprintf(path, sizeof(path), "%s/%s/lock", folder, other_name);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK_INT(flock(fd, LOCK_EX), 0);
	child = fork();
	if (child == 0) {
		be_host();
		CHECK_INT(look_once(), 0);
		CHECK(groups_next() != UINT64_MAX);
		CHECK_INT(flock(fd, LOCK_UN), 0);
		CHECK_INT(look_once(), 3);
		groups_drop();
		_exit(0);
	}
	join(child);
	close(fd);
	remove_group();
}

TEST(without_a_descriptor_no_group_is_forgotten)
{
	struct rlimit old, none;

	begin_folder();
	die_in(other_name, "shop", 1);
	be_host();
	groups_look();
	CHECK_INT(groups.count, 2);
	CHECK_INT(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = old;
	none.rlim_cur = 0;
	CHECK_INT(setrlimit(RLIMIT_NOFILE, &none), 0);
	groups_look();
	CHECK_INT(setrlimit(RLIMIT_NOFILE, &old), 0);
	CHECK_INT(groups.count, 2);
	groups_drop();
	remove_group();
}

/* Neither memory nor descriptors. */
TEST(groups_that_come_and_go_cost_nothing)
{
	size_t used = 0;
	int i, fd = -1;

	begin_folder();
	be_host();
	for (i = 0; i < 1000; i++) {
		die_in(other_name, "shop", 1);
		CHECK_INT(look_once(), expected);
		CHECK_INT(look_once(), expected);
		CHECK(!exists(other_name));
		if (i == 20) {
			used = arena_used();
			fd = dup(0);
			close(fd);
		}
	}
	CHECK_INT(arena_used(), used);
	CHECK_INT(dup(0), fd);
	groups_drop();
	remove_group();
}
