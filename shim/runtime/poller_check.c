/*
 * poller_check.c - says what is wrong with a poller, and what was expected.
 */
#include "runtime/poller_check.h"

#include "base/buf.h"
#include "base/log.h"
#include "event/event.h"
#include "runtime/measure.h"
#include "runtime/poller_list.h"

#include <string.h>

#define LONGEST_MS (365ll * 24 * 3600 * 1000)

bool poller_refuse(const char *name, const char *format, ...)
{
	char text[512];
	struct buf b = BUF(text);
	va_list args;

	va_start(args, format);
	buf_vprintf(&b, format, &args);
	va_end(args);
	log_error("telemetry_poller_start(): poller \"%s\": %s",
		  name ? name : "", text);
	return false;
}

static bool is_name(const char *name)
{
	return *name && strlen(name) <= TELEMETRY_NAME_MAX;
}

bool poller_check_options(const struct telemetry_poller_options *o)
{
	if (o->name && !is_name(o->name))
		return poller_refuse(
			NULL, "its name is %s, expected 1 to %d bytes",
			*o->name ? "too long" : "empty", TELEMETRY_NAME_MAX);
	if (o->period_ms < 1 || o->period_ms > LONGEST_MS)
		return poller_refuse(
			o->name,
			"period_ms is %lld, expected a number from "
			"1 to %lld",
			(long long)o->period_ms, LONGEST_MS);
	if (o->init_delay_ms < 0 || o->init_delay_ms > LONGEST_MS)
		return poller_refuse(o->name,
				     "init_delay_ms is %lld, expected a number "
				     "from 0 to %lld",
				     (long long)o->init_delay_ms, LONGEST_MS);
	if (o->measurement_count > TELEMETRY_MEASUREMENTS_MAX)
		return poller_refuse(o->name, "%zu measurements, at most %d",
				     o->measurement_count,
				     TELEMETRY_MEASUREMENTS_MAX);
	if (o->measurement_count &&
	    (!o->measurements || o->measurement_size < sizeof(uint32_t) * 2))
		return poller_refuse(
			o->name,
			"measurements are missing, expected a list "
			"of %zu",
			o->measurement_count);
	return true;
}

static bool check_threads(const char *poller, size_t i,
			  const struct telemetry_measurement *m)
{
	size_t k;

	if (!m->name || !event_name_is_valid(m->name, strlen(m->name)))
		return poller_refuse(poller,
				     "measurement %zu: \"%s\" is no event name",
				     i, m->name ? m->name : "");
	if (!m->thread || !is_name(m->thread))
		return poller_refuse(poller,
				     "measurement %zu: no thread, expected a "
				     "name, a glob or a thread id",
				     i);
	if (!m->keys || m->key_count == 0 || m->key_count > POLLER_KEYS_MAX)
		return poller_refuse(poller,
				     "measurement %zu: %zu keys, expected 1 to "
				     "%d",
				     i, m->key_count, POLLER_KEYS_MAX);
	for (k = 0; k < m->key_count; k++)
		if (!m->keys[k] || poller_key(m->keys[k]) < 0)
			return poller_refuse(
				poller,
				"measurement %zu: \"%s\" is no key of a "
				"thread, "
				"expected one of %s",
				i, m->keys[k] ? m->keys[k] : "",
				"user, system, minor_faults, major_faults, "
				"voluntary, involuntary, run_delay, "
				"timeslices");
	return true;
}

bool poller_check_measurement(const char *poller, size_t i,
			      const struct telemetry_measurement *m)
{
	if (m->policy > TELEMETRY_POLL_REMOVE)
		return poller_refuse(poller,
				     "measurement %zu: policy %u, expected "
				     "TELEMETRY_POLL_KEEP or _REMOVE",
				     i, m->policy);
	switch (m->kind) {
	case TELEMETRY_POLL_BUILTIN:
		if (m->name && measure_find(m->name))
			return true;
		return poller_refuse(
			poller,
			"measurement %zu: \"%s\" is none, expected "
			"%s",
			i, m->name ? m->name : "", measure_names());
	case TELEMETRY_POLL_CALL:
		if (m->name && strlen(m->name) > TELEMETRY_NAME_MAX)
			return poller_refuse(
				poller, "measurement %zu: its name is too long",
				i);
		return m->function ||
		       poller_refuse(poller,
				     "measurement %zu: no function to call", i);
	case TELEMETRY_POLL_THREAD:
		return check_threads(poller, i, m);
	default:
		return poller_refuse(
			poller,
			"measurement %zu: kind %u, expected one of "
			"enum telemetry_measurement_kind",
			i, m->kind);
	}
}
