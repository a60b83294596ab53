/*
 * db.c - see db.h.
 */
#include "wrap/db.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/lock.h"
#include "base/segment.h"
#include "wrap/sql.h"

#include <string.h>

#define TEXTS 1024 /* direct-mapped; a clash costs a sanitising */
#define BUCKETS 1024
#define STATES_MAX 65536

struct cached {
	uint64_t hash; /* of the statement as it came, and its dialect */
	struct db_text text;
};

struct node {
	struct db_state state;
	struct node *next;
};

/* Protects everything below. */
static struct lock db_lock = LOCK_INIT(LOCK_PROVIDERS);
static struct cached *texts;
static struct node **buckets;
static struct node *spare;
static uint32_t node_count;

static struct db_text digest(const char *statement, size_t length,
			     unsigned int dialect)
{
	char *memory = arena_alloc(SQL_TEXT_MAX + SQL_SUMMARY_MAX + 1);
	struct db_text result = { 0 };
	struct buf text, summary;

	if (!memory)
		return result;
	buf_init(&text, memory, SQL_TEXT_MAX);
	buf_init(&summary, memory + SQL_TEXT_MAX, SQL_SUMMARY_MAX + 1);
	sql_digest(statement, length, dialect, &text, &summary);
	result.text = symbol_intern(text.text, text.length);
	if (summary.length)
		result.summary = symbol_intern(summary.text, summary.length);
	arena_free(memory, SQL_TEXT_MAX + SQL_SUMMARY_MAX + 1);
	return result;
}

struct db_text db_text(const char *statement, size_t length,
		       unsigned int dialect)
{
	/* Seeded, 64 bits: statements that differ do not meet. */
	uint64_t hash = hash_mix(hash_text(statement, length), dialect) | 1;
	struct db_text found = { 0 };
	struct cached *c;

	if (!lock_acquire(&db_lock)) {
		segment_drop(DROP_LOCK, 1);
		return found;
	}
	if (!texts)
		texts = arena_alloc(TEXTS * sizeof(*texts));
	c = texts ? &texts[hash % TEXTS] : NULL;
	if (c && c->hash == hash)
		found = c->text;
	lock_release(&db_lock);
	if (found.text || !c)
		return c ? found : digest(statement, length, dialect);
	found = digest(statement, length, dialect);
	if (lock_acquire(&db_lock)) {
		c->hash = hash;
		c->text = found;
		lock_release(&db_lock);
	}
	return found;
}

/* ---- states -------------------------------------------------------------- */

static struct node **bucket_of(const void *object)
{
	if (!buckets)
		buckets = arena_alloc(BUCKETS * sizeof(*buckets));
	return buckets ? &buckets[hash_mix((uintptr_t)object, 0) % BUCKETS]
		       : NULL;
}

static struct node **find(const void *object, uint64_t part)
{
	struct node **at = bucket_of(object);

	while (at && *at &&
	       ((*at)->state.object != object || (*at)->state.part != part))
		at = &(*at)->next;
	return at;
}

static void drop_node(struct node **at)
{
	struct node *n = *at;

	*at = n->next;
	n->next = spare;
	spare = n;
}

static struct node *new_node(void)
{
	struct node *n = spare;

	if (n) {
		spare = n->next;
		return n;
	}
	if (node_count >= STATES_MAX)
		return NULL;
	n = arena_alloc(sizeof(*n));
	node_count += n != NULL;
	return n;
}

static bool put(const struct db_state *state, struct db_state *old)
{
	struct node **at = find(state->object, state->part), *n;

	if (!at)
		return false;
	n = *at;
	if (!n) {
		n = new_node();
		if (!n)
			return false;
		n->next = NULL;
		*at = n;
	} else if (old) {
		*old = n->state;
	}
	n->state = *state;
	return true;
}

bool db_put(const struct db_state *state, struct db_state *old)
{
	bool stored;

	if (old)
		old->object = NULL;
	if (!lock_acquire(&db_lock)) {
		segment_drop(DROP_LOCK, 1);
		return false;
	}
	stored = put(state, old);
	lock_release(&db_lock);
	if (!stored)
		segment_drop(DROP_MEMORY, 1);
	return stored;
}

