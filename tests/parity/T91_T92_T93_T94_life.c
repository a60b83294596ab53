/*
 * T91-T94: the memory of a handler lives until nobody is inside it; detaching
 * in a handler never waits; wrapped calls in a handler are silent, events that
 * it executes are not; a fork keeps the table.
 *
 * env: TELEMETRY_LOG_FILE=/dev/null
 */
#include "parity.h"

#include <sys/wait.h>

static unsigned long destroyed, called;
static int inside, leave, heap_events;
static struct seen seen;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void destroy(void *config)
{
	CHECK(config == &seen);
	CHECK(!__atomic_load_n(&inside, __ATOMIC_SEQ_CST));
	__atomic_fetch_add(&destroyed, 1, __ATOMIC_SEQ_CST);
}

static void attach(const char *id, const char *event, telemetry_handler handler)
{
	struct telemetry_attach_options options = { .struct_size =
							    sizeof(options),
						    .destroy = destroy };

	CHECK(!telemetry_attach_many(id, &event, 1, handler, &seen, &options));
}

static int linger(const char *event, const struct telemetry_fields *m,
		  const struct telemetry_fields *metadata, void *arg)
{
	(void)event, (void)m, (void)metadata, (void)arg;
	__atomic_store_n(&inside, 1, __ATOMIC_SEQ_CST);
	WAIT_FOR(__atomic_load_n(&leave, __ATOMIC_SEQ_CST));
	__atomic_store_n(&inside, 0, __ATOMIC_SEQ_CST);
	return 0;
}

static void *run(void *arg)
{
	CHECK(execute(arg) == 0);
	return NULL;
}

static void *let_it_go(void *arg)
{
	/* The waiter has detached, and so waits. */
	WAIT_FOR(listed("t91") == 0);
	CHECK(destroyed == 0);
	__atomic_store_n(&leave, 1, __ATOMIC_SEQ_CST);
	return arg;
}

/* Neither a plain detach nor a fork waits for a handler; detach_wait does. */
static void while_it_runs(void)
{
	pthread_t thread, other;
	pid_t pid;

	attach("t91", "t91.e", linger);
	attach("idle", "idle.e", linger);
	CHECK(!pthread_create(&thread, NULL, run, "t91.e"));
	WAIT_FOR(__atomic_load_n(&inside, __ATOMIC_SEQ_CST));
	CHECK(!telemetry_detach("idle"));
	pid = fork();
	if (pid == 0)
		_exit(0);
	CHECK(waitpid(pid, NULL, 0) == pid);
	CHECK(destroyed == 0);
	CHECK(!pthread_create(&other, NULL, let_it_go, NULL));
	CHECK(!telemetry_detach_wait("t91"));
	CHECK(destroyed >= 1);
	pthread_join(thread, NULL);
	pthread_join(other, NULL);
	/* Whoever comes next destroys what could not be then. */
	see_event("next", "idle.e", &seen);
	CHECK(!telemetry_detach_wait("next"));
	CHECK(destroyed == 2);
}

static int take_lock(const char *event, const struct telemetry_fields *m,
		     const struct telemetry_fields *metadata, void *arg)
{
	(void)event, (void)m, (void)metadata, (void)arg;
	__atomic_store_n(&called, 1, __ATOMIC_SEQ_CST);
	pthread_mutex_lock(&lock);
	pthread_mutex_unlock(&lock);
	return 0;
}

/* A handler may want the lock that a thread holds while it detaches. */
static void under_a_lock(void)
{
	pthread_t thread;

	attach("lock", "lock.e", take_lock);
	pthread_mutex_lock(&lock);
	CHECK(!pthread_create(&thread, NULL, run, "lock.e"));
	WAIT_FOR(__atomic_load_n(&called, __ATOMIC_SEQ_CST));
	CHECK(!telemetry_detach("lock"));
	attach("lock", "lock.e", take_lock);
	CHECK(!telemetry_detach("lock"));
	pthread_mutex_unlock(&lock);
	pthread_join(thread, NULL);
}

static void *wait_for(void *arg)
{
	CHECK(!telemetry_detach_wait(arg));
	return NULL;
}

/* Each waits for its own, whichever of them frees both. */
static void two_waiters(void)
{
	static char ids[4][8];
	pthread_t threads[4];
	unsigned long before;
	int round, i;

	for (round = 0; round < 50; round++) {
		for (i = 0; i < 4; i++) {
			snprintf(ids[i], sizeof(ids[i]), "w%d", i);
			attach(ids[i], "wait.e", see);
		}
		before = destroyed;
		for (i = 0; i < 4; i++)
			CHECK(!pthread_create(&threads[i], NULL, wait_for,
					      ids[i]));
		for (i = 0; i < 4; i++)
			pthread_join(threads[i], NULL);
		CHECK(destroyed >= before + 4);
	}
}

/* T92 */
static int detach_self(const char *event, const struct telemetry_fields *m,
		       const struct telemetry_fields *metadata, void *arg)
{
	(void)event, (void)m, (void)metadata, (void)arg;
	CHECK(telemetry_detach_wait("t92") == -EDEADLK);
	CHECK(listed("t92") == 1);
	CHECK(telemetry_detach("t92") == 0);
	CHECK(telemetry_detach_wait("t92") == -EDEADLK);
	return 0;
}

static int call_wrapped(const char *event, const struct telemetry_fields *m,
			const struct telemetry_fields *metadata, void *arg)
{
	void *block = malloc(100);

	(void)event, (void)m, (void)metadata, (void)arg;
	free(block);
	CHECK(execute("t93.inner") == 0);
	return 1;
}

static int count_heap(const char *event, const struct telemetry_fields *m,
		      const struct telemetry_fields *metadata, void *arg)
{
	(void)event, (void)m, (void)metadata, (void)arg;
	heap_events++;
	return 0;
}

/* T93 */
static void wrapped_calls(void)
{
	void *block;

	seen.count = 0;
	CHECK(!telemetry_attach("t93", "t93.e", call_wrapped, NULL));
	CHECK(!telemetry_attach("heap", "libc.heap.alloc.stop", count_heap,
				NULL));
	see_event("inner", "t93.inner", &seen);
	see_event("failed", "telemetry.handler.failure", &seen);
	CHECK(execute("t93.e") == 0 && heap_events == 0);
	CHECK(seen.count == 2);
	CHECK_SEEN(&seen, 0, "t93.inner{}{}");
	CHECK(strstr(seen.text[1], "handler_id=t93,"));
	block = malloc(100);
	CHECK(!telemetry_detach("heap"));
	free(block);
	CHECK(heap_events == wraps_heap());
}

/* T94 */
static void in_a_child(void)
{
	int status;
	pid_t pid;

	see_event("t94", "t94.e", &seen);
	seen.count = 0;
	pid = fork();
	if (pid == 0) {
		CHECK(execute("t94.e") == 0 && seen.count == 1);
		CHECK(!telemetry_detach_wait("t94"));
		attach("t94", "t94.e", see);
		destroyed = 0;
		CHECK(!telemetry_detach_wait("t94") && destroyed == 1);
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(execute("t94.e") == 0 && seen.count == 1);
}

static void parity(void)
{
	while_it_runs();
	under_a_lock();
	two_waiters();
	attach("t92", "t92.e", detach_self);
	CHECK(execute("t92.e") == 0 && listed("t92") == 0);
	wrapped_calls();
	in_a_child();
}
