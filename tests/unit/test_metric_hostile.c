/*
 * test_metric_hostile.c - snapshots of images that are not complete, do not
 * agree, or cannot be.
 */
#include "metric_fixture.h"

#include "metric/cells.h"

#include <math.h>

static const struct segment_block *block_of(const struct segment_image *image,
					    enum segment_kind kind)
{
	const struct segment_block *b = NULL;

	while ((b = segment_next(image, b)) != NULL)
		if (b->kind == (uint32_t)kind)
			return b;
	return NULL;
}

static void *body_of(const struct segment_image *image, enum segment_kind kind)
{
	const struct segment_block *b = block_of(image, kind);

	CHECK(b != NULL);
	return (void *)(uintptr_t)segment_block_body(b);
}

/* What tells the one of the two "c" from the other. */
static const char *twin_of(const struct telemetry_snapshot *s)
{
	const char *value = NULL;
	size_t i, metrics = 0;

	for (i = 0; i < s->metric_count; i++) {
		const struct telemetry_metric *m = &s->metrics[i];

		if (strcmp(m->name, "c") != 0)
			continue;
		metrics++;
		CHECK_INT(m->sample_count, 1);
		CHECK_INT(m->samples[0].count, 10);
		if (m->samples[0].tag_count == 0)
			continue;
		CHECK_STR(m->samples[0].tags[0].key, "telemetry.definition");
		CHECK(value == NULL);
		value = m->samples[0].tags[0].value;
	}
	CHECK_INT(metrics, 2);
	return value;
}

TEST(a_definition_that_disagrees_is_told_apart)
{
	const struct telemetry_snapshot *s;
	struct segment_image images[2], swapped[2];
	struct metric_block *block;
	uint64_t before = drops(DROP_SEGMENT);
	const char *value;

	setup();
	define("counter(c, event=a.b)");
	emit_some();
	copy_image(&images[0]);
	copy_image(&images[1]);
	block = body_of(&images[1], SEGMENT_METRIC);
	block->denominator = 5;
	swapped[0] = images[1];
	swapped[1] = images[0];
	s = view_of(images, 2);
	CHECK_INT(s->partial, 0);
	value = twin_of(s);
	CHECK(value != NULL);
	CHECK_STR(twin_of(view_of(swapped, 2)), value);
	CHECK_INT(drops(DROP_SEGMENT), before);
	teardown();
}

TEST(too_many_definitions_of_one_name_are_left_out)
{
	struct segment_image images[20];
	uint64_t before;
	uint32_t i;

	setup();
	define("counter(c, event=a.b)");
	emit_some();
	for (i = 0; i < ARRAY_SIZE(images); i++) {
		struct metric_block *block;

		copy_image(&images[i]);
		block = body_of(&images[i], SEGMENT_METRIC);
		block->denominator = i + 1;
	}
	before = drops(DROP_SEGMENT);
	CHECK_INT(view_of(images, 20)->partial, 1);
	CHECK_INT(drops(DROP_SEGMENT) - before, 4);
	teardown();
}

TEST(what_is_not_complete_is_passed_over)
{
	const struct telemetry_snapshot *s;
	struct segment_image image;
	struct metric_block *metric;
	struct series_block *series;

	setup();
	define("counter(c, event=a.b)");
	emit_some();
	copy_image(&image);
	series = body_of(&image, SEGMENT_SERIES);
	series->flags = 0;
	s = view_of(&image, 1);
	CHECK_INT(s->metric_count, 0);
	CHECK_INT(s->partial, 0);
	series->flags = SERIES_BLOCK_READY;
	metric = body_of(&image, SEGMENT_METRIC);
	metric->type = 0;
	s = view_of(&image, 1);
	CHECK_INT(s->metric_count, 0);
	CHECK_INT(s->partial, 0);
	CHECK_INT(drops(DROP_SEGMENT), 0);
	teardown();
}

TEST(a_page_that_is_just_being_made)
{
	const struct telemetry_snapshot *s;
	struct segment_image image;
	struct cell_page *page;

	setup();
	define("counter(c, event=a.b)");
	emit_some();
	copy_image(&image);
	page = body_of(&image, SEGMENT_CELL);
	page->used = 0;
	s = view_of(&image, 1);
	CHECK_INT(s->metric_count, 0);
	CHECK_INT(s->partial, 0);
	/* Beyond the page: no writer does that. */
	page->used = 1u << 20;
	CHECK_INT(view_of(&image, 1)->partial, 1);
	teardown();
}