bool db_add(const struct db_state *state, uint64_t rows, uint64_t busy)
{
	struct node **at;
	bool found;

	if (!lock_acquire(&db_lock)) {
		segment_drop(DROP_LOCK, 1);
		return false;
	}
	at = find(state->object, state->part);
	found = at && *at && (*at)->state.span.id == state->span.id;
	if (found) {
		(*at)->state.rows += rows;
		(*at)->state.busy += busy;
	}
	lock_release(&db_lock);
	return found;
}

static bool get(const void *object, uint64_t part, struct db_state *state,
		bool removes)
{
	struct node **at;
	bool found;

	if (!buckets)
		return false;
	if (!lock_acquire(&db_lock)) {
		segment_drop(DROP_LOCK, 1);
		return false;
	}
	at = find(object, part);
	found = at && *at;
	if (found)
		*state = (*at)->state;
	if (found && removes)
		drop_node(at);
	lock_release(&db_lock);
	return found;
}

bool db_take(const void *object, uint64_t part, struct db_state *state)
{
	return get(object, part, state, true);
}

bool db_find(const void *object, uint64_t part, struct db_state *state)
{
	return get(object, part, state, false);
}

void db_forget(const void *object)
{
	struct node **at;

	if (!buckets || !lock_acquire(&db_lock))
		return;
	at = bucket_of(object);
	while (at && *at) {
		if ((*at)->state.object == object)
			drop_node(at);
		else
			at = &(*at)->next;
	}
	lock_release(&db_lock);
}

void db_after_fork(bool torn)
{
	lock_reset(&db_lock);
	if (!torn)
		return;
	/* A thread that is no more may have been moving nodes. */
	buckets = NULL;
	spare = NULL;
	texts = NULL;
}

/* ---- ends ---------------------------------------------------------------- */

struct ending {
	struct telemetry_field m[SPAN_RESERVED + 1];
	struct telemetry_field d[SPAN_RESERVED + 10];
	size_t measurements, metadata;
	struct span_failure failure;
};

static void describe(struct ending *e, const struct symbol *key,
		     const struct symbol *value)
{
	if (value)
		e->d[SPAN_RESERVED + e->metadata++] = field_symbol(key, value);
}

static void describe_text(struct ending *e, const struct symbol *key,
			  const char *text)
{
	if (text && *text)
		e->d[SPAN_RESERVED + e->metadata++] =
			field_text(key, text, strlen(text));
}

static struct span_failure *fill(struct ending *e, const struct db_fields *f)
{
	e->measurements = e->metadata = 0;
	if (f->has_rows)
		e->m[SPAN_RESERVED + e->measurements++] =
			field_u64(&SYM_rows, f->rows);
	describe(e, &SYM_db_system_name, f->system);
	describe(e, &SYM_function, f->function);
	describe(e, &SYM_db_query_summary, f->text.summary);
	describe(e, &SYM_db_query_text, f->text.text);
	describe(e, &SYM_db_operation_name, f->operation);
	describe_text(e, &SYM_db_namespace, f->namespace);
	describe_text(e, &SYM_server_address, f->address);
	if (f->port)
		e->d[SPAN_RESERVED + e->metadata++] =
			field_u64(&SYM_server_port, f->port);
	if (f->failure.type == TELEMETRY_NULL)
		return NULL;
	e->d[SPAN_RESERVED + e->metadata++] = (struct telemetry_field){
		.key = SYM_db_response_status_code.text,
		.value = f->failure,
	};
	e->failure.kind = &SYM_kind_db;
	e->failure.reason = f->failure;
	return &e->failure;
}

void db_leave(struct wrap_call *call, const struct db_fields *fields)
{
	struct ending e;
	struct span_failure *failure = fill(&e, fields);

	wrap_leave(call, failure, e.m + SPAN_RESERVED, e.measurements,
		   e.d + SPAN_RESERVED, e.metadata);
}

void db_close(struct span *span, uint64_t end, const struct db_fields *fields)
{
	struct ending e;
	struct span_failure *failure = fill(&e, fields);

	span_close_at(span, end, failure, e.m + SPAN_RESERVED, e.measurements,
		      e.d + SPAN_RESERVED, e.metadata, true);
}

void db_keep(struct wrap_call *call, struct span *kept)
{
	span_detach(&call->span);
	*kept = call->span;
	call->open = false;
}
