/*
 * test_segment_usage.c - what a process has used, looked at from outside and
 * kept in its segment, compared with what the kernel tells its parent.
 */
#include "segment_fixture.h"

#include "base/segment_usage.h"
#include "base/thread.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

static uint64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void *spin(void *arg)
{
	uint64_t end = cpu_ns() + *(uint64_t *)arg;

	while (cpu_ns() < end)
		continue;
	return NULL;
}

static int ready[2], go[2];

static void tell(void)
{
	CHECK(write(ready[1], "", 1) == 1);
}

static void await(int fd)
{
	char byte;

	CHECK(read(fd, &byte, 1) >= 0);
}

/* A child with a segment of its own that has used the processor in a thread
 * which is gone, and waits. */
static pid_t start(const char *end)
{
	pid_t pid;

	CHECK(!pipe(ready) && !pipe(go));
	pid = fork();
	if (pid == 0) {
		uint64_t ns = 60000000;
		pthread_t thread;

		segment_after_fork();
		CHECK(segment_alloc(SEGMENT_MORE, 16, 1, 0));
		CHECK(!pthread_create(&thread, NULL, spin, &ns));
		CHECK(!pthread_join(thread, NULL));
		tell();
		await(go[0]);
		if (*end == 'l')
			segment_leave(0, false);
		tell();
		await(go[0]);
		_exit(0);
	}
	await(ready[0]);
	return pid;
}

static char path[256];

static void read_child(pid_t pid)
{
	snprintf(path, sizeof(path), "%s/%d.0", segment_directory(), pid);
	CHECK_INT(segment_read_file(path, &image), 0);
}

static uint64_t us(const struct timeval *tv)
{
	return (uint64_t)tv->tv_sec * 1000000 + (uint64_t)tv->tv_usec;
}

TEST(a_crash_leaves_the_last_look)
{
	const struct segment_usage *u;
	struct rusage r;
	pid_t pid;

	setup(0);
	pid = start("crash");
	read_child(pid);
	CHECK_INT(image.header->usage.user, 0);
	CHECK_INT(usage_look(&image, path), 0);
	CHECK(image.header->usage.user + image.header->usage.system >=
	      40000000);
	segment_release(&image);
	kill(pid, SIGKILL);
	CHECK(wait4(pid, NULL, 0, &r) == pid);
	read_child(pid);
	u = &image.header->usage;
	CHECK(u->user + u->system >= 40000000);
	CHECK((u->user + u->system) / 1000 <=
	      us(&r.ru_utime) + us(&r.ru_stime));
	CHECK(u->minor_faults > 10 && u->minor_faults <= (uint64_t)r.ru_minflt);
	CHECK(u->voluntary >= 1 && u->voluntary <= (uint64_t)r.ru_nvcsw);
	CHECK_INT(image.header->state, SEGMENT_RUNNING);
	/* It is no more, and stays what it was. */
	CHECK_INT(usage_look(&image, path), -ESRCH);
	CHECK(image.header->usage.user + image.header->usage.system >=
	      40000000);
	segment_release(&image);
	remove_dir();
}

TEST(who_leaves_says_it_exactly)
{
	struct segment_usage before;
	struct rusage r;
	pid_t pid;

	setup(0);
	pid = start("leaves");
	read_child(pid);
	CHECK_INT(usage_look(&image, path), 0);
	before = image.header->usage;
	segment_release(&image);
	tell();
	CHECK(write(go[1], "", 1) == 1);
	await(ready[0]);
	await(ready[0]);
	read_child(pid);
	CHECK_INT(image.header->state, SEGMENT_LEFT);
	CHECK(image.header->usage.user >= before.user);
	CHECK(image.header->usage.voluntary >= before.voluntary);
	/* No look changes the file any more. */
	before = image.header->usage;
	((struct segment_header *)(uintptr_t)image.header)->usage.user += 5;
	usage_look(&image, path);
	segment_release(&image);
	read_child(pid);
	CHECK(!memcmp(&image.header->usage, &before, sizeof(before)));
	CHECK(write(go[1], "", 1) == 1);
	CHECK(wait4(pid, NULL, 0, &r) == pid);
	CHECK(before.user / 1000 <= us(&r.ru_utime));
	CHECK(before.user + before.system >= 40000000);
	CHECK(before.involuntary <= (uint64_t)r.ru_nivcsw);
	segment_release(&image);
	remove_dir();
}

/* The pid is another process's by now: an older one cannot be meant. */
TEST(another_process_of_that_pid)
{
	struct segment_header *header;
	pid_t pid;

	setup(0);
	pid = start("crash");
	read_child(pid);
	header = (struct segment_header *)(uintptr_t)image.header;
	header->started_boottime = 10000000;
	CHECK_INT(usage_look(&image, path), -ESRCH);
	CHECK_INT(header->usage.user, 0);
	kill(pid, SIGKILL);
	CHECK(waitpid(pid, NULL, 0) == pid);
	segment_release(&image);
	remove_dir();
}

TEST(never_into_another_file)
{
	struct segment_header *header;
	char victim[64] = "/tmp/test-usage.XXXXXX", text[8192], again[8192];
	int fd = mkstemp(victim);
	pid_t pid;

	CHECK(fd >= 0);
	setup(0);
	memset(text, 'x', sizeof(text));
	CHECK(write(fd, text, sizeof(text)) == sizeof(text));
	pid = start("crash");
	read_child(pid);
	CHECK_INT(usage_look(&image, victim), 0);
	CHECK(pread(fd, again, sizeof(again), 0) == sizeof(again));
	CHECK(!memcmp(text, again, sizeof(text)));
	/* Nor through a link, nor into that of another program. */
	unlink(victim);
	CHECK(!symlink(path, victim));
	CHECK_INT(usage_look(&image, victim), 0);
	header = (struct segment_header *)(uintptr_t)image.header;
	header->generation = 7;
	CHECK_INT(usage_look(&image, path), 0);
	segment_release(&image);
	read_child(pid);
	CHECK_INT(image.header->usage.user, 0);
	kill(pid, SIGKILL);
	CHECK(waitpid(pid, NULL, 0) == pid);
	segment_release(&image);
	unlink(victim);
	close(fd);
	remove_dir();
}

/* What the program before exec() had used is not this one's. */
TEST(before_this_program)
{
	uint64_t ns = 80000000, used;
	struct segment_header *header;
	struct segment_usage now;

	spin(&ns);
	setup(0);
	CHECK(segment_alloc(SEGMENT_MORE, 16, 1, 0));
	header = segment_header();
	used = header->usage_before.user + header->usage_before.system;
	CHECK(used >= 60000000);
	usage_store_own(header);
	usage_own(&now);
	CHECK(header->usage.user + header->usage.system <=
	      now.user + now.system - used);
	usage_freeze();
	used = header->usage.user;
	spin(&ns);
	usage_store_own(header);
	CHECK(header->usage.user == used);
	remove_dir();
}
