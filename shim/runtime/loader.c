/*
 * loader.c - finds the reporters of TELEMETRY_REPORTERS, opens and closes them.
 *
 * Their shared objects are loaded by loader_file.c, their options given to them
 * by options.c.
 */
#include "runtime/loader.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/sys.h"
#include "runtime/config_file.h"
#include "runtime/list.h"
#include "runtime/loader_file.h"
#include "runtime/options.h"
#include "runtime/serve.h"
#include "runtime/settings.h"
#include "runtime/trust.h"
#include "wrap/elf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ABANDON_MAX 8
#define RETRY_FIRST 10000000ull	 /* ns, doubled up to this: */
#define RETRY_ROOM 1000000000ull /* the first pause, if there was no room */
#define RETRY_LAST 60000000000ull
/* By then the kernel has closed what belonged to a process that was killed. */
#define RETRY_TELL 300000000ull

static struct {
	const struct config *config;
	char shim[PATH_MAX]; /* path of the shim; "" if it cannot be known */
	bool opened, skips_listeners, only_checks, has_predecessor, lacks_room;
	size_t count, failed_count;
	struct loader_reporter reporters[LOADER_REPORTERS_MAX];
	/* What could not start, and may later. */
	struct loader_reporter failed[LOADER_REPORTERS_MAX];
	uint64_t retry, pause; /* of those, or of all: clock_ns(), ns */
} loader LARGE;

void loader_init(const struct config *config)
{
	const struct link_map *map;
	struct buf b = BUF(loader.shim);

	loader.config = config;
	if (!config->reporters)
		return;
	map = elf_object_at((const void *)loader_init);
	if (!map)
		return;
	/* In telemetry-host it is the program itself. */
	if (!map->l_name[0]) {
		buf_str(&b, config->executable);
		return;
	}
	if (map->l_name[0] != '/' &&
	    sys_call(SYS_getcwd, (long)loader.shim, sizeof(loader.shim), 0, 0,
		     0, 0) > 0) {
		b.length = strlen(loader.shim);
		buf_char(&b, '/');
	}
	buf_str(&b, map->l_name);
}

static const char *where(void)
{
	return settings_where("TELEMETRY_REPORTERS");
}

static void host_log(void *context, int level, const char *text)
{
	const struct loader_reporter *reporter = context;

	if (reporter->again || loader.has_predecessor)
		level = LOG_DEBUG;
	if (level >= LOG_ERROR && level <= LOG_DEBUG)
		log_write((enum log_level)level, "%s: %s", reporter->name,
			  text);
}

static uint64_t host_monotonic_ns(void *context UNUSED)
{
	return clock_ns();
}

/* Does it want records, as it is configured?  It is asked with none. */
static void ask_for_records(struct loader_reporter *reporter)
{
	static const struct telemetry_batch none = {
		.struct_size = sizeof(none),
	};

	reporter->takes_records =
		reporter->ops.records &&
		reporter->ops.records(reporter->self, &none, 0) != -EOPNOTSUPP;
}

/* Recorders know what a reporter that comes with the shim wants to see; of
 * another one they know nothing before it is loaded, which is too late. */
static void check_metrics(const struct loader_reporter *reporter)
{
	const char *known =
		config_wanted_by(reporter->name, strlen(reporter->name));

	if (reporter->ops.metrics && (!known || loader.config->apart))
		log_warn("TELEMETRY_METRICS: reporter %s shows more if these "
			 "are there: %s",
			 reporter->name, reporter->ops.metrics);
}

/* Opens it and gives it its options. */
static int introduce(struct loader_reporter *reporter)
{
	int error = 0;

	reporter->host = (struct telemetry_host){
		.struct_size = sizeof(reporter->host),
		.abi = TELEMETRY_REPORTER_ABI,
		.context = reporter,
		.log = host_log,
		.monotonic_ns = host_monotonic_ns,
		.snapshot = serve_snapshot,
	};
	if (reporter->ops.open)
		error = reporter->ops.open(&reporter->host, &reporter->self);
	if (error) {
		log_error("%s: %s cannot be opened: error %d", where(),
			  reporter->name, -error);
		return -EINVAL;
	}
	options_apply(reporter);
	return 0;
}

static int begin(struct loader_reporter *reporter)
{
	int error = introduce(reporter);

	if (error)
		return error;
	if (!reporter->again)
		check_metrics(reporter);
	if (reporter->ops.start)
		error = reporter->ops.start(reporter->self);
	if (!error)
		ask_for_records(reporter);
	else if (reporter->ops.close)
		reporter->ops.close(reporter->self);
	return error;
}

/* Not for what is wrong with its options. */
static bool may_start_later(int error)
{
	return error != -EINVAL && error != -EPERM && error != -EACCES &&
	       error != -ENOSYS && error != -EOPNOTSUPP && error != -ENOEXEC;
}

/* `reporter` is the first free one. */
static bool start(struct loader_reporter *reporter)
{
	int error = loader.only_checks ? introduce(reporter) : begin(reporter);

	if (!error) {
		loader.count++;
		return true;
	}
	if (!loader.only_checks && may_start_later(error)) {
		reporter->again = reporter->again || !loader.has_predecessor;
		loader.failed[loader.failed_count++] = *reporter;
	} else if (loader.has_predecessor) {
		log_error("TELEMETRY_REPORTERS: %s cannot start: error %d",
			  reporter->name, -error);
	}
	memset(reporter, 0, sizeof(*reporter));
	return false;
}

