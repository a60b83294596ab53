/*
 * redirect.c - see redirect.h.  Which copies of which libraries are there, and
 * when to look; how a slot is changed is redirect_slots.c's business.
 *
 * Objects are looked at under the loader's list lock (elf_locked), so none goes
 * away meanwhile.  Nothing here is called on a hot path.
 */
#include "wrap/redirect.h"

#include "base/lock.h"
#include "base/log.h"
#include "base/segment.h"
#include "wrap/db.h"
#include "wrap/redirect_state.h"
#include "wrap/tls.h"

#include <string.h>

#define DONE_MAX 512 /* objects that are remembered as finished */

/* Protects everything below. */
static struct lock providers_lock = LOCK_INIT(LOCK_PROVIDERS);
struct library_state redirect_libraries[REDIRECT_LIBRARIES] = {
	{ .library = &redirect_pq },	   { .library = &redirect_sqlite },
	{ .library = &redirect_unwinder }, { .library = &redirect_openssl },
	{ .library = &redirect_gnutls },
};
/* Objects in which nothing is left to do, for this set of providers; one that
 * does not fit is looked at each time. */
static struct {
	const struct link_map *map;
	const void *dynamic;
} done[DONE_MAX] LARGE;
static size_t done_count;
static unsigned long long last_adds, last_subs;
static uint32_t left; /* enum slots_left, of all objects */
static uint32_t started;

static void *find_in_needed(const struct elf_object *object, const char *name)
{
	const struct link_map *map;
	struct elf_object needed;
	void *found = NULL;

	for (map = elf_objects(); map && !found; map = map->l_next)
		if (elf_open(&needed, map) && redirect_needs(object, &needed))
			found = elf_find(&needed, name);
	return found;
}

static bool fill(const struct redirect_library *library, size_t clone,
		 const struct elf_object *object)
{
	char *table = (char *)library->originals + clone * library->table_size;
	size_t i;

	for (i = 0; i < library->function_count; i++) {
		const struct redirect_function *f = &library->functions[i];
		void *original = elf_find(object, f->name);

		if (!original && !f->wrapped)
			original = find_in_needed(object, f->name);
		if (!original && !f->optional) {
			log_info("%s: %s has no %s, it is not observed",
				 library->name, object->map->l_name, f->name);
			return false;
		}
		store_relaxed((void **)(void *)(table + f->original), original);
	}
	return true;
}

static struct wrap_site *site_of(const struct redirect_library *library,
				 size_t function)
{
	return library->site ? library->site(function) : NULL;
}

/* Each of these libraries runs callbacks of the program: a notice processor, a
 * function of its own in a query, what a session sends and gets. */
static void fill_site(const struct redirect_library *library, size_t function,
		      struct wrap_site *site)
{
	site->name = library->functions[function].name;
	site->span = library->functions[function].span;
	site->library = library->span_library;
	site->calls_back = 1;
	store_relaxed(&site->state, &wrap_disarmed);
}

static void arm(const struct redirect_library *library)
{
	struct wrap_site *site;
	size_t i;

	for (i = 0; i < library->function_count; i++) {
		site = site_of(library, i);
		if (!site)
			continue;
		if (!load_relaxed(&site->state))
			fill_site(library, i, site);
		if (load_relaxed(&site->state) == &wrap_disarmed)
			wrap_site_arm(site);
	}
}

void redirect_catch_up(void)
{
	const struct redirect_library *library;
	struct wrap_site *site;
	size_t i, j;

	for (i = 0; i < REDIRECT_LIBRARIES; i++) {
		library = redirect_libraries[i].library;
		for (j = 0; j < library->function_count; j++) {
			site = site_of(library, j);
			if (site && load_relaxed(&site->state) == &wrap_later)
				wrap_site_arm(site);
		}
	}
}

static void refuse(struct library_state *s, const struct elf_object *object)
{
	segment_drop(DROP_PROVIDER, 1);
	if (!s->told)
		log_warn("%s: more than %d copies are loaded, %s is not "
			 "observed",
			 s->library->name, REDIRECT_CLONES,
			 object->map->l_name);
	s->told = true;
}

static bool add_provider(struct library_state *s,
			 const struct elf_object *object)
{
	size_t i = 0;

	while (i < REDIRECT_CLONES && s->providers[i].map)
		i++;
	if (i == REDIRECT_CLONES) {
		refuse(s, object);
		return false;
	}
	if (!fill(s->library, i, object))
		return false;
	arm(s->library);
	s->providers[i].dynamic = object->map->l_ld;
	/* Pairs with redirect_wrapper(): the originals are there. */
	store_release(&s->providers[i].map, object->map);
	log_info("%s: %s is observed", s->library->name, object->map->l_name);
	return true;
}

bool redirect_is_provider(const struct library_state *s,
			  const struct link_map *map)
{
	size_t i;

	for (i = 0; i < REDIRECT_CLONES; i++)
		if (s->providers[i].map == map)
			return true;
	return false;
}

/* What the program itself contains it calls directly, and what others find in
 * it is left to them. */
static bool look_for_providers(void)
{
	const struct link_map *map = elf_objects();
	struct library_state *s;
	struct elf_object object;
	bool added = false;
	size_t i;

	for (map = map ? map->l_next : NULL; map; map = map->l_next) {
		if (!elf_open(&object, map))
			continue;
		for (i = 0; i < REDIRECT_LIBRARIES; i++) {
			s = &redirect_libraries[i];
			if (s->enabled && !redirect_is_provider(s, map) &&
			    elf_find(&object, s->library->key))
				added |= add_provider(s, &object);
		}
	}
	return added;
}

