/*
 * emit_define.h - the part of emit.c that defines metrics in C:
 *
 *   define:TYPE NAME [member=value]...   delete:NAME   series:NAME [tag=value]...
 *
 * print what was returned.  Members are those of struct
 * telemetry_metric_options; + is between the items of a list, and a blank in
 * `options` and `description`.  Functions are known by their names below.
 */
#include <telemetry/metrics.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int destroyed;

static double real_of(const struct telemetry_value *v)
{
	return !v			     ? 0
	       : v->type == TELEMETRY_DOUBLE ? v->as.f64
	       : v->type == TELEMETRY_UINT64 ? (double)v->as.u64
					     : (double)v->as.i64;
}

/* Of the measurements alone: a + b. */
static int both(const char *event, const struct telemetry_fields *m,
		const struct telemetry_fields *metadata,
		struct telemetry_value *value, void *config)
{
	(void)event, (void)metadata, (void)config;
	value->type = TELEMETRY_INT64;
	value->as.i64 = (int64_t)(real_of(telemetry_get(m, "a")) +
				  real_of(telemetry_get(m, "b")));
	return 0;
}

/* Of the metadata: whatever n is; NULL without one. */
static int of_metadata(const char *event, const struct telemetry_fields *m,
		       const struct telemetry_fields *metadata,
		       struct telemetry_value *value, void *config)
{
	const struct telemetry_value *n = telemetry_get(metadata, "n");

	(void)event, (void)m, (void)config;
	if (n)
		*value = *n;
	return 0;
}

static int bad_measure(const char *event, const struct telemetry_fields *m,
		       const struct telemetry_fields *metadata,
		       struct telemetry_value *value, void *config)
{
	(void)m, (void)metadata, (void)config;
	value->type = TELEMETRY_INT64;
	return strcmp(event, "bad.e") ? 0 : -5;
}

/* Looks at both. */
static int big_and_paid(const char *event, const struct telemetry_fields *m,
			const struct telemetry_fields *metadata, void *config)
{
	const struct telemetry_value *paid = telemetry_get(metadata, "paid");

	(void)event, (void)config;
	return real_of(telemetry_get(m, "n")) >= 10 && paid && paid->as.boolean;
}

static int bad_choice(const char *event, const struct telemetry_fields *m,
		      const struct telemetry_fields *metadata, void *config)
{
	(void)event, (void)m, (void)metadata, (void)config;
	return -7;
}

/* All of the metadata; fails if that is too much. */
static int whole(const char *event, const struct telemetry_fields *m,
		 const struct telemetry_fields *metadata,
		 struct telemetry_tag_set *tags, void *config)
{
	size_t i;

	(void)event, (void)m, (void)config;
	for (i = 0; i < metadata->count; i++)
		if (telemetry_tag_add(tags, metadata->items[i]))
			return -1;
	return 0;
}

/* k in capitals, and one that is no tag; fails if k is "fail". */
static int capitals(const char *event, const struct telemetry_fields *m,
		    const struct telemetry_fields *metadata,
		    struct telemetry_tag_set *tags, void *config)
{
	const struct telemetry_value *k = telemetry_get(metadata, "k");
	char text[64];
	size_t i;

	(void)event, (void)m, (void)config;
	telemetry_tag_add(tags, TELEMETRY_I64("more", 1));
	if (!k)
		return 0;
	for (i = 0; i < k->length; i++)
		text[i] = (char)toupper((unsigned char)k->as.string[i]);
	if (i == 4 && !memcmp(text, "FAIL", 4))
		return -1;
	return telemetry_tag_copy(tags, "k", text, i);
}

static void count_destroy(void *config)
{
	(void)config;
	destroyed++;
}

static telemetry_measure measure_of(const char *name)
{
	return !strcmp(name, "both")	      ? both
	       : !strcmp(name, "of_metadata") ? of_metadata
					      : bad_measure;
}

static telemetry_choice choice_of(const char *name)
{
	return !strcmp(name, "big_and_paid") ? big_and_paid : bad_choice;
}

