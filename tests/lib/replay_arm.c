/*
 * replay_arm.c - the telemetry side: handlers on every event of the wrapped
 * functions, so that the slow path of each wrapper runs, and the proof that
 * the wrapper was there at all.  Does nothing without the preload.
 */
#include "replay_run.h"

#include <dlfcn.h>
#include <sys/syscall.h>
#include <telemetry/telemetry.h>

static const char *const spans[] = {
	"libc.socket.connect", "libc.socket.accept", "libc.socket.send",
	"libc.socket.recv",    "libc.socket.close",  "libc.socket.wait",
	"libc.dns.lookup",     "libc.heap.alloc",    "libc.heap.free",
	"libc.process.fork",   "libc.process.exec",  "libc.process.spawn",
	"libc.process.exit",   "libc.thread.start",  "libc.thread.exit",
};
static const char *const suffixes[] = { "", ".start", ".stop", ".exception" };

#define LOW_DESCRIPTORS 24 /* more than any snippet holds at once */
#define SPANS (sizeof(spans) / sizeof(spans[0]))
#define SUFFIXES (sizeof(suffixes) / sizeof(suffixes[0]))

static int is_text(const struct telemetry_value *value, const char *text)
{
	return value && value->type == TELEMETRY_STRING &&
	       value->length == strlen(text) &&
	       memcmp(value->as.string, text, value->length) == 0;
}

static int of_span(const char *event, const char *span)
{
	size_t length = span ? strlen(span) : 0;

	return span && strncmp(event, span, length) == 0 &&
	       (event[length] == '.' || event[length] == '\0');
}

static void add(uint32_t *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

/* Counts, and leaves errno as an application's handler might. */
static int count(const char *event, const struct telemetry_fields *measured,
		 const struct telemetry_fields *metadata, void *config)
{
	struct shared *shared = config;
	const struct telemetry_value *function, *bytes;

	add(&shared->events);
	function = telemetry_get(metadata, "function");
	if (of_span(event, replay.snippet->span) &&
	    (!function || is_text(function, replay.snippet->name))) {
		add(&shared->function_seen);
		if (is_text(telemetry_get(metadata, "kind"), "cancel"))
			add(&shared->cancel_seen);
		bytes = telemetry_get(measured, "bytes");
		if (bytes)
			__atomic_fetch_add(&shared->bytes, bytes->as.u64,
					   __ATOMIC_RELAXED);
	}
	errno = EXFULL;
	return 0;
}

/*
 * Attaching opens libunwind, which keeps a pipe.  Only a program that uses the
 * API sees that; here it must not move the numbers that a snippet gets, so the
 * low ones are taken meanwhile.
 */
static void take_low_descriptors(void)
{
	int fd;

	for (fd = 3; fd < LOW_DESCRIPTORS; fd++)
		syscall(SYS_dup2, 0, fd);
}

static void give_low_descriptors(void)
{
	int fd;

	for (fd = 3; fd < LOW_DESCRIPTORS; fd++)
		syscall(SYS_close, fd);
	replay_note_descriptors();
}

/* In a library's constructor the shim may not be ready for handlers. */
void replay_arm(void)
{
	static char names[SPANS * SUFFIXES][64];
	const char *events[SPANS * SUFFIXES];
	size_t i;
	int error;

	if (!replay.armed)
		return;
	for (i = 0; i < SPANS * SUFFIXES; i++) {
		strcpy(names[i], spans[i / SUFFIXES]);
		strcat(names[i], suffixes[i % SUFFIXES]);
		events[i] = names[i];
	}
	take_low_descriptors();
	error = telemetry_attach_many("replay", events, SPANS * SUFFIXES, count,
				      replay.shared, NULL);
	give_low_descriptors();
	if (!telemetry_attach_many)
		error = -ENOSYS;
	if (error && replay.mode != MODE_CTOR && replay.mode != MODE_FINI)
		show_text("ATTACHING FAILED", strerrorname_np(-error));
}

static int nested(const char *event, const struct telemetry_fields *measured,
		  const struct telemetry_fields *metadata, void *config)
{
	void (**run)(void) = config;

	(void)event, (void)measured, (void)metadata;
	(*run)();
	return 0;
}

void replay_nest(void (*run)(void))
{
	int error;

	if (!replay.preloaded || !telemetry_attach) {
		run();
		return;
	}
	take_low_descriptors();
	error = telemetry_attach("replay.nest", "replay.nest", nested, &run);
	give_low_descriptors();
	if (error || telemetry_execute("replay.nest", NULL, 0, NULL, 0))
		show_text("NESTING FAILED", replay.snippet->name);
	telemetry_detach("replay.nest");
}

/* Emission is required where handlers can be attached, the thread is alive, the
 * calls are not part of our own work, and one of them succeeds. */
void replay_check_seen(void)
{
	const struct shared *shared = replay.shared;
	const unsigned silent = 1U << MODE_CTOR | 1U << MODE_FINI |
				1U << MODE_DEAD | 1U << MODE_NESTED |
				1U << MODE_PENDING | 1U << MODE_EINTR |
				1U << MODE_FULL;

	if (!replay.armed || !replay.snippet->span ||
	    silent & 1U << replay.mode)
		return;
	if (!__atomic_load_n(&shared->function_seen, __ATOMIC_RELAXED))
		show_text("NO EVENT WITH THIS FUNCTION", replay.snippet->span);
	if (replay.mode == MODE_CANCEL &&
	    !__atomic_load_n(&shared->cancel_seen, __ATOMIC_RELAXED))
		show_text("NO EXCEPTION OF KIND cancel", replay.snippet->span);
}

/* Whoever looks the function up must find the preload's. */
void replay_check_interposed(void)
{
	const char *preload = getenv("LD_PRELOAD");
	Dl_info found = { 0 };
	void *function;

	if (!replay.preloaded || !preload)
		return;
	function = dlsym(RTLD_DEFAULT, replay.snippet->name);
	if (!function || !dladdr(function, &found) ||
	    strcmp(found.dli_fname, preload) != 0)
		show_text("NOT INTERPOSED, found in",
			  function ? found.dli_fname : "nothing");
}
