/*
 * test_known.c - metadata that comes again and again: records, samples and
 * handlers are given what they would be given if it were made each time.
 */
#include "known_fixture.h"

/* ---- records -------------------------------------------------------------- */

static struct ring_record records[64];
static size_t record_count;

static void keep(const struct segment_image *image,
		 const struct ring_record *record, void *arg)
{
	(void)image;
	(void)arg;
	records[record_count++] = *record;
}

static void read_records(struct segment_image *image)
{
	const struct segment_block *block = NULL;
	uint64_t seen = 0;

	CHECK_INT(segment_read_own(image), 0);
	while ((block = segment_next(image, block)))
		if (block->kind == SEGMENT_RING)
			ring_read(image, block, &seen, keep, NULL);
}

static const struct ring_slot *slot_of(const struct segment_image *image,
				       const struct ring_record *record,
				       const char *key)
{
	uint32_t length;
	int i;

	for (i = 0; i < RING_SLOTS; i++) {
		const char *text =
			segment_text(image, record->slots[i].key, &length);

		if (record->slots[i].type != RING_NONE &&
		    length == strlen(key) && !memcmp(text, key, length))
			return &record->slots[i];
	}
	return NULL;
}

static void check_number(const struct segment_image *image, size_t at,
			 const char *key, uint32_t value)
{
	const struct ring_slot *slot = slot_of(image, &records[at], key);

	CHECK(slot != NULL);
	CHECK_INT(slot->value, value);
}

static void check_text(const struct segment_image *image, size_t at,
		       const char *key, const char *value)
{
	const struct ring_slot *slot = slot_of(image, &records[at], key);
	const char *text;
	uint32_t length;

	CHECK(slot != NULL);
	text = segment_text(image, slot->value, &length);
	CHECK_INT(length, strlen(value));
	CHECK_MEM(text, value, length);
}

TEST(records_are_those_of_each_call)
{
	struct segment_image image;

	begin();
	recorder_start("*");
	stop(&SYM_client, 3, 7, &SYM_unnamed, 100);
	stop(&SYM_client, 3, 8, &SYM_closed, 200);
	/* Other fields, in the place of the first. */
	stop(&SYM_server, 3 + 16, 9, &SYM_unnamed, 300);
	stop(&SYM_server, 3 + 32, 10, NULL, 400);
	/* Too wide for the slot that there is. */
	stop(&SYM_client, 3, 11, &SYM_unnamed, 1ull << 40);
	stop(&SYM_client, 3, 12, &SYM_unnamed, UINT32_MAX);
	read_records(&image);
	CHECK_INT(record_count, 6);
	check_text(&image, 0, "function", "client");
	check_text(&image, 0, "network.peer.address", "unnamed");
	check_number(&image, 0, "fd", 7);
	check_number(&image, 0, "bytes", 100);
	CHECK(!slot_of(&image, &records[0], "operation"));
	CHECK_INT(records[0].duration, 10);
	CHECK(records[0].span_id && records[0].span_id != records[1].span_id);
	check_text(&image, 1, "network.peer.address", "closed");
	check_number(&image, 1, "fd", 8);
	check_number(&image, 1, "bytes", 200);
	check_text(&image, 2, "function", "server");
	check_number(&image, 2, "bytes", 300);
	check_number(&image, 3, "fd", 10);
	CHECK(!slot_of(&image, &records[3], "network.peer.address"));
	CHECK_INT(slot_of(&image, &records[4], "bytes")->type, RING_U64);
	check_text(&image, 4, "function", "client");
	check_number(&image, 5, "bytes", UINT32_MAX);
	segment_release(&image);
	teardown();
}

/* ---- samples -------------------------------------------------------------- */

TEST(series_are_those_of_the_fields)
{
	const struct telemetry_sample *s;
	int i;

	begin();
	define("sum(shop.bytes, span=shop.call, measurement=bytes, "
	       "tags=[role]);"
	       "counter(shop.peers, span=shop.call,"
	       " tags=[network.peer.address])");
	for (i = 0; i < 10; i++) {
		stop(&SYM_client, 5, i, i % 2 ? &SYM_closed : &SYM_unnamed, 1);
		stop(&SYM_server, 7, i, &SYM_unnamed, 100);
	}
	s = find_sample(view(), "shop.bytes", "role", "client");
	CHECK(s && s->value == 10);
	s = find_sample(view(), "shop.bytes", "role", "server");
	CHECK(s && s->value == 1000);
	/* What differs from one to the next is looked at each time. */
	s = find_sample(view(), "shop.peers", "network.peer.address", "closed");
	CHECK(s && s->count == 5);
	s = find_sample(view(), "shop.peers", "network.peer.address",
			"unnamed");
	CHECK(s && s->count == 15);
	teardown();
}

TEST(more_kinds_than_places)
{
	const struct telemetry_sample *s;
	int i;

	begin();
	recorder_start("*");
	define("counter(shop.calls, span=shop.call, tags=[role])");
	for (i = 0; i < 1000; i++)
		stop(i % 2 ? &SYM_client : &SYM_server,
		     2 * (uint64_t)(i % 500) + 1, i, NULL, 1);
	s = find_sample(view(), "shop.calls", "role", "client");
	CHECK(s && s->count == 500);
	s = find_sample(view(), "shop.calls", "role", "server");
	CHECK(s && s->count == 500);
	teardown();
}

/* However many of them have the same place of their own. */
TEST(as_many_kinds_as_places)
{
	uint64_t same, first = 0;
	int count, i;

	begin();
	define("sum(shop.bytes, span=shop.call, measurement=bytes)");
	for (i = 0; i < 3; i++) {
		described = 0;
		for (same = 256, count = 0; count < KNOWN_PLANS; same += 256) {
			if (!first)
				first = same;
			if (count < KNOWN_PLANS / 2 &&
			    known_place(same) != known_place(first))
				continue;
			stop(&SYM_client, same, 1, NULL, 1);
			count++;
		}
		CHECK_INT(described, i ? 0 : KNOWN_PLANS);
	}
	CHECK(find_sample(view(), "shop.bytes", "", "")->value ==
	      3 * KNOWN_PLANS);
	teardown();
}

TEST(conditions_see_the_fields)
{
	const struct telemetry_sample *s;

	begin();
	define("counter(shop.calls, span=shop.call, keep=[role=client])");
	stop(&SYM_client, 9, 1, NULL, 1);
	stop(&SYM_server, 11, 1, NULL, 1);
	stop(&SYM_client, 9, 1, NULL, 1);
	s = find_sample(view(), "shop.calls", "", "");
	CHECK(s && s->count == 2);
	teardown();
}

TEST(fields_are_made_only_for_those_who_look)
{
	unsigned int at_first;
	int i;

	begin();
	recorder_start("*");
	define("counter(shop.calls, span=shop.call, tags=[role])");
	stop(&SYM_client, 13, 1, NULL, 1);
	at_first = described;
	for (i = 0; i < 100; i++)
		stop(&SYM_client, 13, i, NULL, 1);
	CHECK_INT(described, at_first);
	teardown();
}

/* ---- handlers of the program ----------------------------------------------- */

TEST(handlers_are_given_all_fields)
{
	begin();
	api_set_state(API_ON);
	recorder_start("*");
	thread_release(&thread_self);
	CHECK_INT(telemetry_attach("look", "shop.call.stop", look, NULL), 0);
	CHECK(thread_claim(&thread_self));
	stop(&SYM_client, 15, 21, NULL, 5);
	stop(&SYM_client, 15, 21, NULL, 5);
	CHECK_INT(calls, 2);
	teardown();
}
