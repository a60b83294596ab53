/* test_symbol.c - the intern table. */
#include "event_fixture.h"

#include <pthread.h>

#define THREADS 4
#define TEXTS 2000

static struct symbol *intern(const char *text)
{
	return symbol_intern(text, strlen(text));
}

TEST(is_unique_by_content)
{
	char text[] = "shop", longer[] = "shopping";
	struct symbol *s;

	setup();
	s = intern("shop");
	CHECK(s && s == intern(text) && s == symbol_intern(longer, 4));
	CHECK_STR(s->text, "shop");
	CHECK_INT(s->length, 4);
	CHECK(s != intern(longer) && s == symbol_find(text, 4));
	CHECK(!symbol_find("never", 5));
	CHECK(symbol_intern("", 0) && symbol_intern("", 0)->length == 0);
	CHECK(symbol_intern("a\0b", 3) != symbol_intern("a", 1));
}

TEST(knows_the_static_ones)
{
	setup();
	CHECK(intern("duration") == &SYM_duration);
	CHECK(key_symbol("span_id") == &SYM_span_id);
	symbol_init(); /* twice does nothing */
	CHECK(intern("duration") == &SYM_duration);
}

TEST(finds_the_symbol_of_a_value)
{
	struct telemetry_field f;

	setup();
	f = field_symbol(&SYM_kind, &SYM_kind_exit);
	CHECK(value_symbol(&f.value) == &SYM_kind_exit);
	f = telemetry_str("kind", "exit");
	CHECK(value_symbol(&f.value) == &SYM_kind_exit);
	f = telemetry_i64("kind", 1);
	CHECK(!value_symbol(&f.value));
	f = field_symbol(&SYM_kind, NULL);
	CHECK_INT(f.value.type, TELEMETRY_NULL);
}

TEST(takes_several_at_once)
{
	struct symbol *known, *made, *both[2];

	setup();
	known = intern("known");
	both[0] = arena_alloc(sizeof(struct symbol) + 8);
	both[1] = made = arena_alloc(sizeof(struct symbol) + 8);
	memcpy(both[0]->text, "known", 5);
	both[0]->length = 5;
	memcpy(made->text, "new", 3);
	made->length = 3;
	CHECK(symbol_intern_all(both, 2));
	CHECK(both[0] == known && both[1] == made && intern("new") == made);
}

TEST(is_bounded)
{
	char text[SYMBOL_LENGTH_MAX + 1], name[16];
	struct symbol *batch[1];
	int i;

	setup();
	memset(text, 'x', sizeof(text));
	CHECK(symbol_intern(text, SYMBOL_LENGTH_MAX));
	CHECK(!symbol_intern(text, SYMBOL_LENGTH_MAX + 1));
	for (i = 0; i < SYMBOLS_MAX; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		if (!intern(name))
			break;
	}
	CHECK(i > SYMBOLS_MAX - 1000 && i < SYMBOLS_MAX);
	CHECK(!intern("one more") && intern("n0"));
	batch[0] = arena_alloc(sizeof(struct symbol) + 8);
	batch[0]->text[0] = '!';
	batch[0]->length = 1;
	CHECK(!symbol_intern_all(batch, 1));
}

static struct symbol *seen[THREADS][TEXTS];

static void *intern_all(void *arg)
{
	struct symbol **mine = arg;
	char text[16];
	int i;

	for (i = 0; i < TEXTS; i++) {
		snprintf(text, sizeof(text), "t%d", i);
		CHECK(thread_claim(&thread_self));
		mine[i] = intern(text);
		thread_release(&thread_self);
	}
	return NULL;
}

TEST(is_one_for_all_threads)
{
	pthread_t threads[THREADS];
	int i;

	setup_api();
	for (i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, intern_all, seen[i]));
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (i = 0; i < TEXTS; i++)
		CHECK(seen[0][i] && seen[0][i] == seen[1][i] &&
		      seen[0][i] == seen[2][i] && seen[0][i] == seen[3][i]);
}
