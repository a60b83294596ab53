/*
 * H76: however a process ends, its exit status is what it was.  The spans of
 * one that ends unawares (abort, a fatal signal, kill -9, the raw system call,
 * an exec before it) are still there, and one that ends in order leaves no file
 * behind when nobody in its group will ever report it.
 *
 * Technique: rings lie in a shared mapping of a file; nothing has to be flushed.
 *
 * modes: record console
 * cflags: -I@/shim
 */
#include "hazard_net.h"

#include "base/segment.h"
#include "recorder/ring.h"

#include <glob.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define SENDS 7
#define SPAN "libc.socket.send"

static void by_return(void)
{
}
static void by_exit(void)
{
	exit(3);
}
static void by__exit(void)
{
	_exit(4);
}
static void by__Exit(void)
{
	_Exit(5);
}
static void by_quick_exit(void)
{
	quick_exit(6);
}
static void by_abort(void)
{
	abort();
}
static void by_SIGTERM(void)
{
	raise(SIGTERM);
}
static void by_SIGSEGV(void)
{
	*(volatile char *)1 = 0;
}
static void by_SIGKILL(void)
{
	kill(getpid(), SIGKILL);
}
static void by_exit_group(void)
{
	syscall(SYS_exit_group, 7);
}
static void by_pthread_exit(void)
{
	pthread_exit(NULL);
}
static void by_exec(void)
{
	execl("/bin/sh", "sh", "-c", "exit 8", NULL);
}
static void by_exec_killed(void)
{
	execl("/bin/sh", "sh", "-c", "kill -9 $$", NULL);
}

static void *exit_thread(void *arg)
{
	exit((int)(size_t)arg);
}

static void by_thread(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, exit_thread, (void *)9);
	pthread_join(thread, NULL);
}

/* Complete records of sends in one ring. */
static unsigned int count_ring(const char *file, size_t size,
			       const struct segment_block *block)
{
	const struct ring *ring = (const void *)(block + 1);
	unsigned int i, found = 0;

	for (i = 0; i < ring->capacity; i++) {
		const struct ring_record *record = &ring->records[i];
		size_t at = (size_t)record->name * SEGMENT_UNIT;
		const struct segment_string *name =
			(const void *)(file + at + sizeof(*block));

		if (record->sequence && at && at + 64 < size &&
		    name->length == strlen(SPAN) &&
		    !memcmp(name->text, SPAN, strlen(SPAN)))
			found++;
	}
	return found;
}

static unsigned int count_file(const char *path)
{
	static char file[4 << 20] __attribute__((aligned(16)));
	const struct segment_header *header = (const void *)file;
	const struct segment_block *block;
	unsigned int found = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = read(fd, file, sizeof(file));
	uint64_t at;

	close(fd);
	CHECK(size > (ssize_t)sizeof(*header));
	CHECK(header->magic == SEGMENT_MAGIC);
	for (at = header->size; at < header->used; at += block->size) {
		block = (const void *)(file + at);
		CHECK(block->size >= sizeof(*block));
		if (block->kind == SEGMENT_RING)
			found += count_ring(file, (size_t)size, block);
	}
	return found;
}

/* Of a dead child, in whichever group it was. */
static unsigned int count_sends(pid_t pid)
{
	char pattern[512];
	unsigned int found = 0;
	glob_t files;
	size_t i;

	snprintf(pattern, sizeof(pattern), "%s/*/%d.*", getenv("TELEMETRY_DIR"),
		 (int)pid);
	if (glob(pattern, 0, NULL, &files) != 0)
		return 0;
	for (i = 0; i < files.gl_pathc; i++)
		found += count_file(files.gl_pathv[i]);
	globfree(&files);
	return found;
}

static int child(void (*leave)(void))
{
	struct rlimit none = { 0, 0 };
	int pair[2], i;

	setrlimit(RLIMIT_CORE, &none);
	pair_of(pair);
	for (i = 0; i < SENDS; i++)
		CHECK(send(pair[0], "x", 1, 0) == 1);
	leave();
	return 2;
}

static void report(const char *name, unsigned int expected, pid_t pid)
{
	unsigned int found;
	int status;

	CHECK(waitpid(pid, &status, 0) == pid);
	printf("%s: %x\n", name, (unsigned int)status);
	/* With a reporter somebody may have read and removed it already. */
	if (!shimmed() || has_reporter())
		return;
	found = count_sends(pid);
	errno = (int)found;
	if (found != expected)
		hazard_failed(__FILE__, __LINE__, name);
}

#define TRY(name, expected)                                                    \
	do {                                                                   \
		pid_t pid_ = fork();                                           \
		CHECK(pid_ >= 0);                                              \
		if (pid_ == 0)                                                 \
			return child(by_##name);                               \
		report(#name, expected, pid_);                                 \
	} while (0)

int main(void)
{
	setvbuf(stdout, NULL, _IONBF, 0);
	TRY(return, 0);
	TRY(exit, 0);
	TRY(_exit, 0);
	TRY(_Exit, 0);
	TRY(quick_exit, 0);
	TRY(pthread_exit, 0);
	TRY(thread, 0);
	TRY(exec, 0);
	TRY(abort, SENDS);
	TRY(SIGTERM, SENDS);
	TRY(SIGSEGV, SENDS);
	TRY(SIGKILL, SENDS);
	TRY(exit_group, SENDS);
	TRY(exec_killed, SENDS);
	return hazard_end();
}
