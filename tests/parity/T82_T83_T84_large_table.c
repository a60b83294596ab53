/*
 * T82, T83, T84: the table has one form, in which a dispatch is one look-up; how
 * much is in it changes nothing.  What was attached to a small one is called
 * from a large one, in the same order; what comes and goes late does so as what
 * came early; an id is taken once, whenever that was.
 */
#include "parity.h"

#define EVENTS 600
#define EACH 3

static char names[EVENTS][16];
static struct seen early;
static unsigned int order[EACH], called;

static int note(const char *event, const struct telemetry_fields *m,
		const struct telemetry_fields *metadata, void *arg)
{
	(void)event, (void)m, (void)metadata;
	if (called < EACH)
		order[called] = *(unsigned int *)arg;
	called++;
	return 0;
}

static void fill(void)
{
	static unsigned int numbers[EACH] = { 0, 1, 2 };
	const char *events[EVENTS];
	char id[16];
	unsigned int i;

	for (i = 0; i < EVENTS; i++) {
		snprintf(names[i], sizeof(names[i]), "t82.e%u", i);
		events[i] = names[i];
	}
	for (i = 0; i < EACH; i++) {
		snprintf(id, sizeof(id), "t82-%u", i);
		CHECK(!telemetry_attach_many(id, events, EVENTS, note,
					     &numbers[i], NULL));
	}
}

static void check_order(const char *event, unsigned int first)
{
	unsigned int i;

	called = 0;
	CHECK(execute(event) == 0 && called == EACH - first);
	for (i = 0; i < called; i++)
		CHECK(order[i] == first + i);
}

static void parity(void)
{
	unsigned int i;

	see_event("early", "t82.early", &early);
	fill();
	CHECK(execute("t82.early") == 0 && early.count == 1);
	for (i = 0; i < EVENTS; i++)
		check_order(names[i], 0);
	/* T84: later, and in between. */
	CHECK(telemetry_attach("t82-0", "t82.late", note, NULL) == -EEXIST);
	see_event("late", "t82.late", &early);
	CHECK(execute("t82.late") == 0 && early.count == 2);
	CHECK(!telemetry_detach("late") && execute("t82.late") == 0);
	CHECK(early.count == 2 && listed("t82") == 1 + EVENTS * EACH);
	CHECK(!telemetry_detach("t82-0"));
	CHECK(listed("t82") == 1 + EVENTS * (EACH - 1));
	for (i = 0; i < EVENTS; i++)
		check_order(names[i], 1);
	CHECK(!telemetry_detach("t82-1") && !telemetry_detach("t82-2"));
	CHECK(listed("t82") == 1 && execute("t82.early") == 0);
	CHECK(early.count == 3);
}
