/*
 * loader_file.c - loads the shared object of a reporter.
 *
 * The dl functions are called through the originals: our own thread has nothing
 * to tell itself.  Whether the file may be loaded is trust.c's.
 */
#include "runtime/loader_file.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/sys.h"
#include "runtime/settings.h"
#include "wrap/elf.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>

/* Three times what libmicrohttpd with GnuTLS takes. */
#define ROOM (24u << 20)

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

bool loader_has_room(bool told)
{
	uint64_t limit[2] = { RLIM64_INFINITY, 0 }; /* soft and hard */
	struct proc_stat stat = { 0 };

	if (sys_call(SYS_prlimit64, 0, RLIMIT_AS, 0, (long)limit, 0, 0) ||
	    limit[0] == RLIM64_INFINITY)
		return true;
	/* Without /proc all of it may be left. */
	proc_read_stat((uint32_t)sys_getpid(), &stat);
	if (limit[0] >= stat.size && limit[0] - stat.size >= ROOM)
		return true;
	if (!told)
		return false;
	log_error("RLIMIT_AS (ulimit -v) is %llu KiB, of which %llu KiB are in "
		  "use; expected %u KiB free: no reporter is loaded "
		  "before there is",
		  (unsigned long long)limit[0] >> 10,
		  (unsigned long long)stat.size >> 10, ROOM >> 10);
	return false;
}

static const char *where(void)
{
	return settings_where("TELEMETRY_REPORTERS");
}

static void *load(const char *path, bool deepbind)
{
	void *(*open)(const char *, int) =
		(void *(*)(const char *, int))elf_next("dlopen");
	char *(*error)(void) = (char *(*)(void))elf_next("dlerror");
	int flags = RTLD_NOW | RTLD_LOCAL;
	void *handle;

	if (!open || !error)
		return NULL;
	if (deepbind && loader_allocator_is_libc())
		flags |= RTLD_DEEPBIND;
	handle = open(path, flags);
	if (!handle)
		log_error("%s: %s does not load: %s", where(), path, error());
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
		log_error("%s: %s is no reporter: it has no symbol "
			  "telemetry_reporter",
			  where(), path);
		return -ENOEXEC;
	}
	if (theirs->abi != TELEMETRY_REPORTER_ABI) {
		log_error("%s: %s is for version %u of the interface; "
			  "expected version %u",
			  where(), path, theirs->abi,
			  (unsigned int)TELEMETRY_REPORTER_ABI);
		return -ENOEXEC;
	}
	memcpy(&reporter->ops, theirs,
	       theirs->struct_size < sizeof(reporter->ops)
		       ? theirs->struct_size
		       : sizeof(reporter->ops));
	if (!reporter->ops.name || !reporter->ops.name[0]) {
		log_error("%s: %s is no reporter: it has no name", where(),
			  path);
		return -ENOEXEC;
	}
	buf_str(&b, reporter->ops.name);
	return 0;
}

int loader_file_open(const char *path, bool deepbind,
		     struct loader_reporter *reporter)
{
	void *handle = load(path, deepbind);

	return handle ? take_ops(reporter, handle, path) : -ENOEXEC;
}
