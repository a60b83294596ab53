/*
 * resolve.c - knows every site, finds the originals, switches families on.
 */
#include "wrap/resolve.h"

#include "wrap/cxx.h"
#include "wrap/elf_import.h"
#include "wrap/fd.h"
#include "wrap/heap.h"
#include "wrap/redirect.h"

#include <string.h>

const char *const wrap_family_names[FAMILIES] = {
	[FAMILY_SOCKET] = "socket",   [FAMILY_DNS] = "dns",
	[FAMILY_TLS] = "tls",	      [FAMILY_HEAP] = "heap",
	[FAMILY_DB] = "db",	      [FAMILY_FILE] = "file",
	[FAMILY_PROCESS] = "process", [FAMILY_CXX] = "cxx",
};

/* Aligned so that its first two are in a line with other hot variables. */
HOT_DATA struct wrap_hooks wrap_hooks
	__attribute__((aligned(16))) = { .pending = &wrap_disarmed.armed };

/* Made by WRAP_LISTED(), bounded by the linker; a unit test may have none. */
extern struct wrap_site *const __start_wrap_sites[]
	__attribute__((weak, visibility("hidden")));
extern struct wrap_site *const __stop_wrap_sites[]
	__attribute__((weak, visibility("hidden")));

/* The older posix_spawn() runs a script without an interpreter by the shell,
 * the newer one does not: the program gets the one that it was linked with. */
static void *find_versioned(const char *name)
{
	struct elf_object program;
	const char *version = elf_objects() && elf_open(&program, elf_objects())
				      ? elf_import_version(&program, name)
				      : NULL;

	return version ? elf_next_version(name, version) : NULL;
}

bool wrap_resolve_site(struct wrap_site *site)
{
	void *next = NULL;

	if (strncmp(site->name, "posix_spawn", strlen("posix_spawn")) == 0)
		next = find_versioned(site->name);
	if (!next)
		next = elf_next(site->name);

	if (!next)
		return false;
	store_relaxed(&site->next, next);
	return true;
}

long wrap_missing(void)
{
	errno = ENOSYS;
	return -1;
}

static void resolve_families(uint32_t mask)
{
	struct wrap_site *const *s;

	for (s = __start_wrap_sites; s < __stop_wrap_sites; s++)
		if (mask & 1u << (*s)->family)
			wrap_resolve_site(*s);
}

/*
 * The allocator's are looked up before a call passes through without being
 * counted, or is counted in the plain way: a processor predicts an indirect
 * jump better that has had one target in all its life, 0.6 ns of each call.
 * All others are before the first call that is timed; a process that only
 * counts its blocks looks up what it calls.
 */
#define EARLY (1u << FAMILY_HEAP)

void wrap_replace(const char *name, void *by, void **original)
{
	struct wrap_site *const *s;

	for (s = __start_wrap_sites; s < __stop_wrap_sites; s++) {
		if ((*s)->family != FAMILY_HEAP || strcmp((*s)->name, name) ||
		    load_relaxed(&(*s)->next) == by)
			continue;
		store_relaxed(original, load_relaxed(&(*s)->next));
		/* Pairs with ORIGINAL() in heap_spare.c. */
		store_release(&(*s)->next, by);
	}
}

/* A span that nobody listens to costs no more than before. */
static void arm_all(uint32_t mask)
{
	struct wrap_site *const *s;

	for (s = __start_wrap_sites; s < __stop_wrap_sites; s++)
		if ((*s)->span && mask & 1u << (*s)->family)
			wrap_site_arm(*s);
}

static uint32_t enabled;

void wrap_catch_up(void)
{
	resolve_families(~EARLY);
	wrap_arm_later(false);
	arm_all(enabled);
	redirect_catch_up();
}

void wrap_enable(uint32_t mask, bool later)
{
	enabled = mask;
	resolve_families(later ? EARLY : ~0u);
	wrap_arm_later(later);
	/* Of what is counted by default nothing hangs on the heap's spans. */
	arm_all(later ? mask & ~EARLY : mask);
	store_relaxed(&fd_tracking, (mask & 1u << FAMILY_SOCKET) != 0);
	if (mask & 1u << FAMILY_HEAP)
		heap_enable();
	else
		heap_disable();
	redirect_enable(mask);
	if (mask & 1u << FAMILY_CXX)
		cxx_enable();
}

void wrap_leave_alone(void)
{
	resolve_families(EARLY);
	heap_disable();
}

struct each {
	void (*fn)(const char *function, const char *span,
		   enum wrap_family family, void *arg);
	void *arg;
};

static void each_cxx(const char *function, const char *span, void *arg)
{
	const struct each *each = arg;

	each->fn(function, span, FAMILY_CXX, each->arg);
}

void wrap_each(void (*fn)(const char *function, const char *span,
			  enum wrap_family family, void *arg),
	       void *arg)
{
	struct each each = { fn, arg };
	struct wrap_site *const *s;

	for (s = __start_wrap_sites; s < __stop_wrap_sites; s++)
		if ((*s)->span)
			fn((*s)->name, (*s)->span,
			   (enum wrap_family)(*s)->family, arg);
	redirect_each(fn, arg);
	cxx_each_function(each_cxx, &each);
}