/* Is it still there?  Another file may have come to its place, so its table is
 * filled anew. */
static bool is_loaded(const struct library_state *s, size_t clone)
{
	const struct provider *p = &s->providers[clone];
	const struct link_map *map = elf_objects();
	struct elf_object object;

	while (map && map != p->map)
		map = map->l_next;
	return map && map->l_ld == p->dynamic && elf_open(&object, map) &&
	       fill(s->library, clone, &object);
}

static void forget_unloaded(void)
{
	size_t i, j;

	for (i = 0; i < REDIRECT_LIBRARIES; i++) {
		struct library_state *s = &redirect_libraries[i];

		for (j = 0; j < REDIRECT_CLONES; j++)
			if (s->providers[j].map && !is_loaded(s, j))
				store_relaxed(&s->providers[j].map, NULL);
	}
	done_count = 0;
}

static bool has_provider(const struct library_state *s)
{
	size_t i;

	for (i = 0; i < REDIRECT_CLONES; i++)
		if (s->providers[i].map)
			return true;
	return false;
}

static bool has_providers(void)
{
	size_t i;

	for (i = 0; i < REDIRECT_LIBRARIES; i++)
		if (has_provider(&redirect_libraries[i]))
			return true;
	return false;
}

/* May slots of this object be of interest? */
static bool may_import(const struct link_map *map)
{
	struct elf_object object;
	size_t i;

	if (!elf_open(&object, map))
		return false;
	for (i = 0; i < REDIRECT_LIBRARIES; i++) {
		const struct library_state *s = &redirect_libraries[i];

		if (has_provider(s) &&
		    (!s->library->importer ||
		     elf_find(&object, s->library->importer)))
			return true;
	}
	return false;
}

static bool is_done(const struct link_map *map)
{
	size_t i;

	for (i = 0; i < done_count; i++)
		if (done[i].map == map && done[i].dynamic == map->l_ld)
			return true;
	return false;
}

static void look_at(const struct link_map *map, const struct dl_phdr_info *info)
{
	unsigned int left_here;

	if (is_done(map))
		return;
	left_here = may_import(map) ? redirect_slots(map, info) : 0;
	if (left_here) {
		left |= left_here;
	} else if (done_count < DONE_MAX) {
		done[done_count].map = map;
		done[done_count++].dynamic = map->l_ld;
	}
}

/* The first step of a look; false: nothing further to do. */
static bool begin_look(const struct dl_phdr_info *info)
{
	if (info->dlpi_subs != last_subs)
		forget_unloaded();
	if (look_for_providers())
		done_count = 0;
	store_relaxed(&last_adds, info->dlpi_adds);
	store_relaxed(&last_subs, info->dlpi_subs);
	left = 0;
	return has_providers();
}

/* Called for each object; `arg` is where we are in the link map. */
static int look(struct dl_phdr_info *info, size_t size, void *arg)
{
	const struct link_map **at = arg, *map;
	const void *dynamic = NULL;
	size_t i;

	(void)size;
	if (!*at) {
		if (!begin_look(info))
			return 1;
		*at = elf_objects();
	}
	for (i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
			dynamic = (const void *)(info->dlpi_addr +
						 info->dlpi_phdr[i].p_vaddr);
	/* Both lists have the same order. */
	for (map = *at; map && map->l_ld != dynamic;)
		map = map->l_next;
	if (map) {
		*at = map;
		look_at(map, info);
	}
	return 0;
}

static void look_around(void)
{
	const struct link_map *at = NULL;

	if (!lock_acquire(&providers_lock)) {
		segment_drop(DROP_LOCK, 1);
		return;
	}
	elf_locked(look, &at);
	lock_release(&providers_lock);
}

static int count_changes(struct dl_phdr_info *info, size_t size, void *arg)
{
	bool *changed = arg;

	(void)size;
	*changed = info->dlpi_adds != load_relaxed(&last_adds) ||
		   info->dlpi_subs != load_relaxed(&last_subs);
	return 1;
}

void redirect_enable(uint32_t families)
{
	size_t i;

	for (i = 0; i < REDIRECT_LIBRARIES; i++) {
		struct library_state *s = &redirect_libraries[i];

		s->enabled = (families & 1u << s->library->family) != 0;
	}
	redirect_note_names();
}

void redirect_start(void)
{
	uint32_t any = 0;
	size_t i;

	for (i = 0; i < REDIRECT_LIBRARIES; i++)
		any |= redirect_libraries[i].enabled;
	store_relaxed(&started, any);
	if (any)
		look_around();
}

void redirect_rescan(bool opened)
{
	/* The first call of what was unbound comes without a sign: a look for
	 * those alone is due now and then. */
	uint32_t reasons = SLOTS_IN_FLUX | (opened ? SLOTS_UNBOUND : 0);
	struct thread *t = &thread_self;
	bool changed = false;
	int saved = errno;

	if (!load_relaxed(&started))
		return;
	elf_locked(count_changes, &changed);
	if ((changed || load_relaxed(&left) & reasons) && thread_claim(t)) {
		look_around();
		thread_release(t);
	}
	errno = saved;
}

void redirect_after_fork(bool torn)
{
	lock_reset(&providers_lock);
	db_after_fork(torn);
	tls_after_fork(torn);
}

bool redirect_is_on(void)
{
	return load_relaxed(&started) != 0;
}
