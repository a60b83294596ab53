/*
 * <telemetry/builtin.h> - what a process has to know of the reporters that come
 * with the shim before any is loaded.  Programs do not need this header.
 *
 * A reporter is loaded in one process of a group, at the end of its life in
 * most cases, so every process must know from its environment alone which
 * metrics a configured reporter wants, and whether it wants to be called while
 * processes run (only then a thread is started in one that lives on).
 */
#ifndef TELEMETRY_BUILTIN_H
#define TELEMETRY_BUILTIN_H

/* Heap calls are left out: two readings of the clock cost more than a malloc,
 * and the standard set counts them without. */
#define TELEMETRY_CONSOLE_METRICS                                              \
	"summary(telemetry.span.duration, span=[*,-libc.heap.*],"              \
	" measurement=duration, tags=[span], unit=native:second);"             \
	"sum(telemetry.span.bytes, span=[*,-libc.heap.*], measurement=bytes,"  \
	" tags=[span], unit=byte);"                                            \
	"summary(telemetry.query.duration, span=db.query,"                     \
	" measurement=duration, tags=[db.system.name,db.query.text],"          \
	" unit=native:second, max_series=500)"

/*
 * REPORTER(name, metrics, live)
 *
 * metrics  definitions that it wants beside the standard set, in the grammar of
 *          TELEMETRY_METRICS, in effect where TELEMETRY_REPORTERS names it; the
 *          reporter uses the same text as its `metrics` member
 * live     "" if it only reports at the end; "push": also before;
 *          VARIABLE=VALUE|...: also before, if that is set; "listen": it waits
 *          to be asked, from the beginning of main, in one process of the group
 */
#define TELEMETRY_BUILTIN_REPORTERS(REPORTER)                                  \
	REPORTER("console", TELEMETRY_CONSOLE_METRICS,                         \
		 "TELEMETRY_CONSOLE_MODE=events|metrics")                      \
	REPORTER("dashboards", "", "")                                         \
	REPORTER("example", "", "")                                            \
	REPORTER("health", "", "listen")                                       \
	REPORTER("json", "", "push")                                           \
	REPORTER("prometheus", "", "listen")                                   \
	REPORTER("statsd", "", "push")

/*
 * FOREIGN(variable, reporter, key)
 *
 * Variables that other clients of the same servers read, and the key of the
 * reporter's configure() that each is.
 */
#define TELEMETRY_FOREIGN_VARIABLES(FOREIGN)                                   \
	FOREIGN("STATSD_HOST", "statsd", "statsd_host")                        \
	FOREIGN("STATSD_PORT", "statsd", "statsd_port")                        \
	FOREIGN("DD_AGENT_HOST", "statsd", "dd_host")                          \
	FOREIGN("DD_DOGSTATSD_PORT", "statsd", "dd_port")                      \
	FOREIGN("DD_DOGSTATSD_URL", "statsd", "dd_url")                        \
	FOREIGN("DD_ENV", "statsd", "dd_env")                                  \
	FOREIGN("DD_SERVICE", "statsd", "dd_service")                          \
	FOREIGN("DD_VERSION", "statsd", "dd_version")                          \
	FOREIGN("DD_TAGS", "statsd", "dd_tags")                                \
	FOREIGN("DD_ENTITY_ID", "statsd", "dd_entity_id")

#endif
