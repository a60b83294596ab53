/* test_fd_peer.c - the peer of a number, and the text of it that is copied, while
 * the number gets other peers. */
#include "metric_fixture.h"

#include "wrap/fd.h"

#include <pthread.h>
#include <sched.h>

#define THREADS 2
#define CHANGES 5000

static struct fd_entry entry;
static uint32_t over;

static void *learn(void *arg)
{
	while (!load_relaxed(&over)) {
		fd_learn_text(&entry);
		sched_yield();
	}
	return arg;
}

static struct fd_peer peer_of(const char *text, uint32_t port)
{
	struct symbol *symbol = symbol_intern(text, strlen(text));

	CHECK(symbol && symbol_segment_id(symbol) != 0);
	return (struct fd_peer){ symbol, port };
}

/* After others had time to learn it. */
static void check_text(const struct fd_peer *peer)
{
	uint64_t text;

	sched_yield();
	text = load_relaxed(&entry.text);

	CHECK(text == (FD_NOT_PUT | (uintptr_t)peer->address) ||
	      text == load_relaxed(&peer->address->in_segment));
}

/* The same peer comes back, too: a server's number is the same each time. */
TEST(the_text_is_the_peers)
{
	pthread_t threads[THREADS];
	struct fd_peer a, b;
	int i;

	setup();
	a = peer_of("192.0.2.1", 1);
	b = peer_of("192.0.2.2", 2);
	for (i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, learn, NULL));
	for (i = 0; i < CHANGES; i++) {
		fd_put_peer(&entry, a);
		check_text(&a);
		fd_put_peer(&entry, b);
		check_text(&b);
	}
	store_relaxed(&over, 1);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	check_text(&b);
	fd_learn_text(&entry);
	CHECK(entry.text == b.address->in_segment && entry.peer.port == 2);
	teardown();
}
