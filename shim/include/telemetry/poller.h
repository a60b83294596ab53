/*
 * <telemetry/poller.h> - measurements that are taken again and again.
 *
 *   static int stock(void *shop)
 *   {
 *           struct telemetry_field m = TELEMETRY_I64("articles", count(shop));
 *
 *           return telemetry_execute("shop.stock", &m, 1, NULL, 0);
 *   }
 *
 *   struct telemetry_measurement list[] = {
 *           telemetry_poll_builtin("process.memory"),
 *           telemetry_poll_call("stock", stock, shop),
 *   };
 *   struct telemetry_poller_options options =
 *           telemetry_poller_defaults(list, 2);
 *
 *   options.period_ms = 1000;
 *   telemetry_poller_start(&options);
 *
 * executes process.memory and shop.stock once a second.  All pollers of a
 * process share one thread of the shim, named "telemetry-poll", with all
 * signals blocked; it is there as long as a poller is, and begins with main()
 * at the earliest.  The time of each tick is fixed: start + init_delay + n *
 * period, by the monotonic clock.  A tick that is too late, because something
 * before it took long or the process was stopped, is taken once; those that it
 * missed are skipped and counted (`tick` in telemetry.dropped).
 *
 * In the child of a fork there are no pollers: it starts its own.  Where the
 * program forbids itself system calls (seccomp), polling ends.
 *
 * The functions of this header may be called from any thread, from handlers and
 * from functions that are polled, and from constructors; not from a signal
 * handler (-EAGAIN).  They never change errno.  Without the shim they do
 * nothing and return 0.
 */
#ifndef TELEMETRY_POLLER_H
#define TELEMETRY_POLLER_H

#include <telemetry/telemetry.h>