/* The last cell of the last block claims to be more than there is. */
TEST(a_cell_that_is_too_small)
{
	struct metric_definition d = { .type = METRIC_DISTRIBUTION,
				       .name = "d",
				       .events = "a.b",
				       .measurement = "n",
				       .numerator = 1,
				       .denominator = 1,
				       .max_series = 10,
				       .bucket_count = METRIC_BUCKETS_MAX };
	struct segment_image image;
	struct cell_page *page;
	struct cell *cell;
	uint32_t i;

	setup();
	for (i = 0; i < METRIC_BUCKETS_MAX; i++)
		d.buckets[i] = i;
	CHECK_INT(metric_add(&d), 0);
	emit_one("a.b", telemetry_i64("n", 7), "", "");
	copy_image(&image);
	page = body_of(&image, SEGMENT_CELL);
	cell = (void *)((char *)page + page->first);
	page->used = segment_block_space(block_of(&image, SEGMENT_CELL));
	memmove((char *)page + page->used - 64, cell, 64);
	page->first = page->used - 64;
	cell = (void *)((char *)page + page->first);
	cell->size = 64;
	CHECK_INT(view_of(&image, 1)->partial, 1);
	CHECK_INT(find_metric(view_of(&image, 1), "d") == NULL, 1);
	teardown();
}

/* The image of a counter whose only cell is the last thing in it. */
static struct cell *cell_at_the_end(struct segment_image *image)
{
	struct cell_page *page;
	struct cell *cell;

	define("counter(c, event=a.b)");
	emit_one("a.b", telemetry_i64("n", 1), "", "");
	copy_image(image);
	page = body_of(image, SEGMENT_CELL);
	cell = (void *)((char *)page + page->first);
	page->used = segment_block_space(block_of(image, SEGMENT_CELL));
	page->first = page->used - cell->size;
	return memmove((char *)page + page->first, cell, cell->size);
}

TEST(pages_and_cells_that_end_too_late)
{
	struct segment_image image;
	struct cell_page *page;
	struct cell *cell;

	setup();
	cell = cell_at_the_end(&image);
	page = body_of(&image, SEGMENT_CELL);
	CHECK((const uint8_t *)(cell + 2) == image.bytes + image.size);
	CHECK_INT(find_sample(view_of(&image, 1), "c", "", "")->count, 1);
	page->used += 16;
	CHECK_INT(view_of(&image, 1)->partial, 1);
	page->used -= 16;
	page->first += 16;
	cell[1] = cell[0];
	CHECK_INT(view_of(&image, 1)->partial, 1);
	teardown();
}

static void check_definition(struct segment_image *image, uint32_t *member,
			     uint32_t value)
{
	const struct telemetry_snapshot *s;
	uint32_t good = *member;

	*member = value;
	s = view_of(image, 1);
	CHECK_INT(s->partial, 1);
	CHECK_INT(s->metric_count, 0);
	*member = good;
}

TEST(definitions_that_cannot_be)
{
	struct segment_image image;
	struct metric_block *m;
	uint32_t i;

	setup();
	define("distribution(d, event=a.b, measurement=n, tags=[k])");
	emit_one("a.b", telemetry_i64("n", 1), "k", "v");
	copy_image(&image);
	m = body_of(&image, SEGMENT_METRIC);
	check_definition(&image, &m->type, 6);
	check_definition(&image, &m->name, 0);
	check_definition(&image, &m->name, 3);
	check_definition(&image, &m->unit, 3);
	check_definition(&image, &m->tags[0], 3);
	check_definition(&image, (uint32_t *)&m->numerator, 0);
	check_definition(&image, (uint32_t *)&m->denominator, 0);
	for (i = METRIC_TAGS_MAX + 1; i < 1000000000; i *= 2)
		check_definition(&image, &m->tag_count, i);
	for (i = m->bound_count + 3; i < 1000000000; i *= 2)
		check_definition(&image, &m->bound_count, i);
	m->bounds[3] = m->bounds[2];
	check_definition(&image, &m->flags, m->flags);
	m->bounds[3] = NAN;
	check_definition(&image, &m->flags, m->flags);
	teardown();
}

TEST(a_cell_between_two_stores)
{
	const struct telemetry_sample *x;
	struct segment_image image;
	struct cell_distribution *cell;
	struct cell_page *page;

	setup();
	define("distribution(d, event=a.b, measurement=n, buckets=[10])");
	emit_one("a.b", telemetry_i64("n", 7), "", "");
	copy_image(&image);
	page = body_of(&image, SEGMENT_CELL);
	cell = (void *)((char *)page + page->first);
	CHECK(cell->min == 7 && cell->buckets[0] == 1);
	cell->min = INFINITY;
	cell->max = -INFINITY;
	x = find_sample(view_of(&image, 1), "d", "", "");
	CHECK(x->min == 7 && x->max == 7);
	teardown();
}