static const char *blanks(char *text)
{
	char *c;

	for (c = text; *c; c++)
		if (*c == '+')
			*c = ' ';
	return text;
}

static size_t list(char *text, const char **items)
{
	size_t n = 0;
	char *rest, *item;

	for (item = strtok_r(text, "+", &rest); item;
	     item = strtok_r(NULL, "+", &rest))
		items[n++] = item;
	return n;
}

static void set_member(struct telemetry_metric_options *o, const char *key,
		       char *value)
{
	static const char *tags[16], *numbers[128];
	static double buckets[128];
	size_t i;

	if (!strcmp(key, "event_name"))
		o->event_name = value;
	else if (!strcmp(key, "measurement"))
		o->measurement = value;
	else if (!strcmp(key, "unit"))
		o->unit = value;
	else if (!strcmp(key, "description"))
		o->description = blanks(value);
	else if (!strcmp(key, "options"))
		o->options = blanks(value);
	else if (!strcmp(key, "max_series"))
		o->max_series = (uint32_t)atoi(value);
	else if (!strcmp(key, "expire_ms"))
		o->expire_ms = (uint32_t)atoi(value);
	else if (!strcmp(key, "up_down"))
		o->up_down = (uint32_t)atoi(value);
	else if (!strcmp(key, "measure"))
		o->measure = measure_of(value);
	else if (!strcmp(key, "keep"))
		o->keep = choice_of(value);
	else if (!strcmp(key, "drop"))
		o->drop = choice_of(value);
	else if (!strcmp(key, "tag_set"))
		o->tag_set = whole;
	else if (!strcmp(key, "tag_values"))
		o->tag_values = capitals;
	else if (!strcmp(key, "tags")) {
		o->tag_count = list(value, tags);
		o->tags = tags;
	} else if (!strcmp(key, "buckets")) {
		o->bucket_count = list(value, numbers);
		for (i = 0; i < o->bucket_count; i++)
			buckets[i] = atof(numbers[i]);
		o->buckets = buckets;
	} else
		exit(5);
}

static int define_type(const char *type, const char *name,
		       const struct telemetry_metric_options *o)
{
	if (!strcmp(type, "counter"))
		return telemetry_counter(name, o);
	if (!strcmp(type, "sum"))
		return telemetry_sum(name, o);
	if (!strcmp(type, "last_value"))
		return telemetry_last_value(name, o);
	if (!strcmp(type, "summary"))
		return telemetry_summary(name, o);
	return telemetry_distribution(name, o);
}

static void define_metric(char *text)
{
	struct telemetry_metric_options o = { .struct_size = sizeof(o),
					      .destroy = count_destroy };
	char *rest, *type = strtok_r(text, " ", &rest);
	char *name = strtok_r(NULL, " ", &rest), *word, *equals;

	while ((word = strtok_r(NULL, " ", &rest))) {
		equals = strchr(word, '=');
		if (!equals)
			exit(5);
		*equals = '\0';
		set_member(&o, word, equals + 1);
	}
	if (name && !strcmp(name, "''"))
		name = name + 2;
	printf("%s %s: %d\n", type, name ? name : "NULL",
	       define_type(type, name, name ? &o : NULL));
}

static void delete_metric(const char *name)
{
	int result = telemetry_metric_delete(name);

	printf("delete %s: %d, %d destroyed\n", name, result, destroyed);
}

/* "METRIC key=value..." */
static void delete_series(char *text)
{
	struct telemetry_field tags[8];
	char *rest, *metric = strtok_r(text, " ", &rest), *word, *equals;
	size_t n = 0;

	while ((word = strtok_r(NULL, " ", &rest)) && n < 8) {
		equals = strchr(word, '=');
		if (!equals)
			exit(5);
		*equals = '\0';
		tags[n++] = TELEMETRY_STR(word, equals + 1);
	}
	printf("series of %s: %d\n", metric,
	       telemetry_series_delete(metric, tags, n));
}
