/*
 * condition.c - keep and drop: does a metric take an event?
 *
 * How conditions are written is option_rules.c's, and where their fields are
 * found extract.c's business.
 */
#include "metric/condition.h"

#include "base/glob.h"
#include "metric/extract.h"

#include <string.h>

/* How a number compares; UNORDERED: one of the two is none. */
enum order { LESS, SAME, GREATER, UNORDERED };

static enum order order_of_integers(int64_t a, int64_t b)
{
	return a < b ? LESS : a > b ? GREATER : SAME;
}

static enum order order_of_reals(double a, double b)
{
	return a < b ? LESS : a > b ? GREATER : a == b ? SAME : UNORDERED;
}

/* Integers are compared as such: no two of them look the same. */
static enum order order_of_integer(int64_t value,
				   const struct metric_condition *c)
{
	if (c->is_integer)
		return order_of_integers(value, c->as.integer);
	return order_of_reals((double)value, c->as.real);
}

static enum order order_of_real(double value, const struct metric_condition *c)
{
	return order_of_reals(value, c->is_integer ? (double)c->as.integer
						   : c->as.real);
}

static enum order order_of(const struct telemetry_value *value,
			   const struct metric_condition *c)
{
	switch (value->type) {
	case TELEMETRY_INT64:
		return order_of_integer(value->as.i64, c);
	case TELEMETRY_UINT64:
		if (value->as.u64 <= INT64_MAX)
			return order_of_integer((int64_t)value->as.u64, c);
		if (c->is_integer)
			return GREATER;
		return order_of_reals((double)value->as.u64, c->as.real);
	case TELEMETRY_DOUBLE:
		return order_of_real(value->as.f64, c);
	case TELEMETRY_BOOL:
		return order_of_integer(value->as.boolean != 0, c);
	default:
		return UNORDERED;
	}
}

static bool is_number(const struct telemetry_value *value)
{
	return value->type == TELEMETRY_INT64 ||
	       value->type == TELEMETRY_UINT64 ||
	       value->type == TELEMETRY_DOUBLE || value->type == TELEMETRY_BOOL;
}

static bool is_equal(const struct telemetry_value *value,
		     const struct metric_condition *c)
{
	size_t length = c->text ? c->text->length : 0;
	struct tag_text text;

	if ((c->is_integer || c->is_real) && is_number(value))
		return order_of(value, c) == SAME;
	extract_text(value, &text);
	return text.length == length &&
	       (length == 0 || memcmp(text.text, c->text->text, length) == 0);
}

static bool is_like(const struct telemetry_value *value,
		    const struct metric_condition *c)
{
	struct tag_text text;

	extract_text(value, &text);
	return glob_match(c->text ? c->text->text : "",
			  c->text ? c->text->length : 0, text.text,
			  text.length);
}

static bool holds(const struct telemetry_value *value,
		  const struct metric_condition *c)
{
	enum order order;

	switch (c->relation) {
	case METRIC_EQUAL:
		return is_equal(value, c);
	case METRIC_UNEQUAL:
		return !is_equal(value, c);
	case METRIC_LIKE:
		return is_like(value, c);
	case METRIC_UNLIKE:
		return !is_like(value, c);
	default:
		break;
	}
	order = order_of(value, c);
	switch (c->relation) {
	case METRIC_LESS:
		return order == LESS;
	case METRIC_AT_MOST:
		return order == LESS || order == SAME;
	case METRIC_MORE:
		return order == GREATER;
	default:
		return order == GREATER || order == SAME;
	}
}

static bool all_hold(struct attachment *attachment,
		     const struct occurrence *occurrence)
{
	const struct metric *m = attachment->metric;
	uint32_t i;

	for (i = 0; i < m->definition.condition_count; i++) {
		struct telemetry_value value = { .type = TELEMETRY_NULL };

		extract_value(&m->condition_keys[i], occurrence,
			      &attachment->condition_hints[i], &value);
		if (!holds(&value, &m->definition.conditions[i]))
			return false;
	}
	return true;
}

bool condition_keeps(struct attachment *attachment,
		     const struct occurrence *occurrence)
{
	return all_hold(attachment, occurrence) !=
	       attachment->metric->definition.drops;
}
