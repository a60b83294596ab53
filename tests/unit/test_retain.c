/* test_retain.c - what is kept of the dead adds up like their segments. */
#include "metric/retain.h"

#include "metric_fixture.h"

#include "base/heap_block.h"

#include <math.h>

static struct segment_image retained;

/* The images and what was kept before, as one image. */
static void retain(const struct segment_image *images, size_t count)
{
	struct retain *r = retain_new("/bin/x", "shop");
	struct segment_image before = retained;
	size_t i;

	CHECK(r != NULL);
	if (before.header)
		CHECK_INT(retain_add(r, &before), 0);
	for (i = 0; i < count; i++)
		CHECK_INT(retain_add(r, &images[i]), 0);
	CHECK_INT(retain_image(r, SEGMENT_RETAINED, &retained), 0);
	segment_release(&before);
	retain_free(r);
}

/* A new segment, as in the child of a fork. */
static void begin_again(void)
{
	segment_after_fork();
	metric_after_fork();
	segment_forget_parent();
	thread_self.owner->metric = NULL;
}

static struct segment_header *dead_copy(struct segment_image *image)
{
	struct segment_header *header = copy_image(image);

	header->pid = INT32_MAX;
	return header;
}

static void check_same_sample(const struct telemetry_metric *m,
			      const struct telemetry_sample *x,
			      const struct telemetry_sample *y)
{
	size_t i;

	CHECK_INT(y->count, x->count);
	CHECK(y->value == x->value);
	CHECK(y->min == x->min && y->max == x->max);
	CHECK_INT(y->tag_count, x->tag_count);
	for (i = 0; i < x->tag_count; i++)
		CHECK_STR(y->tags[i].value, x->tags[i].value);
	for (i = 0; i < 4; i++)
		CHECK(y->quantiles[i] == x->quantiles[i]);
	for (i = 0; x->buckets && i <= m->bound_count; i++)
		CHECK_INT(y->buckets[i], x->buckets[i]);
}

static void check_same(const struct telemetry_metric *a,
		       const struct telemetry_metric *b)
{
	size_t i;

	CHECK(b != NULL);
	CHECK_STR(b->unit, a->unit);
	CHECK_STR(b->description, a->description);
	CHECK_INT(b->sample_count, a->sample_count);
	for (i = 0; i < a->sample_count; i++)
		check_same_sample(a, &a->samples[i], &b->samples[i]);
}

TEST(adds_up_like_the_segments_themselves)
{
	const struct telemetry_snapshot *s, *t;
	struct segment_image images[3], copy;
	struct heap_block *heap;
	size_t i;

	setup();
	define_one_of_each();
	emit_some();
	heap = segment_alloc(SEGMENT_HEAP, sizeof(*heap), 0, 0);
	CHECK(heap != NULL);
	heap->calls[HEAP_MALLOC] = heap->size_buckets[5] = 7;
	heap->allocated = heap->requested = 7 * 30;
	segment_drop(DROP_TAG, 5);
	for (i = 0; i < 3; i++)
		dead_copy(&images[i]);
	s = view_of(images, 3);
	/* In several steps, and the result is a sound segment. */
	retain(images, 1);
	retain(images + 1, 2);
	retain(NULL, 0);
	CHECK_INT(segment_read_memory((void *)(uintptr_t)retained.bytes,
				      retained.size, &copy),
		  0);
	t = view_of(&copy, 1);
	CHECK_INT(t->process_count, 1);
	CHECK_INT(t->processes[0].count, 3);
	CHECK_INT(t->processes[0].live, 0);
	CHECK_INT(t->processes[0].pid, INT32_MAX);
	CHECK_INT(t->processes[0].started, s->processes[0].started);
	CHECK_STR(t->processes[0].service, "shop");
	CHECK_STR(t->processes[0].executable, "/bin/x");
	CHECK_INT(t->metric_count, s->metric_count);
	for (i = 0; i < s->metric_count; i++)
		check_same(&s->metrics[i], find_metric(t, s->metrics[i].name));
	CHECK(find_metric(t, "u") == NULL && find_metric(t, "l") == NULL);
	CHECK_INT(find_sample(t, "telemetry.dropped", "reason", "tag")->count,
		  find_sample(s, "telemetry.dropped", "reason", "tag")->count);
	teardown();
}

