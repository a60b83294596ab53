/*
 * T95: eight threads execute while two attach and detach 100000 times and
 * handlers fail, attach and detach others themselves: every call is inside the
 * handler's life, each config is destroyed once, a handler that stays misses
 * nothing.  Also run under ThreadSanitizer (tests/slow/threads.sh).
 *
 * env: TELEMETRY_LOG_FILE=/dev/null
 */
#include "parity.h"

#define THREADS 8
#define ROUNDS 50000
#define ALIVE 0x600d
#define DEAD 0xdead

struct life {
	unsigned int state;
	int fails;
};

static unsigned long executed, stayed, destroyed, attached, wrong, inside;
static int done;

static void destroy(void *config)
{
	struct life *life = config;

	if (__atomic_exchange_n(&life->state, DEAD, __ATOMIC_SEQ_CST) != ALIVE)
		__atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&destroyed, 1, __ATOMIC_RELAXED);
	free(life);
}

static int touch(const char *event, const struct telemetry_fields *m,
		 const struct telemetry_fields *metadata, void *config)
{
	struct life *life = config;

	(void)event, (void)m, (void)metadata;
	if (__atomic_load_n(&life->state, __ATOMIC_SEQ_CST) != ALIVE)
		__atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
	return life->fails;
}

/* Attaches and detaches from within a handler. */
static int nest(const char *event, const struct telemetry_fields *m,
		const struct telemetry_fields *metadata, void *config)
{
	char id[32];
	int error;

	(void)event, (void)m, (void)metadata, (void)config;
	snprintf(id, sizeof(id), "in-%d", (int)gettid());
	/* Inside a handler nobody waits long for the table's lock. */
	while ((error = telemetry_attach(id, "t95.a", count_event, &inside)))
		CHECK(error == -EAGAIN);
	CHECK(telemetry_detach_wait(id) == -EDEADLK);
	while ((error = telemetry_detach(id)))
		CHECK(error == -EAGAIN);
	return 0;
}

static int nothing(void *arg)
{
	return arg != NULL;
}

static void *execute_all(void *arg)
{
	unsigned long n = 0;

	while (!__atomic_load_n(&done, __ATOMIC_RELAXED)) {
		execute(n & 1 ? "t95.a" : "t95.b");
		if (n % 8192 == 0)
			execute("t95.nest");
		if (n % 64 == 0)
			telemetry_span("t95.span", NULL, 0, nothing, NULL);
		n++;
	}
	__atomic_fetch_add(&executed, n, __ATOMIC_RELAXED);
	return arg;
}

static void *attach_all(void *arg)
{
	struct telemetry_attach_options options = { .struct_size =
							    sizeof(options),
						    .destroy = destroy };
	const char *events[] = { "t95.a", "t95.b" };
	static struct life lasting = { ALIVE, 0 };
	struct life *life;
	int i, error;

	for (i = 0; i < ROUNDS; i++) {
		options.destroy = i % 250 ? NULL : destroy;
		life = &lasting;
		if (options.destroy) {
			life = malloc(sizeof(*life));
			life->state = ALIVE;
			life->fails = i % 500 == 0;
			__atomic_fetch_add(&attached, 1, __ATOMIC_RELAXED);
		}
		CHECK(!telemetry_attach_many(arg, events, 1 + i % 2, touch,
					     life, &options));
		error = i % 1000 ? telemetry_detach(arg)
				 : telemetry_detach_wait(arg);
		CHECK(!error || (error == -ENOENT && i % 500 == 0));
	}
	return NULL;
}

static void parity(void)
{
	pthread_t threads[THREADS], writers[2];
	int i;

	listen_to("t95.nest", nest, NULL);
	listen_to("t95.span.stop", count_event, &inside);
	listen_to("t95.a", count_event, &stayed);
	listen_to("t95.b", count_event, &stayed);
	for (i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, execute_all, NULL));
	CHECK(!pthread_create(&writers[0], NULL, attach_all, "one"));
	CHECK(!pthread_create(&writers[1], NULL, attach_all, "two"));
	pthread_join(writers[0], NULL);
	pthread_join(writers[1], NULL);
	__atomic_store_n(&done, 1, __ATOMIC_RELAXED);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	/* Two steps: what waits for a grace period, what waits for sections. */
	for (i = 0; i < 3; i++) {
		listen_to("t95.c", count_event, &stayed);
		CHECK(!telemetry_attach("last", "t95.c", count_event, &stayed));
		CHECK(!telemetry_detach_wait("last"));
	}
	CHECK(wrong == 0 && stayed == executed);
	CHECK(attached == 2 * ROUNDS / 250 && destroyed == attached);
}
