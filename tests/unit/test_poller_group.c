/*
 * test_poller_group.c - last values of a process stay while it lives, whatever
 * we cannot open; and go when it has ended.
 */
#include "retained_fixture.h"

#include "runtime/poller_group.h"

#include <fcntl.h>
#include <sys/resource.h>

static char other[16]; /* pid of a member that runs */
static int keeps_alive = -1;

static void be_member(int told, int ends)
{
	char byte;

	setup();
	define("counter(c, event=a.b)");
	emit_one("a.b", telemetry_i64("n", 1), "", "");
	CHECK(segment_path() != NULL);
	CHECK_INT(write(told, "", 1), 1);
	close(keeps_alive);
	CHECK_INT(read(ends, &byte, 1), 0);
	teardown();
	_exit(0);
}

static pid_t start_member(void)
{
	int told[2], ends[2];
	char byte;
	pid_t pid;

	CHECK_INT(pipe(told), 0);
	CHECK_INT(pipe(ends), 0);
	keeps_alive = ends[1];
	pid = fork();
	if (pid == 0)
		be_member(told[1], ends[0]);
	snprintf(other, sizeof(other), "%d", pid);
	close(told[1]);
	close(ends[0]);
	CHECK_INT(read(told[0], &byte, 1), 1);
	close(told[0]);
	return pid;
}

static void begin(void)
{
	static const struct config config = { .poll_period_ms = 1,
					      .record = "process.memory" };

	setup();
	define("last_value(m, event=process.memory, measurement=rss, "
	       "tags=[process.pid])");
	thread_release(&thread_self);
	thread_is_ours();
	poller_group_begin(&config, 0);
}

static bool shows(const char *pid)
{
	const struct telemetry_sample *s =
		find_sample(view(), "m", "process.pid", pid);
	bool is_there = s != NULL;

	snapshot_free(fixture_snapshot);
	return is_there;
}

/* Each is due. */
static void tick(void)
{
	static uint64_t now;

	now += 1000000;
	poller_group_run(now);
}

/* So many may be opened beyond those that are. */
static void leave_descriptors(int count, struct rlimit *before)
{
	struct rlimit limit;
	int free = open("/dev/null", O_RDONLY | O_CLOEXEC);

	CHECK(free >= 0);
	close(free);
	CHECK_INT(getrlimit(RLIMIT_NOFILE, before), 0);
	limit = *before;
	limit.rlim_cur = (rlim_t)(free + count);
	CHECK_INT(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

TEST(what_cannot_be_read_now_stays_while_it_lives)
{
	struct rlimit before;
	pid_t member;
	int count;

	begin_group();
	member = start_member();
	begin();
	tick();
	CHECK(shows(other));
	for (count = 0; count < 3; count++) {
		leave_descriptors(count, &before);
		tick();
		CHECK_INT(setrlimit(RLIMIT_NOFILE, &before), 0);
		CHECK(shows(other));
	}
	close(keeps_alive);
	join(member);
	tick();
	CHECK(!shows(other));
	remove_group();
}

/* Some block of its segment is damaged; it is asked all the same. */
TEST(a_damaged_member_is_asked)
{
	char path[sizeof(group_folder) + 32];
	uint64_t used, bad = 0x5a5a5a5a5a5a5a5a;
	pid_t member;
	int fd;

	begin_group();
	member = start_member();
	snprintf(path, sizeof(path), "%s/%s.0", group_folder, other);
	fd = open(path, O_RDWR);
	CHECK(fd >= 0);
	CHECK_INT(pread(fd, &used, sizeof(used),
			offsetof(struct segment_header, used)),
		  sizeof(used));
	/* Behind all that there is. */
	CHECK_INT(pwrite(fd, &bad, sizeof(bad), (off_t)used), sizeof(bad));
	used += 16;
	CHECK_INT(pwrite(fd, &used, sizeof(used),
			 offsetof(struct segment_header, used)),
		  sizeof(used));
	close(fd);
	begin();
	tick();
	CHECK(shows(other));
	close(keeps_alive);
	join(member);
	remove_group();
}
