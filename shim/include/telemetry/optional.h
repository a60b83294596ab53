/*
 * <telemetry/optional.h> - the functions of <telemetry/telemetry.h> for a
 * program that may run without the shim: each tests first whether it is there.
 * Included by telemetry.h.
 *
 * In C these are macros of the functions' names, so that the name without
 * arguments is still the weak symbol.  In C++ they are functions, and
 * ::telemetry_execute(...) works.
 */
#ifndef TELEMETRY_OPTIONAL_H
#define TELEMETRY_OPTIONAL_H

#include <telemetry/telemetry.h>

#ifdef __cplusplus
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow" /* a function and a structure */

inline int telemetry_attach(const char *id, const char *event,
			    telemetry_handler function, void *config)
{
	return telemetry_c::telemetry_attach
		       ? telemetry_c::telemetry_attach(id, event, function,
						       config)
		       : 0;
}

inline int telemetry_attach_many(const char *id, const char *const *events,
				 size_t count, telemetry_handler function,
				 void *config,
				 const struct telemetry_attach_options *options)
{
	return telemetry_c::telemetry_attach_many
		       ? telemetry_c::telemetry_attach_many(
				 id, events, count, function, config, options)
		       : 0;
}

inline int telemetry_detach(const char *id)
{
	return telemetry_c::telemetry_detach ? telemetry_c::telemetry_detach(id)
					     : 0;
}

inline int telemetry_detach_wait(const char *id)
{
	return telemetry_c::telemetry_detach_wait
		       ? telemetry_c::telemetry_detach_wait(id)
		       : 0;
}

inline int telemetry_list(
	const char *prefix,
	int (*visit)(const struct telemetry_handler_info *info, void *arg),
	void *arg)
{
	return telemetry_c::telemetry_list
		       ? telemetry_c::telemetry_list(prefix, visit, arg)
		       : 0;
}

inline int telemetry_execute(const char *event,
			     const struct telemetry_field *measurements,
			     size_t measurement_count,
			     const struct telemetry_field *metadata,
			     size_t metadata_count)
{
	return telemetry_c::telemetry_execute
		       ? telemetry_c::telemetry_execute(
				 event, measurements, measurement_count,
				 metadata, metadata_count)
		       : 0;
}

inline int telemetry_span_begin(struct telemetry_span *span, const char *name,
				const struct telemetry_field *metadata,
				size_t metadata_count)
{
	return telemetry_c::telemetry_span_begin
		       ? telemetry_c::telemetry_span_begin(span, name, metadata,
							   metadata_count)
		       : 0;
}

inline int telemetry_span_end(struct telemetry_span *span,
			      const struct telemetry_field *measurements,
			      size_t measurement_count,
			      const struct telemetry_field *metadata,
			      size_t metadata_count)
{
	return telemetry_c::telemetry_span_end
		       ? telemetry_c::telemetry_span_end(
				 span, measurements, measurement_count,
				 metadata, metadata_count)
		       : 0;
}

inline int telemetry_span_fail(struct telemetry_span *span, const char *kind,
			       const char *reason,
			       const struct telemetry_field *metadata,
			       size_t metadata_count)
{
	return telemetry_c::telemetry_span_fail
		       ? telemetry_c::telemetry_span_fail(
				 span, kind, reason, metadata, metadata_count)
		       : 0;
}

inline int telemetry_span(const char *name,
			  const struct telemetry_field *metadata,
			  size_t metadata_count, int (*function)(void *arg),
			  void *arg)
{
	return telemetry_c::telemetry_span
		       ? telemetry_c::telemetry_span(
				 name, metadata, metadata_count, function, arg)
		       : function(arg);
}

inline const char *telemetry_exception_type(const void *globals)
{
	return telemetry_c::telemetry_exception_type
		       ? telemetry_c::telemetry_exception_type(globals)
		       : nullptr;
}

/*
 * Has the shim been preloaded?  It may be switched off.
 * Owns:    nothing.
 * Threads: any.
 * From:    anywhere, handlers, constructors and signal handlers too.
 * Units:   none.
 * Errors:  none.
 */
inline bool telemetry_is_loaded()
{
	return telemetry_c::telemetry_execute;
}

#pragma GCC diagnostic pop
#else

/*
 * Has the shim been preloaded?  It may be switched off.
 * Owns:    nothing.
 * Threads: any.
 * From:    anywhere, handlers, constructors and signal handlers too.
 * Units:   none.
 * Errors:  none.
 */
static inline int telemetry_is_loaded(void)
{
	return telemetry_execute != NULL;
}

#define telemetry_execute(...)                                                 \
	(telemetry_execute ? telemetry_execute(__VA_ARGS__) : 0)
#define telemetry_attach(...)                                                  \
	(telemetry_attach ? telemetry_attach(__VA_ARGS__) : 0)
#define telemetry_attach_many(...)                                             \
	(telemetry_attach_many ? telemetry_attach_many(__VA_ARGS__) : 0)
#define telemetry_detach(...)                                                  \
	(telemetry_detach ? telemetry_detach(__VA_ARGS__) : 0)
#define telemetry_detach_wait(...)                                             \
	(telemetry_detach_wait ? telemetry_detach_wait(__VA_ARGS__) : 0)
#define telemetry_list(...) (telemetry_list ? telemetry_list(__VA_ARGS__) : 0)
#define telemetry_span_begin(...)                                              \
	(telemetry_span_begin ? telemetry_span_begin(__VA_ARGS__) : 0)
#define telemetry_span_end(...)                                                \
	(telemetry_span_end ? telemetry_span_end(__VA_ARGS__) : 0)
#define telemetry_span_fail(...)                                               \
	(telemetry_span_fail ? telemetry_span_fail(__VA_ARGS__) : 0)
#define telemetry_exception_type(...)                                          \
	(telemetry_exception_type ? telemetry_exception_type(__VA_ARGS__)      \
				  : NULL)
#define telemetry_span(...)                                                    \
	(telemetry_span ? telemetry_span(__VA_ARGS__)                          \
			: telemetry_span_call(__VA_ARGS__))

static inline int telemetry_span_call(const char *name,
				      const struct telemetry_field *metadata,
				      size_t metadata_count,
				      int (*function)(void *arg), void *arg)
{
	(void)name;
	(void)metadata;
	(void)metadata_count;
	return function(arg);
}

#endif

/*
 * The event with the one measurement {value}: for a single number that has no
 * better name.
 * Owns:    nothing, as telemetry_execute().
 * Threads: any, several at once.
 * From:    handlers, constructors, signal handlers, as telemetry_execute().
 * Units:   the caller's.
 * Errors:  those of telemetry_execute().
 */
static inline int
telemetry_execute_value(const char *event, double value,
			const struct telemetry_field *metadata,
			size_t metadata_count)
{
	struct telemetry_field measurement = telemetry_f64("value", value);

	return telemetry_execute(event, &measurement, 1, metadata,
				 metadata_count);
}

#endif
