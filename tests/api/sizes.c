/*
 * The public structures and numbers are an ABI: programs and reporters are built
 * once.  Members are added at the end only, of structures with a struct_size
 * only; a number here is never changed.
 */
#include <telemetry/metrics.h>
#include <telemetry/reporter.h>
#include <telemetry/telemetry.h>

#define SAME(x, n) _Static_assert((x) == (n), #x " is not " #n)
#define AT(type, member, n) SAME(offsetof(struct type, member), n)
#define LEAST(type, n)                                                         \
	_Static_assert(sizeof(struct type) >= (n), #type " has shrunk")

SAME(TELEMETRY_NAME_MAX, 255);
SAME(TELEMETRY_FIELDS_MAX, 32);
SAME(TELEMETRY_NULL, 0);
SAME(TELEMETRY_INT64, 1);
SAME(TELEMETRY_UINT64, 2);
SAME(TELEMETRY_DOUBLE, 3);
SAME(TELEMETRY_BOOL, 4);
SAME(TELEMETRY_STRING, 5);
SAME(TELEMETRY_POINTER, 6);
SAME(TELEMETRY_DETACH, 0);
SAME(TELEMETRY_KEEP, 1);
SAME(TELEMETRY_QUARANTINE, 2);
SAME(TELEMETRY_ACTIVE, 0);
SAME(TELEMETRY_PAUSED, 1);

/* Arrays of these are passed, or they are the caller's: fixed for ever. */
SAME(sizeof(struct telemetry_value), 16);
AT(telemetry_value, type, 0);
AT(telemetry_value, flags, 2);
AT(telemetry_value, length, 4);
AT(telemetry_value, as, 8);
SAME(sizeof(struct telemetry_field), 24);
AT(telemetry_field, key, 0);
AT(telemetry_field, value, 8);
SAME(sizeof(struct telemetry_fields), 16);
AT(telemetry_fields, items, 0);
AT(telemetry_fields, count, 8);
SAME(sizeof(struct telemetry_span), 256);
AT(telemetry_span, opaque, 0);
AT(telemetry_span, metadata, 64);

LEAST(telemetry_attach_options, 32);
AT(telemetry_attach_options, struct_size, 0);
AT(telemetry_attach_options, policy, 4);
AT(telemetry_attach_options, destroy, 8);
AT(telemetry_attach_options, failures, 16);
AT(telemetry_attach_options, longest_ms, 24);
LEAST(telemetry_handler_info, 64);
AT(telemetry_handler_info, struct_size, 0);
AT(telemetry_handler_info, id, 8);
AT(telemetry_handler_info, event, 16);
AT(telemetry_handler_info, function, 24);
AT(telemetry_handler_info, config, 32);
AT(telemetry_handler_info, policy, 40);
AT(telemetry_handler_info, paused_until, 56);

SAME(TELEMETRY_TAGS_MAX, 8);
LEAST(telemetry_tag_set, 40);
AT(telemetry_tag_set, fields, 24);
AT(telemetry_tag_set, text, 32);
LEAST(telemetry_metric_options, 144);
AT(telemetry_metric_options, up_down, 4);
AT(telemetry_metric_options, event_name, 8);
AT(telemetry_metric_options, tags, 24);
AT(telemetry_metric_options, buckets, 56);
AT(telemetry_metric_options, max_series, 72);
AT(telemetry_metric_options, expire_ms, 76);
AT(telemetry_metric_options, options, 80);
AT(telemetry_metric_options, measure, 88);
AT(telemetry_metric_options, tag_set, 112);
AT(telemetry_metric_options, config, 128);
AT(telemetry_metric_options, destroy, 136);

SAME(TELEMETRY_REPORTER_ABI, 2);
SAME(TELEMETRY_COUNTER, 1);
SAME(TELEMETRY_SUM, 2);
SAME(TELEMETRY_LAST_VALUE, 3);
SAME(TELEMETRY_SUMMARY, 4);
SAME(TELEMETRY_DISTRIBUTION, 5);
SAME(TELEMETRY_RECORD_EVENT, 1);
SAME(TELEMETRY_RECORD_STOP, 2);
SAME(TELEMETRY_RECORD_EXCEPTION, 3);
SAME(TELEMETRY_ATTRIBUTE_STRING, 1);
SAME(TELEMETRY_ATTRIBUTE_INT, 2);
SAME(TELEMETRY_ATTRIBUTE_DOUBLE, 3);
SAME(TELEMETRY_ATTRIBUTE_BOOL, 4);

/* Elements of arrays that a reporter walks: fixed for this ABI. */
SAME(sizeof(struct telemetry_tag), 16);
SAME(sizeof(struct telemetry_exemplar), 24);
AT(telemetry_exemplar, span_id, 16);
SAME(sizeof(struct telemetry_sample), 120);
AT(telemetry_sample, exemplars, 104);
AT(telemetry_sample, quantiles, 64);
AT(telemetry_sample, process, 96);
SAME(sizeof(struct telemetry_metric), 72);
AT(telemetry_metric, sample_count, 64);
SAME(sizeof(struct telemetry_process), 56);
AT(telemetry_process, started, 32);
AT(telemetry_process, attributes, 40);
SAME(sizeof(struct telemetry_attribute), 40);
AT(telemetry_attribute, number, 32);
SAME(sizeof(struct telemetry_record), 104);
AT(telemetry_record, truncated, 96);

LEAST(telemetry_snapshot, 48);
AT(telemetry_snapshot, process_count, 40);
LEAST(telemetry_batch, 48);
AT(telemetry_batch, lost, 40);
LEAST(telemetry_host, 40);
AT(telemetry_host, monotonic_ns, 24);
AT(telemetry_host, snapshot, 32);
LEAST(telemetry_reporter, 104);
AT(telemetry_reporter, open, 32);
AT(telemetry_reporter, close, 80);
AT(telemetry_reporter, wait, 88);
AT(telemetry_reporter, serve, 96);

int main(void)
{
	return 0;
}
