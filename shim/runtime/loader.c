/*
 * loader.c - finds, checks and loads the shared objects of reporters.
 *
 * Options are given to them by options.c.  The dl functions are called through the
 * originals: our own thread has nothing to tell itself.
 */
#include "runtime/loader.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/sys.h"
#include "runtime/list.h"
#include "runtime/options.h"
#include "runtime/trust.h"
#include "wrap/elf.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct {
	const struct config *config;
	char shim[PATH_MAX]; /* path of the shim; "" if it cannot be known */
	bool opened;
	size_t count;
	struct loader_reporter reporters[LOADER_REPORTERS_MAX];
} loader;

void loader_init(const struct config *config)
{
	const struct link_map *map;
	struct buf b = BUF(loader.shim);

	loader.config = config;
	if (!config->reporters)
		return;
	map = elf_object_at((const void *)loader_init);
	if (!map || !map->l_name[0])
		return;
	if (map->l_name[0] != '/' &&
	    sys_call(SYS_getcwd, (long)loader.shim, sizeof(loader.shim), 0, 0,
		     0, 0) > 0) {
		b.length = strlen(loader.shim);
		buf_char(&b, '/');
	}
	buf_str(&b, map->l_name);
}

static void host_log(void *context, int level, const char *text)
{
	const struct loader_reporter *reporter = context;

	if (level >= LOG_ERROR && level <= LOG_DEBUG)
		log_write((enum log_level)level, "%s: %s", reporter->name,
			  text);
}

static uint64_t host_monotonic_ns(void *context UNUSED)
{
	return clock_ns();
}

/* The allocator that the first object in the search order has.  A reporter
 * bound past it to libc's would free what another one allocated. */
bool loader_allocator_is_libc(void)
{
	const struct link_map *map = elf_objects();
	const struct link_map *own =
		elf_object_at((const void *)loader_allocator_is_libc);
	struct elf_object object;

	for (; map; map = map->l_next) {
		if (map == own || !elf_open(&object, map) ||
		    !elf_find(&object, "malloc"))
			continue;
		return elf_find(&object, "gnu_get_libc_version") != NULL;
	}
	return false;
}

static void *load(const char *path)
{
	void *(*open)(const char *, int) =
		(void *(*)(const char *, int))elf_next("dlopen");
	char *(*error)(void) = (char *(*)(void))elf_next("dlerror");
	int flags = RTLD_NOW | RTLD_LOCAL;
	void *handle;

	if (!open || !error)
		return NULL;
	if (loader.config->deepbind && loader_allocator_is_libc())
		flags |= RTLD_DEEPBIND;
	handle = open(path, flags);
	if (!handle)
		log_error("TELEMETRY_REPORTERS: %s does not load: %s", path,
			  error());
	return handle;
}

/* Members beyond the smaller of the two sizes stay NULL. */
static int take_ops(struct loader_reporter *reporter, void *handle,
		    const char *path)
{
	void *(*find)(void *, const char *) =
		(void *(*)(void *, const char *))elf_next("dlsym");
	const struct telemetry_reporter *theirs =
		find ? find(handle, "telemetry_reporter") : NULL;
	struct buf b = BUF(reporter->name);

	if (!theirs) {
		log_error("TELEMETRY_REPORTERS: %s is no reporter: it has no "
			  "symbol telemetry_reporter",
			  path);
		return -ENOEXEC;
	}
	if (theirs->abi != TELEMETRY_REPORTER_ABI) {
		log_error("TELEMETRY_REPORTERS: %s is for version %u of the "
			  "interface; expected version %u",
			  path, theirs->abi,
			  (unsigned int)TELEMETRY_REPORTER_ABI);
		return -ENOEXEC;
	}
	memcpy(&reporter->ops, theirs,
	       theirs->struct_size < sizeof(reporter->ops)
		       ? theirs->struct_size
		       : sizeof(reporter->ops));
	if (!reporter->ops.name || !reporter->ops.name[0]) {
		log_error("TELEMETRY_REPORTERS: %s is no reporter: it has no "
			  "name",
			  path);
		return -ENOEXEC;
	}
	buf_str(&b, reporter->ops.name);
	return 0;
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

	if (reporter->ops.metrics && !known)
		log_warn("TELEMETRY_METRICS: reporter %s shows more if these "
			 "are there: %s",
			 reporter->name, reporter->ops.metrics);
}

static int begin(struct loader_reporter *reporter)
{
	int error = 0;

	reporter->host = (struct telemetry_host){
		.struct_size = sizeof(reporter->host),
		.abi = TELEMETRY_REPORTER_ABI,
		.context = reporter,
		.log = host_log,
		.monotonic_ns = host_monotonic_ns,
	};
	if (reporter->ops.open)
		error = reporter->ops.open(&reporter->host, &reporter->self);
	if (error) {
		log_error("TELEMETRY_REPORTERS: %s cannot be opened: error %d",
			  reporter->name, -error);
		return error;
	}
	options_apply(reporter);
	check_metrics(reporter);
	if (reporter->ops.start)
		error = reporter->ops.start(reporter->self);
	if (!error)
		ask_for_records(reporter);
	return error;
}

static void open_file(const char *path, bool is_ours)
{
	struct loader_reporter *reporter = &loader.reporters[loader.count];
	const char *why;
	void *handle;
	int error;

	error = trust_check(path, loader.shim, !is_ours, &why);
	if (error) {
		log_error("TELEMETRY_REPORTERS: %s %s (error %d); expected a "
			  "file that only root and user %u can change",
			  path, why, -error, sys_geteuid());
		return;
	}
	handle = load(path);
	if (!handle || take_ops(reporter, handle, path) || begin(reporter)) {
		memset(reporter, 0, sizeof(*reporter));
		return;
	}
	loader.count++;
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
	static char path[PATH_MAX];
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
	log_error("TELEMETRY_REPORTERS: there is no reporter '%.*s'; expected "
		  "the name of a file in %.*s/{%s,%s}, without .so, or an "
		  "absolute path",
		  length, name, dir_length, dir, places[0], places[1]);
}

static void open_item(const char *item, size_t length, void *arg UNUSED)
{
	const char *slash = strrchr(loader.shim, '/');
	static char path[PATH_MAX];
	struct buf b = BUF(path);

	if (loader.count == LOADER_REPORTERS_MAX) {
		log_error("TELEMETRY_REPORTERS: '%.*s' is one too many; "
			  "expected at most %d",
			  (int)length, item, LOADER_REPORTERS_MAX);
		return;
	}
	if (!memchr(item, '/', length)) {
		open_name(item, (int)length, loader.shim,
			  slash ? (int)(slash - loader.shim) : 0);
		return;
	}
	buf_bytes(&b, item, length);
	if (b.cut || *item != '/')
		log_error("TELEMETRY_REPORTERS: '%.*s' is no absolute path; "
			  "expected one, or the name of a reporter",
			  (int)length, item);
	else
		open_file(path, false);
}

size_t loader_open(void)
{
	if (!loader.opened && loader.config && loader.config->reporters)
		list_each(loader.config->reporters, open_item, NULL);
	loader.opened = true;
	return loader.count;
}

bool loader_is_open(void)
{
	return loader.opened;
}

struct loader_reporter *loader_at(size_t index)
{
	return &loader.reporters[index];
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
	loader.opened = false;
	loader.count = 0;
	memset(loader.reporters, 0, sizeof(loader.reporters));
}
