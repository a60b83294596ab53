/* test_watched.c - segments that stay open between looks at the rings. */
#include "runtime/watched.h"

#include "base/thread.h"
#include "group_fixture.h"
#include "recorder/ring.h"
#include "runtime/descriptors.h"
#include "runtime/members.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define RING_AT (sizeof(struct segment_header) + sizeof(struct segment_block))

static struct {
	struct segment_header header;
	struct segment_block block;
	struct ring ring;
} file;

static void path_of(char path[256], uint32_t pid)
{
	snprintf(path, 256, "%s/%u.0", group, pid);
}

/* A segment with one ring; its inode. */
static uint64_t make(uint32_t pid)
{
	char path[256];
	struct stat st;
	int fd;

	file.header = (struct segment_header){
		.magic = SEGMENT_MAGIC,
		.version = SEGMENT_VERSION,
		.size = sizeof(file.header),
		.used = sizeof(file),
		.pid = pid,
		.state = SEGMENT_RUNNING,
		.started_boottime = UINT64_MAX,
	};
	file.block = (struct segment_block){
		.kind = SEGMENT_RING,
		.size = sizeof(file.block) + sizeof(file.ring),
	};
	path_of(path, pid);
	fd = open(path, O_CREAT | O_RDWR | O_TRUNC, 0600);
	CHECK_INT(write(fd, &file, sizeof(file)), sizeof(file));
	CHECK_INT(fstat(fd, &st), 0);
	close(fd);
	return st.st_ino;
}

static void begin(void)
{
	make_group();
	thread_init();
	descriptors_are_ours();
	watched_begin();
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

TEST(stays_open_until_it_is_not_seen)
{
	uint64_t inode;
	struct watched *w;
	int fd;

	begin();
	inode = make(42);
	w = watched_find(42, 0, inode);
	CHECK(w);
	fd = watched_descriptor(w);
	CHECK(is_open(fd));
	watched_end(false);
	CHECK(is_open(fd) && !watched_find(42, 0, inode));
	watched_begin();
	CHECK(watched_find(42, 0, inode) == w && watched_descriptor(w) == fd);
	watched_end(false);
	watched_begin();
	watched_end(false);
	CHECK(!is_open(fd));
	remove_dir();
}

TEST(all_are_closed_without_news)
{
	struct watched *w;
	int fd;

	begin();
	w = watched_find(42, 0, make(42));
	CHECK(w);
	fd = watched_descriptor(w);
	watched_end(true);
	CHECK(!is_open(fd));
	watched_end(true);
	CHECK_INT(watched_descriptor(NULL), -1);
	remove_dir();
}

/* A new file of that name is another one, and so is a link or a FIFO. */
TEST(other_files_of_that_name_are_not_taken)
{
	uint64_t inode, other;
	char path[256];

	begin();
	inode = make(42);
	CHECK(watched_find(42, 0, inode));
	path_of(path, 42);
	CHECK_INT(unlink(path), 0);
	other = make(42);
	CHECK(other != inode && !watched_find(42, 0, other));
	watched_end(false);
	watched_begin();
	watched_end(false);
	watched_begin();
	CHECK(!watched_find(42, 0, inode) && watched_find(42, 0, other));
	CHECK(!watched_find(43, 0, inode));
	path_of(path, 44);
	CHECK_INT(mkfifo(path, 0600), 0);
	CHECK(!watched_find(44, 0, inode));
	remove_dir();
}

TEST(leaves_descriptors_to_others)
{
	struct rlimit few = { 64, 64 };
	uint32_t pid, count = 0;

	begin();
	watched_end(false);
	/* As many as there are by now. */
	CHECK_INT(setrlimit(RLIMIT_NOFILE, &few), 0);
	watched_begin();
	for (pid = 1; pid <= 60; pid++)
		count += watched_find(pid, 0, make(pid)) != NULL;
	CHECK_INT(count, 16);
	remove_dir();
}

TEST(a_child_has_none)
{
	uint64_t inode;
	int status;
	pid_t pid;

	begin();
	inode = make(42);
	CHECK(watched_find(42, 0, inode));
	pid = fork();
	if (pid == 0) {
		int held = open("/dev/null", O_RDONLY);

		close(held);
		/* Opened again, and not taken for what the parent has. */
		watched_begin();
		_exit(watched_descriptor(watched_find(42, 0, inode)) != held);
	}
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
	remove_dir();
}

/* One that has no table of its own, since a filter is in force, say. */
TEST(a_child_in_the_middle_of_a_look_keeps_none)
{
	uint64_t inode;
	int status;
	pid_t pid;

	begin();
	inode = make(42);
	pid = fork();
	if (pid == 0) {
		descriptors_forget();
		watched_after_fork();
		watched_begin();
		_exit(watched_find(42, 0, inode) != NULL);
	}
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
	remove_dir();
}

static void set_ring(int fd, uint64_t head, uint64_t taken)
{
	file.ring.head = head;
	file.ring.taken = taken;
	CHECK_INT(pwrite(fd, &file.ring, sizeof(file.ring), RING_AT),
		  sizeof(file.ring));
}

TEST(tells_news)
{
	struct segment_image image;
	struct watched *w;
	int fd;

	begin();
	w = watched_find(42, 0, make(42));
	CHECK(w && watched_has_news(w, sizeof(file)));
	fd = watched_descriptor(w);
	CHECK_INT(segment_read_open_excerpt(fd, &image, &ring_news), 0);
	watched_learn(w, &image);
	segment_release(&image);
	CHECK(!watched_has_news(w, sizeof(file)));
	/* A block more may be a ring. */
	CHECK(watched_has_news(w, sizeof(file) + 64));
	set_ring(fd, 2, 1);
	CHECK(watched_has_news(w, sizeof(file)));
	set_ring(fd, 2, 2);
	CHECK(!watched_has_news(w, sizeof(file)));
	CHECK_INT(ftruncate(fd, RING_AT), 0);
	CHECK(watched_has_news(w, sizeof(file)));
	remove_dir();
}

static pid_t start_child(void)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	return pid;
}

/* One that has said goodbye, or is not there any more, is asked for at once. */
TEST(life_is_not_believed_for_long)
{
	struct segment_image image = { .header = &file.header };
	struct watched *w;
	pid_t pid;

	begin();
	pid = start_child();
	CHECK(pid > 0);
	w = watched_find((uint32_t)pid, 0, make((uint32_t)pid));
	CHECK(w && watched_is_alive(w, &image));
	CHECK(w->alive_until);
	file.header.state = SEGMENT_LEFT;
	w->alive_until = UINT64_MAX;
	image.alive = 0;
	CHECK(watched_is_alive(w, &image) && w->alive_until < UINT64_MAX);
	file.header.state = SEGMENT_RUNNING;
	w->alive_until = UINT64_MAX;
	kill(pid, SIGKILL);
	CHECK_INT(waitpid(pid, NULL, 0), pid);
	image.alive = 0;
	CHECK(!watched_is_alive(w, &image));
	remove_dir();
}

/* Members are the same, opened or not. */
TEST(members_are_the_same)
{
	struct member *plain, *watched;
	int i;

	begin();
	make((uint32_t)getpid());
	for (i = 0; i < 2; i++) {
		CHECK_INT(members_read(&plain), 1);
		CHECK_INT(members_read_watched(&watched), 1);
		CHECK(!plain->watched && watched->watched);
		watched->watched = NULL;
		CHECK(!memcmp(plain, watched, sizeof(*plain)));
		members_free(plain, 1);
		members_free(watched, 1);
		watched_end(false);
		watched_begin();
	}
	remove_dir();
}