#ifdef __cplusplus
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wzero-as-null-pointer-constant"
extern "C" {
#endif

#define TELEMETRY_MEASUREMENTS_MAX 32 /* of one poller */
#define TELEMETRY_POLLERS_MAX 64      /* of a process */

/*
 * Takes a measurement, and executes what events it likes.  Called by the shim's
 * thread, one at a time, never two at once; the next tick waits until it
 * returns.  It may block, allocate, and use descriptors; wrapped calls that it
 * makes emit nothing.  It must not leave by longjmp, a C++ exception or
 * pthread_exit(), nor fork without exec.
 *
 * Returns 0.  Below 0 is a failure: the log says so, telemetry.poller.failure
 * is executed (measurements {monotonic_time, system_time}, metadata {poller,
 * measurement, kind = "error", reason}), the others are polled as before, and
 * this one pauses for 1, 2, 4, ... up to 64 ticks until it succeeds again.
 * Owns:    nothing; config is as telemetry_measurement says.
 * Threads: called by the shim's one only.
 * From:    no handler, constructor or signal handler: from that thread's
 *          loop.
 * Units:   the event's own.
 * Errors:  below 0, see above.
 */
typedef int (*telemetry_poll_function)(void *config);

enum telemetry_measurement_kind {
	TELEMETRY_POLL_BUILTIN = 1, /* `name` says which; of this process */
	TELEMETRY_POLL_CALL = 2,    /* `function` */
	TELEMETRY_POLL_THREAD = 3   /* of threads of this process */
};

enum telemetry_poll_policy {
	TELEMETRY_POLL_KEEP = 0,  /* pauses after a failure, as above */
	TELEMETRY_POLL_REMOVE = 1 /* is removed at its first failure */
};

/* Made by the functions below; what a kind does not use is 0.  Texts and arrays
 * are copied. */
struct telemetry_measurement {
	uint32_t kind;	 /* enum telemetry_measurement_kind */
	uint32_t policy; /* enum telemetry_poll_policy */
	/* Of a builtin; of a call for the log, or NULL; of the event that is
	 * executed for threads. */
	const char *name;
	telemetry_poll_function function;
	void *config;
	/* Called once with config when the measurement is gone and cannot run
	 * any more.  Not in the child of a fork, not at the end of the
	 * process, and not when telemetry_poller_start() failed. */
	void (*destroy)(void *config);
	const char *thread; /* glob of names, or a thread id */
	const char *const *keys;
	size_t key_count;
};

/*
 * The event of that name, with the numbers that the machine tells.  Those of
 * events, calls and context switches are counts from the start on:
 *
 *   process.memory     bytes: rss vms shared text data peak_rss swap, and pss
 *                      uss where rss is at most 1 GiB (it takes long)
 *   process.cpu        ns: user system; counts: minor_faults major_faults
 *                      voluntary involuntary (context switches)
 *   process.heap       bytes: in_use allocated freed requested; counts:
 *                      allocations frees failures; as the shim counted them
 *   process.counts     threads fds sockets mappings, and their thread_limit
 *                      fd_limit map_limit
 *   process.run_queue  runnable (threads); of the threads that are there:
 *                      run_delay (ns waited for a processor) timeslices
 *   process.sockets    open; of its network namespace: namespace_tcp
 *                      namespace_tcp_orphaned namespace_tcp_time_wait
 *                      namespace_udp
 *   process.io         bytes: rchar wchar read_bytes write_bytes
 *                      cancelled_write_bytes; calls: syscr syscw
 *   cgroup.cpu         ns: usage user system throttled quota period; counts:
 *                      periods throttled_periods
 *   cgroup.memory      bytes: usage peak limit swap swap_limit; oom_kills
 *   os.load            load1 load5 load15; runnable tasks (counts)
 *   os.memory          bytes: total free available cached swap_total swap_free
 *   os.psi             ns stalled: cpu_some memory_some memory_full io_some
 *                      io_full; percent: the same with _avg10 behind
 *
 * Metadata: {process.pid, process.executable.name, service.name}, {cgroup}, and
 * none.
 * Owns:    nothing: name is borrowed until the start copies it.
 * Threads: any.
 * From:    anywhere, handlers, constructors and signal handlers too.
 * Units:   see above.
 * Errors:  none here: telemetry_poller_start() judges it.
 */
static inline struct telemetry_measurement
telemetry_poll_builtin(const char *name)
{
	struct telemetry_measurement m;

	memset(&m, 0, sizeof(m));
	m.kind = TELEMETRY_POLL_BUILTIN;
	m.name = name;
	return m;
}

static inline struct telemetry_measurement
telemetry_poll_call(const char *name, telemetry_poll_function function,
		    void *config)
{
	struct telemetry_measurement m;

	memset(&m, 0, sizeof(m));
	m.kind = TELEMETRY_POLL_CALL;
	m.name = name;
	m.function = function;
	m.config = config;
	return m;
}

/*
 * Executes `event` for each thread whose name matches, or that has this id,
 * with metadata {name, thread.id} and these measurements, of "user", "system"
 * (ns), "minor_faults", "major_faults", "voluntary", "involuntary" (context
 * switches), "run_delay" (ns that it waited for a processor), "timeslices".
 * None that matches: no event.
 * Owns:    nothing: texts and keys are borrowed until the start copies them.
 * Threads: any.
 * From:    anywhere, handlers, constructors and signal handlers too.
 * Units:   see above.
 * Errors:  none here: telemetry_poller_start() judges it.
 */
static inline struct telemetry_measurement
telemetry_poll_threads(const char *event, const char *thread,
		       const char *const *keys, size_t key_count)
{
	struct telemetry_measurement m;

	memset(&m, 0, sizeof(m));
	m.kind = TELEMETRY_POLL_THREAD;
	m.name = event;
	m.thread = thread;
	m.keys = keys;
	m.key_count = key_count;
	return m;
}

struct telemetry_poller_options {
	uint32_t struct_size;
	uint32_t measurement_size; /* sizeof(struct telemetry_measurement) */
	const char *name;	   /* unique in the process, or NULL: none */
	const struct telemetry_measurement *measurements;
	size_t measurement_count;
	int64_t period_ms;     /* 1 or more */
	int64_t init_delay_ms; /* 0 or more: from the start to the first tick */
};

/*
 * With a period of 5000 and no delay.
 * Owns:    nothing: the array is borrowed until the start copies it.
 * Threads: any.
 * From:    anywhere, handlers, constructors and signal handlers too.
 * Units:   milliseconds.
 * Errors:  none.
 */
static inline struct telemetry_poller_options
telemetry_poller_defaults(const struct telemetry_measurement *measurements,
			  size_t measurement_count)
{
	struct telemetry_poller_options o;

	memset(&o, 0, sizeof(o));
	o.struct_size = (uint32_t)sizeof(o);
	o.measurement_size = (uint32_t)sizeof(*measurements);
	o.measurements = measurements;
	o.measurement_count = measurement_count;
	o.period_ms = 5000;
	return o;
}

struct telemetry_measurement_info {
	uint32_t kind, policy;
	const char *name;    /* "" if it has none */
	uint64_t runs;	     /* how often it was taken */
	uint64_t failures;   /* how often that failed */
	uint32_t pause;	     /* ticks for which it still pauses */
	uint32_t is_removed; /* after a failure */
};

struct telemetry_poller_info {
	uint32_t struct_size, measurement_size;
	int handle;
	const char *name; /* "" if it has none */
	int64_t period_ms, init_delay_ms;
	uint64_t ticks;	  /* taken */
	uint64_t skipped; /* missed */
	/* In the order in which they are taken. */
	const struct telemetry_measurement_info *measurements;
	size_t measurement_count;
};

TELEMETRY_FUNCTIONS
/*
 * Starts a poller and returns its handle, a number above 0.
 * Owns:    copies of all texts and arrays; each config is the shim's until
 *          `destroy`, after an error the caller's.
 * Threads: any, several at once.
 * From:    handlers, functions that are polled, constructors (it begins with
 *          main()); a signal handler: -EAGAIN.
 * Units:   milliseconds.
 * Errors:
 *   -EINVAL  an option or a measurement is wrong; the log says which, and what
 *            was expected
 *   -EEXIST  there is a poller of this name
 *   -ENOMEM  the memory limit of the shim, or TELEMETRY_POLLERS_MAX
 *   -EPERM   the program has forbidden itself system calls
 *   -ENOSYS  the shim is switched off
 *   -EAGAIN  too early, or the process is about to end, or from a signal
 *            handler
 */
TELEMETRY_API int
telemetry_poller_start(const struct telemetry_poller_options *options);

/*
 * Stops a poller, and returns when none of its functions runs any more; from
 * inside one of them, at once: it is stopped when that has returned.
 * Owns:    nothing; gives each config back through `destroy`.
 * Threads: any, several at once.
 * From:    handlers, functions that are polled, constructors; a signal
 *          handler: -EAGAIN.
 * Units:   none.
 * Errors:
 *   -ENOENT           no such poller
 *   -ENOSYS, -EAGAIN  as above
 */
TELEMETRY_API int telemetry_poller_stop(int handle);

/*
 * The handle of the poller of this name; -ENOENT, -EINVAL (no name), -ENOSYS,
 * -EAGAIN.
 * Owns:    nothing.
 * Threads: any, several at once.
 * From:    handlers, constructors; a signal handler: -EAGAIN.
 * Units:   none.
 * Errors:  see above.
 */
TELEMETRY_API int telemetry_poller_find(const char *name);

/*
 * Calls visit for every poller, in the order of their start, until it returns
 * something else than 0, and returns that.  It may start and stop pollers; what
 * it is given is valid until it returns.  -EINVAL: visit is NULL; -ENOSYS,
 * -EAGAIN.
 * Owns:    nothing; what visit is given lives until it returns.
 * Threads: any; visit is called by the caller's.
 * From:    handlers, constructors; a signal handler: -EAGAIN.
 * Units:   milliseconds; counts of ticks.
 * Errors:  what visit returned, and those above.
 */
TELEMETRY_API int telemetry_poller_list(
	int (*visit)(const struct telemetry_poller_info *info, void *arg),
	void *arg);
TELEMETRY_FUNCTIONS_END

#ifdef __cplusplus
}
#endif