/* Of all of them, also when the date was set back before the next ones began. */
TEST(the_first_start_is_kept)
{
	struct segment_image images[3];
	uint64_t start = 0;
	int i;

	setup();
	define_one_of_each();
	emit_some();
	for (i = 0; i < 3; i++) {
		struct segment_header *h = dead_copy(&images[i]);

		start = i ? start : h->started_wall;
		h->started_boottime += (uint64_t)i * 1000;
		h->started_wall -= (uint64_t)i * 2000;
	}
	retain(images + 1, 1);
	retain(images, 1);
	CHECK_INT(retained.header->started_wall, start);
	retain(images + 2, 1);
	CHECK_INT(retained.header->started_wall, start);
	/* The date alone, of what was kept before that was known. */
	((struct segment_header *)(uintptr_t)retained.header)
		->started_boottime = 0;
	retain(images + 2, 1);
	CHECK_INT(retained.header->started_wall, start - 4000);
	teardown();
}

TEST(is_bounded_by_the_limit_of_series)
{
	const struct telemetry_snapshot *s;
	struct segment_image image;
	char tag[16];
	size_t first = 0;
	int i, round;

	setup();
	define("counter(c, event=a.b, tags=[k], max_series=5)");
	for (round = 0; round < 40; round++) {
		for (i = 0; i < 4; i++) {
			snprintf(tag, sizeof(tag), "%d", round * 4 + i);
			emit_one("a.b", telemetry_i64("n", 1), "k", tag);
		}
		copy_image(&image);
		retain(&image, 1);
		if (round == 20)
			first = retained.size;
		begin_again();
	}
	CHECK(retained.size == first);
	s = view_of(&retained, 1);
	CHECK_INT(find_metric(s, "c")->sample_count, 6);
	CHECK_INT(find_sample(s, "c", "otel.metric.overflow", "true")->count,
		  155);
	CHECK_INT(find_sample(s, "c", "k", "4")->count, 1);
	teardown();
}

/* More than 64 bits hold. */
TEST(sums_do_not_wrap_around)
{
	struct segment_image image;
	double value;
	int i;

	setup();
	define("sum(s, event=a.b, measurement=n)");
	emit_one("a.b", telemetry_i64("n", INT64_MAX), "", "");
	dead_copy(&image);
	for (i = 0; i < 6; i++)
		retain(&image, 1);
	value = find_sample(view_of(&retained, 1), "s", "", "")->value;
	CHECK(fabs(value / (6 * 0x1p63) - 1) < 1e-12);
	teardown();
}

TEST(keeps_the_attributes_of_the_last)
{
	struct segment_options options = {
		.attributes = "a=b%2Cc, region = eu ,a=2,service.name=x"
	};
	const struct telemetry_process *p;
	struct segment_image image;

	setup();
	segment_configure(&options);
	define_one_of_each();
	emit_some();
	dead_copy(&image);
	retain(&image, 1);
	p = view_of(&retained, 1)->processes;
	CHECK_INT(p->attribute_count, 2);
	CHECK_STR(p->attributes[0].key, "a");
	CHECK_STR(p->attributes[0].value, "2");
	CHECK_STR(p->attributes[1].key, "region");
	CHECK_STR(p->attributes[1].value, "eu");
	teardown();
}

static size_t attributes_of(const char *text)
{
	struct segment_options options = { .attributes = text };
	struct segment_image image;

	segment_configure(&options);
	begin_again();
	emit_some();
	copy_image(&image);
	return view_of(&image, 1)->processes[0].attribute_count;
}

TEST(attributes_are_void_if_one_is)
{
	setup();
	define_one_of_each();
	CHECK_INT(attributes_of("a=1,b=2,,"), 2);
	CHECK_INT(attributes_of("a=%41%2c%2C"), 1);
	CHECK_INT(attributes_of("a=1,b"), 0);
	CHECK_INT(attributes_of("a=1,=2"), 0);
	CHECK_INT(attributes_of("a=%4"), 0);
	CHECK_INT(attributes_of("a=%zz"), 0);
	CHECK_INT(attributes_of("a=%00"), 0);
	CHECK_INT(attributes_of("a="), 1);
	teardown();
}