static void open_file(const char *path, bool is_ours)
{
	struct loader_reporter *reporter = &loader.reporters[loader.count];
	const char *why;
	int error;

	error = trust_check(path, loader.shim, !is_ours, &why);
	if (error) {
		log_error("%s: %s %s (error %d); expected a "
			  "file that only root and user %u can change",
			  where(), path, why, -error, sys_geteuid());
		return;
	}
	if (loader_file_open(path, loader.config->deepbind, reporter) == 0)
		start(reporter);
	else
		memset(reporter, 0, sizeof(*reporter));
}

static bool exists(const char *path)
{
	return sys_call(SYS_faccessat, AT_FDCWD, (long)path, F_OK, 0, 0, 0) ==
	       0;
}

/* A name: beside the shim as it is built and as it is installed. */
static void open_name(const char *name, int length, const char *dir,
		      int dir_length)
{
	static const char *const places[] = { "reporters",
					      "telemetry/reporters" };
	static LARGE char path[PATH_MAX];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		struct buf b = BUF(path);

		buf_printf(&b, "%.*s/%s/%.*s.so", dir_length, dir, places[i],
			   length, name);
		if (!b.cut && exists(path)) {
			open_file(path, true);
			return;
		}
	}
	log_error("%s: there is no reporter '%.*s'; expected "
		  "the name of a file in %.*s/{%s,%s}, without .so, or an "
		  "absolute path",
		  where(), length, name, dir_length, dir, places[0], places[1]);
}

static void open_item(const char *item, size_t length, void *arg UNUSED)
{
	const char *slash = strrchr(loader.shim, '/');
	static LARGE char path[PATH_MAX];
	struct buf b = BUF(path);

	if (loader.skips_listeners && config_is_listener(item, length))
		return;
	if (loader.count + loader.failed_count == LOADER_REPORTERS_MAX) {
		log_error("%s: '%.*s' is one too many; expected at most %d",
			  where(), (int)length, item, LOADER_REPORTERS_MAX);
		return;
	}
	if (!memchr(item, '/', length)) {
		open_name(item, (int)length, loader.shim,
			  slash ? (int)(slash - loader.shim) : 0);
		return;
	}
	buf_bytes(&b, item, length);
	if (b.cut || *item != '/')
		log_error("%s: '%.*s' is no absolute path; expected one, or "
			  "the name of a reporter",
			  where(), (int)length, item);
	else
		open_file(path, false);
}

static void lengthen_pause(void)
{
	loader.pause *= loader.pause < RETRY_LAST / 2 ? 2 : 1;
}

static void open_all(void)
{
	bool lacked_room = loader.lacks_room;

	loader.lacks_room = !loader_has_room(!lacked_room);
	if (!loader.lacks_room) {
		list_each(loader.config->reporters, open_item, NULL);
		loader.pause = RETRY_FIRST;
	} else if (lacked_room) {
		lengthen_pause();
	} else {
		loader.pause = RETRY_ROOM;
	}
	loader.retry = clock_ns() + loader.pause;
}

size_t loader_open(void)
{
	if (!loader_is_open() && loader.config && loader.config->reporters)
		open_all();
	loader.opened = true;
	if (!loader.failed_count)
		loader.has_predecessor = false;
	return loader.count;
}

size_t loader_count(void)
{
	return loader.count;
}

static void check_other(const char *name)
{
	loader.count = 0;
	if (!config_lists_reporter(name))
		open_item(name, strlen(name), NULL);
}

/* One after the other, in one place: what is found out is in the log. */
void loader_check(const struct config *config)
{
	struct buf b = BUF(loader.shim);

	loader.config = config;
	loader.only_checks = true;
	buf_str(&b, config->executable);
	loader_open();
	loader_close();
	config_file_each_reporter(check_other);
}

void loader_has_predecessor(void)
{
	loader.has_predecessor = true;
}

void loader_skip_listeners(void)
{
	loader.skips_listeners = true;
}

uint64_t loader_retry(uint64_t now)
{
	size_t i, count = loader.failed_count;

	if (!count)
		return loader.lacks_room ? loader.retry : UINT64_MAX;
	if (now < loader.retry)
		return loader.retry;
	lengthen_pause();
	loader.retry = now + loader.pause;
	if (loader.pause > RETRY_TELL)
		loader.has_predecessor = false;
	loader.failed_count = 0;
	for (i = 0; i < count; i++) {
		struct loader_reporter *free = &loader.reporters[loader.count];

		/* Nothing in a reporter may point to where it was. */
		*free = loader.failed[i];
		if (start(free))
			free->again = false;
	}
	if (!loader.failed_count)
		loader.has_predecessor = false;
	return loader.failed_count ? loader.retry : UINT64_MAX;
}

bool loader_is_open(void)
{
	return loader.opened &&
	       !(loader.lacks_room && clock_ns() >= loader.retry);
}

struct loader_reporter *loader_at(size_t index)
{
	return &loader.reporters[index];
}

void loader_abandon(size_t index)
{
	struct loader_reporter *reporter = &loader.reporters[index];

	if (reporter->abandoned == 0)
		log_warn("reporter %s begins anew: the program has closed "
			 "descriptors of it",
			 reporter->name);
	if (reporter->abandoned++ < ABANDON_MAX && begin(reporter) == 0)
		return;
	log_error("reporter %s is given up: the program closes its "
		  "descriptors",
		  reporter->name);
	reporter->ops = (struct telemetry_reporter){ 0 };
	reporter->takes_records = false;
	reporter->next_report = 0;
}

void loader_close(void)
{
	size_t i;

	for (i = 0; i < loader.count; i++)
		if (loader.reporters[i].ops.close)
			loader.reporters[i].ops.close(loader.reporters[i].self);
	loader_after_fork();
}

void loader_after_fork(void)
{
	serve_forget();
	loader.opened = loader.skips_listeners = loader.lacks_room = false;
	loader.count = loader.failed_count = 0;
	memset(loader.reporters, 0, sizeof(loader.reporters));
}
