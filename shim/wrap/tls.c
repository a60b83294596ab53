/*
 * tls.c - see tls.h.
 */
#include "wrap/tls.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/lock.h"
#include "base/segment.h"

#include <string.h>

#define BUCKETS 1024
#define KEPT_MAX 65536
#define REASON_MAX 96

struct node {
	struct tls_handshake handshake;
	struct node *next;
};

uint32_t tls_kept_count;

/* Protects everything below, and writing of the count. */
static struct lock tls_lock = LOCK_INIT(LOCK_PROVIDERS);
static struct node **buckets;
static struct node *spare;
static uint32_t node_count;

/* ---- handshakes that go on ----------------------------------------------- */

static struct node **find(const void *session)
{
	struct node **at;

	if (!buckets)
		return NULL;
	at = &buckets[hash_mix((uintptr_t)session, 0) % BUCKETS];
	while (*at && (*at)->handshake.session != session)
		at = &(*at)->next;
	return at;
}

static struct node *new_node(void)
{
	struct node *n = spare;

	if (n) {
		spare = n->next;
		return n;
	}
	if (node_count >= KEPT_MAX)
		return NULL;
	n = arena_alloc(sizeof(*n));
	node_count += n != NULL;
	return n;
}

static bool put(const struct tls_handshake *handshake)
{
	struct node **at, *n;

	if (!buckets)
		buckets = arena_alloc(BUCKETS * sizeof(*buckets));
	at = find(handshake->session);
	/* Two threads that share a session: the first is kept. */
	if (!at || *at)
		return false;
	n = new_node();
	if (!n)
		return false;
	n->handshake = *handshake;
	n->next = NULL;
	*at = n;
	store_relaxed(&tls_kept_count, tls_kept_count + 1);
	return true;
}

bool tls_keep(struct wrap_call *call, struct tls_handshake *handshake)
{
	bool stored;

	span_detach(&call->span);
	handshake->span = call->span;
	call->open = false;
	if (!lock_acquire(&tls_lock)) {
		segment_drop(DROP_LOCK, 1);
		return false;
	}
	stored = put(handshake);
	lock_release(&tls_lock);
	if (!stored)
		segment_drop(DROP_MEMORY, 1);
	return stored;
}

/* Most of the time there is none at all. */
static bool get(const void *session, struct tls_handshake *handshake)
{
	struct node **at, *n = NULL;

	if (likely(load_relaxed(&tls_kept_count) == 0))
		return false;
	if (!lock_acquire(&tls_lock)) {
		segment_drop(DROP_LOCK, 1);
		return false;
	}
	at = find(session);
	n = at ? *at : NULL;
	if (n && handshake) {
		*handshake = n->handshake;
		*at = n->next;
		n->next = spare;
		spare = n;
		store_relaxed(&tls_kept_count, tls_kept_count - 1);
	}
	lock_release(&tls_lock);
	return n != NULL;
}

bool tls_is_kept(const void *session)
{
	return get(session, NULL);
}

bool tls_take(const void *session, struct tls_handshake *handshake)
{
	return get(session, handshake);
}

void tls_after_fork(bool torn)
{
	size_t i;

	lock_reset(&tls_lock);
	store_relaxed(&tls_kept_count, 0);
	if (torn || !buckets) {
		/* A thread that is no more may have been moving nodes. */
		buckets = NULL;
		spare = NULL;
		node_count = 0;
		return;
	}
	for (i = 0; i < BUCKETS; i++)
		while (buckets[i]) {
			struct node *n = buckets[i];

			buckets[i] = n->next;
			n->next = spare;
			spare = n;
		}
}

/* ---- names --------------------------------------------------------------- */

static const struct {
	int number;
	const struct symbol *protocol, *version;
} versions[] = {
	{ 0x0304, &SYM_kind_tls, &SYM_v1_3 },
	{ 0x0303, &SYM_kind_tls, &SYM_v1_2 },
	{ 0x0302, &SYM_kind_tls, &SYM_v1_1 },
	{ 0x0301, &SYM_kind_tls, &SYM_v1_0 },
	{ 0x0300, &SYM_ssl, &SYM_v3 },
	{ 0xfefd, &SYM_dtls, &SYM_v1_2 },
	{ 0xfeff, &SYM_dtls, &SYM_v1_0 },
};

void tls_name_version(struct tls_fields *f, int number)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(versions); i++)
		if (versions[i].number == number) {
			f->protocol = versions[i].protocol;
			f->version = versions[i].version;
			return;
		}
}

static bool is_word(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

const struct symbol *tls_reason(const char *text)
{
	struct thread *t = &thread_self;
	const struct symbol *reason = NULL;
	char name[REASON_MAX];
	size_t n;

	for (n = 0; n < sizeof(name) && text[n]; n++) {
		char c = text[n];

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		name[n] = is_word(c) ? c : '_';
	}
	if (thread_claim(t)) {
		reason = symbol_intern(name, n);
		thread_release(t);
	}
	return reason ? reason : &SYM_kind_error;
}

/* ---- ends ---------------------------------------------------------------- */

struct ending {
	struct telemetry_field m[SPAN_RESERVED + 1];
	struct telemetry_field d[SPAN_RESERVED + 8];
	size_t measurements, metadata;
	struct span_failure failure;
};

static void describe(struct ending *e, const struct symbol *key,
		     const struct symbol *value)
{
	if (value)
		field_set_symbol(&e->d[SPAN_RESERVED + e->metadata++], key,
				 value);
}

static struct span_failure *fill(struct ending *e, const struct tls_fields *f)
{
	e->measurements = e->metadata = 0;
	if (f->has_bytes)
		field_set_u64(&e->m[SPAN_RESERVED + e->measurements++],
			      &SYM_bytes, f->bytes);
	describe(e, &SYM_function, f->function);
	describe(e, &SYM_tls_library, f->library);
	describe(e, &SYM_tls_protocol_name, f->protocol);
	describe(e, &SYM_tls_protocol_version, f->version);
	describe(e, &SYM_tls_resumed, f->resumed);
	describe(e, &SYM_role, f->role);
	describe(e, &SYM_network_io_direction, f->direction);
	if (f->server && *f->server)
		e->d[SPAN_RESERVED + e->metadata++] = field_text(
			&SYM_server_address, f->server, strlen(f->server));
	if (!f->reason)
		return NULL;
	e->failure.kind = &SYM_kind_tls;
	e->failure.reason = field_symbol(&SYM_reason, f->reason).value;
	return &e->failure;
}

void tls_leave(struct wrap_call *call, const struct tls_fields *fields)
{
	struct ending e;
	struct span_failure *failure = fill(&e, fields);

	wrap_leave(call, failure, e.m + SPAN_RESERVED, e.measurements,
		   e.d + SPAN_RESERVED, e.metadata);
}

void tls_close(struct span *span, uint64_t end, const struct tls_fields *fields)
{
	struct ending e;
	struct span_failure *failure = fill(&e, fields);

	span_close_at(span, end, failure, e.m + SPAN_RESERVED, e.measurements,
		      e.d + SPAN_RESERVED, e.metadata, true);
}