#if !defined(TELEMETRY_BUILDING_SHIM)
#ifdef __cplusplus
#define TELEMETRY_POLLS(name, type, argument)                                  \
	inline int name(type argument)                                         \
	{                                                                      \
		return telemetry_c::name ? telemetry_c::name(argument) : 0;    \
	}
TELEMETRY_POLLS(telemetry_poller_start, const struct telemetry_poller_options *,
		options)
TELEMETRY_POLLS(telemetry_poller_stop, int, handle)
TELEMETRY_POLLS(telemetry_poller_find, const char *, poller)
#undef TELEMETRY_POLLS

inline int telemetry_poller_list(
	int (*visit)(const struct telemetry_poller_info *, void *), void *arg)
{
	return telemetry_c::telemetry_poller_list
		       ? telemetry_c::telemetry_poller_list(visit, arg)
		       : 0;
}
#else
#define telemetry_poller_start(...)                                            \
	(telemetry_poller_start ? telemetry_poller_start(__VA_ARGS__) : 0)
#define telemetry_poller_stop(...)                                             \
	(telemetry_poller_stop ? telemetry_poller_stop(__VA_ARGS__) : 0)
#define telemetry_poller_find(...)                                             \
	(telemetry_poller_find ? telemetry_poller_find(__VA_ARGS__) : 0)
#define telemetry_poller_list(...)                                             \
	(telemetry_poller_list ? telemetry_poller_list(__VA_ARGS__) : 0)
#endif
#endif

#ifdef __cplusplus
#pragma GCC diagnostic pop
#endif

#endif
