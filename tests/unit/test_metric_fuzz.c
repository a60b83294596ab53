/*
 * test_metric_fuzz.c - snapshots of images that say anything.
 */
#include "metric_fixture.h"

#include "base/heap_block.h"

#define MUTATIONS 5000

/* Reads whatever a reporter may read. */
static double walk_sample(const struct telemetry_metric *m,
			  const struct telemetry_sample *s, size_t processes)
{
	double sum = s->value + s->min + s->max + (double)s->time;
	size_t i;

	CHECK(s->process < processes);
	CHECK(s->count > 0);
	for (i = 0; i < s->tag_count; i++)
		sum += (double)(strlen(s->tags[i].key) +
				strlen(s->tags[i].value));
	for (i = 0; s->buckets && i <= m->bound_count; i++)
		sum += (double)s->buckets[i];
	CHECK(m->type != TELEMETRY_DISTRIBUTION || s->buckets);
	for (i = 0; i < 4; i++)
		sum += s->quantiles[i];
	return sum;
}

static double walk(const struct telemetry_snapshot *s)
{
	double sum = 0;
	size_t i, j;

	for (i = 0; i < s->process_count; i++)
		sum += (double)(strlen(s->processes[i].executable) +
				strlen(s->processes[i].service));
	for (i = 0; i < s->metric_count; i++) {
		const struct telemetry_metric *m = &s->metrics[i];

		CHECK(m->type >= 1 && m->type <= 5 && m->name[0]);
		sum += (double)(strlen(m->unit) + strlen(m->description));
		for (j = 0; j < m->bound_count; j++)
			sum += m->bounds[j];
		for (j = 0; j < m->sample_count; j++)
			sum += walk_sample(m, &m->samples[j], s->process_count);
	}
	return sum;
}

static uint64_t state = 7;

static uint32_t next_random(uint32_t below)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33) % below;
}

/* Changes a few words; sizes of blocks stay, as an image's are checked. */
static void mutate(uint8_t *bytes, size_t size)
{
	static const uint32_t odd[] = { 0,    1,  0x7fffffff, 0xffffffff,
					0x80, 16, 17 };
	uint32_t count = next_random(4) + 1;

	while (count-- > 0) {
		size_t at =
			sizeof(struct segment_header) +
			next_random((uint32_t)(size -
					       sizeof(struct segment_header)) /
				    4) *
				4;
		uint32_t value = next_random(3) ? odd[next_random(7)]
						: next_random(4000);

		memcpy(bytes + at, &value, sizeof(value));
	}
}

static bool sizes_are_sound(const struct segment_image *image)
{
	size_t at = image->header->size;

	while (at < image->size) {
		const struct segment_block *b =
			(const void *)(image->bytes + at);

		if (image->size - at < sizeof(*b) || b->size < sizeof(*b) ||
		    b->size % 16 || b->size > image->size - at)
			return false;
		at += b->size;
	}
	return true;
}

TEST(images_that_say_anything)
{
	struct segment_image good, image;
	double sum = 0;
	int i, partial = 0, walked = 0;

	setup();
	define_one_of_each();
	emit_some();
	segment_alloc(SEGMENT_HEAP, sizeof(struct heap_block), 1, 0);
	segment_drop(DROP_RING, 1);
	copy_image(&good);
	image = good;
	image.bytes = fenced(good.size);
	image.header = (const void *)image.bytes;
	for (i = 0; i < MUTATIONS; i++) {
		memcpy((void *)(uintptr_t)image.bytes, good.bytes, good.size);
		mutate((void *)(uintptr_t)image.bytes, image.size);
		if (!sizes_are_sound(&image))
			continue;
		fixture_snapshot = snapshot_new();
		snapshot_add(fixture_snapshot, &good);
		snapshot_add(fixture_snapshot, &image);
		sum += walk(snapshot_view(fixture_snapshot)) > 0;
		partial += snapshot_view(fixture_snapshot)->partial;
		walked++;
		snapshot_free(fixture_snapshot);
	}
	CHECK(walked > MUTATIONS / 2);
	CHECK(partial > walked / 20 && partial < walked);
	CHECK(sum > 0);
	teardown();
}
