/*
 * measure.c - the measurement out of an event, or the reason why there is none.
 */
#include "metric/extract.h"

#include "base/log.h"
#include "base/segment.h"
#include "metric/field.h"

#include <float.h>

static inline void set_integer(struct measure *measure, int64_t integer)
{
	measure->is_integer = true;
	measure->integer = integer;
	measure->real = (double)integer;
}

static inline bool set_real(struct measure *measure, double real)
{
	measure->is_integer = false;
	measure->integer = 0;
	measure->real = real;
	/* Neither a NaN nor an infinity can be taken out of a sum again. */
	return real - real == 0;
}

static bool set_value(struct measure *measure,
		      const struct telemetry_value *value)
{
	switch (value->type) {
	case TELEMETRY_UINT64:
		if (value->as.u64 > INT64_MAX)
			return set_real(measure, (double)value->as.u64);
		set_integer(measure, (int64_t)value->as.u64);
		return true;
	case TELEMETRY_INT64:
		set_integer(measure, value->as.i64);
		return true;
	case TELEMETRY_DOUBLE:
		return set_real(measure, value->as.f64);
	case TELEMETRY_BOOL:
		set_integer(measure, value->as.boolean != 0);
		return true;
	default:
		return false;
	}
}

/* Events of wrappers have what is known (rows, but not of every statement),
 * exceptions little but their times, and most events that a glob meets are
 * not meant.  Else it is a mistake of the program or of the definition. */
static COLD bool no_measure(struct attachment *attachment,
			    const struct occurrence *occurrence, bool missing)
{
	const struct event *e = attachment->event;
	bool counts =
		!missing || (attachment->exact && !occurrence->interned_keys &&
			     !(e->span && e == e->span->exception));

	if (counts)
		segment_drop(DROP_VALUE, 1);
	if (attachment->exact && !load_relaxed(&attachment->told)) {
		store_relaxed(&attachment->told, true);
		log_info("metric \"%s\": event %s came %s \"%s\"",
			 attachment->metric->definition.name, e->name->text,
			 missing ? "without a measurement"
				 : "without a number as",
			 attachment->metric->measurement->text);
	}
	return false;
}

static bool is_wrong_sign(const struct metric *metric,
			  const struct measure *measure)
{
	if (likely(measure->real >= 0) || metric->type != METRIC_SUM ||
	    metric->up_down)
		return false;
	segment_drop(DROP_NEGATIVE, 1);
	return true;
}

bool extract_number(struct attachment *attachment,
		    const struct occurrence *occurrence,
		    const struct telemetry_value *value,
		    struct measure *measure)
{
	if (unlikely(!value || value->type == TELEMETRY_NULL))
		return no_measure(attachment, occurrence, true);
	if (unlikely(!set_value(measure, value)))
		return no_measure(attachment, occurrence, false);
	return !is_wrong_sign(attachment->metric, measure);
}

COLD void measure_limit(double *sum, double infinite)
{
	double limit = infinite > 0 ? DBL_MAX : -DBL_MAX;

	__atomic_store(sum, &limit, __ATOMIC_RELAXED);
	segment_drop(DROP_VALUE, 1);
}

bool extract_measure(struct attachment *attachment,
		     const struct occurrence *occurrence,
		     struct measure *measure)
{
	const struct metric *m = attachment->metric;

	if (m->source == MEASURE_DURATION && occurrence->duration != 0) {
		set_integer(measure, (int64_t)occurrence->duration);
		return true;
	}
	if (m->source == MEASURE_TIME && occurrence->time != 0) {
		set_integer(measure, (int64_t)occurrence->time);
		return true;
	}
	return extract_number(attachment, occurrence,
			      field_find(&occurrence->measurements,
					 m->measurement,
					 occurrence->interned_keys,
					 &attachment->measure_hint),
			      measure);
}
