/*
 * T75, T66: a span that its code leaves without ending it ends as an exception:
 * by longjmp (kind unwind, at the thread's next event), with its thread or
 * process, or by exec (kind exit); and never twice.
 */
#include "parity.h"

#include <setjmp.h>
#include <sys/wait.h>

static struct seen seen;
static jmp_buf out;
static struct telemetry_span kept; /* not on any stack */

static int jump(void *arg)
{
	(void)arg;
	longjmp(out, 1);
}

/* Well below: a compiler may look from a part of the caller that it has made a
 * function of. */
__attribute__((noinline)) static void span_and_jump(void)
{
	volatile char room[1024] __attribute__((unused));

	room[0] = 0;
	telemetry_span("t75.op", NULL, 0, jump, NULL);
	room[1] = 0;
}

__attribute__((noinline)) static void begin_and_jump(void)
{
	volatile char room[1024] __attribute__((unused));
	struct telemetry_span span;

	room[0] = 0;
	CHECK(!telemetry_span_begin(&span, "t75.op", NULL, 0));
	longjmp(out, 1);
}

static void check_abandoned(const char *kind)
{
	char text[128];

	snprintf(text, sizeof(text), "{kind=%s,reason=%s,span_id=?}", kind,
		 kind);
	CHECK(seen.count == 2);
	CHECK(strstr(seen.text[1], "t75.op.exception{duration=?") &&
	      strstr(seen.text[1], text));
	CHECK(seen.span_id[1] == seen.span_id[0]);
}

static void by_longjmp(void)
{
	struct telemetry_span next;

	seen.count = 0;
	if (!setjmp(out))
		span_and_jump();
	CHECK(!telemetry_span_begin(&next, "other", NULL, 0));
	check_abandoned("unwind");
	CHECK(!telemetry_span_end(&next, NULL, 0, NULL, 0));
	seen.count = 0;
	if (!setjmp(out))
		begin_and_jump();
	CHECK(!telemetry_span_begin(&next, "other", NULL, 0));
	check_abandoned("unwind");
	CHECK(!telemetry_span_end(&next, NULL, 0, NULL, 0));
}

static void *begin_kept(void *arg)
{
	CHECK(!telemetry_span_begin(&kept, "t75.op", NULL, 0));
	if (arg)
		pthread_exit(NULL);
	return NULL;
}

static void *end_kept(void *arg)
{
	CHECK(!telemetry_span_end(&kept, NULL, 0, NULL, 0));
	return arg;
}

static void run(void *(*fn)(void *), void *arg)
{
	pthread_t thread;

	CHECK(!pthread_create(&thread, NULL, fn, arg));
	pthread_join(thread, NULL);
}

static void by_thread(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		seen.count = 0;
		run(begin_kept, i ? &seen : NULL);
		check_abandoned("exit");
		CHECK(!telemetry_span_end(&kept, NULL, 0, NULL, 0));
		CHECK(seen.count == 2);
	}
}

/* Ended elsewhere: no parent of anything here, and not ended again. */
static void by_another(void)
{
	struct telemetry_span next;

	seen.count = 0;
	begin_kept(NULL);
	run(end_kept, NULL);
	CHECK(seen.count == 2 && strstr(seen.text[1], "t75.op.stop{"));
	CHECK(!telemetry_span_begin(&next, "t75.op", NULL, 0));
	CHECK(!telemetry_span_end(&next, NULL, 0, NULL, 0));
	CHECK(seen.count == 4 && seen.parent[2] == 0);
}

/* A span that is open when the process forks is the parent's. */
static void by_fork(void)
{
	struct telemetry_span span;
	int status;
	pid_t pid;

	seen.count = 0;
	CHECK(!telemetry_span_begin(&span, "t75.op", NULL, 0));
	pid = fork();
	if (pid == 0) {
		CHECK(!telemetry_span_end(&span, NULL, 0, NULL, 0));
		CHECK(seen.count == 1);
		CHECK(!telemetry_span_begin(&span, "t75.op", NULL, 0));
		CHECK(!telemetry_span_end(&span, NULL, 0, NULL, 0));
		CHECK(seen.count == 3 && seen.parent[1] == 0);
		CHECK(seen.span_id[1] != seen.span_id[0]);
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(!telemetry_span_end(&span, NULL, 0, NULL, 0));
	CHECK(seen.count == 2 && seen.span_id[1] == seen.span_id[0]);
}

static int tell(const char *event, const struct telemetry_fields *m,
		const struct telemetry_fields *metadata, void *arg)
{
	const struct telemetry_value *kind = telemetry_get(metadata, "kind");
	int *fds = arg;

	(void)event, (void)m;
	if (kind)
		CHECK(write(fds[1], kind->as.string, kind->length) ==
		      (ssize_t)kind->length);
	return 0;
}

static void leave(int way)
{
	if (way == 1)
		exit(0);
	if (way == 2)
		execl("/bin/true", "true", NULL);
	_exit(0);
}

static void by_exit(int way)
{
	int fds[2], status;
	char word[16] = "";
	pid_t pid;

	CHECK(!pipe(fds));
	CHECK(!telemetry_attach("tell", "t75.op.exception", tell, fds));
	pid = fork();
	if (pid == 0) {
		CHECK(!telemetry_span_begin(&kept, "t75.op", NULL, 0));
		leave(way);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	close(fds[1]);
	CHECK(read(fds[0], word, sizeof(word) - 1) >= 0);
	CHECK(!strcmp(word, "exit"));
	close(fds[0]);
	CHECK(!telemetry_detach("tell"));
}

static void parity(void)
{
	int way;

	see_span("t75", "t75.op", &seen);
	by_longjmp();
	by_thread();
	by_another();
	by_fork();
	for (way = 0; way < 3; way++)
		by_exit(way);
}
