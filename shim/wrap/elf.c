/*
 * elf.c - see elf.h.
 *
 * It reads what ld.so has mapped and set up: the link map, hash tables, symbol
 * and version tables.  Objects from the start are never unloaded, so walking
 * those needs no lock; whoever looks at later ones holds the loader's list
 * lock (redirect.c).
 */
#include "wrap/elf.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/auxv.h>

#define CACHED 32 /* opened objects behind the shim that are kept */
#define VERSION_HIDDEN 0x8000

/* Weak: a libc without it (musl) leaves us without objects, not unstarted. */
#pragma weak _r_debug

extern const ElfW(Dyn) own_dynamic[] __asm__("_DYNAMIC")
	__attribute__((visibility("hidden")));

/* Set at the first look, which comes before any object can be added: dlopen()
 * is one of our wrappers. */
static const struct link_map *own_map, *last_at_start;
static struct elf_object behind[CACHED];
static uint32_t behind_count;

/* Not libc's strcmp(): in a program with a sanitizer that is the sanitizer's,
 * which comes here to look up what it stands in front of. */
static bool is_same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

const struct link_map *elf_objects(void)
{
	return &_r_debug ? _r_debug.r_map : NULL;
}

#define NO_VDSO ((ElfW(Addr))1) /* no address of an object */

/* Where there is none, getauxval() sets errno. */
static COLD ElfW(Addr) find_vdso(void)
{
	int saved = errno;
	ElfW(Addr) found = getauxval(AT_SYSINFO_EHDR);

	errno = saved;
	return found ? found : NO_VDSO;
}

static bool is_vdso(const struct link_map *map)
{
	static ElfW(Addr) vdso;
	ElfW(Addr) known = load_relaxed(&vdso);

	if (unlikely(known == 0)) {
		known = find_vdso();
		store_relaxed(&vdso, known);
	}
	return map->l_addr == known;
}

bool elf_open(struct elf_object *object, const struct link_map *map)
{
	const ElfW(Dyn) *d = map->l_ld;

	memset(object, 0, sizeof(*object));
	object->map = map;
	if (!d || is_vdso(map))
		return false;
	for (; d->d_tag != DT_NULL; d++) {
		const void *p = elf_pointer(map, d->d_un.d_ptr);

		switch (d->d_tag) {
		case DT_SYMTAB:
			object->symbols = p;
			break;
		case DT_STRTAB:
			object->strings = p;
			break;
		case DT_GNU_HASH:
			object->gnu_hash = p;
			break;
		case DT_HASH:
			object->sysv_hash = p;
			break;
		case DT_VERSYM:
			object->versions = p;
			break;
		case DT_VERDEF:
			object->definitions = p;
			break;
		}
	}
	return object->symbols && object->strings &&
	       (object->gnu_hash || object->sysv_hash);
}

static uint32_t gnu_hash(const char *name)
{
	uint32_t h = 5381;

	for (; *name; name++)
		h = h * 33 + (unsigned char)*name;
	return h;
}

struct wanted {
	const char *name, *version; /* version NULL: the default one */
	uint32_t hash;
};

/* Is symbol `i` a definition of version `version`? */
static bool has_version(const struct elf_object *o, uint32_t i,
			const char *version)
{
	const ElfW(Verdef) *d = o->definitions;
	uint32_t index = o->versions ? o->versions[i] & ~VERSION_HIDDEN : 0;

	while (d && d->vd_ndx != index)
		d = d->vd_next ? (const void *)((const char *)d + d->vd_next)
			       : NULL;
	if (d) {
		const ElfW(Verdaux) *a =
			(const void *)((const char *)d + d->vd_aux);

		return is_same(o->strings + a->vda_name, version);
	}
	return false;
}

static bool is_function(const ElfW(Sym) * s)
{
	unsigned int type = ELF64_ST_TYPE(s->st_info);
	unsigned int visibility = ELF64_ST_VISIBILITY(s->st_other);

	return s->st_shndx != SHN_UNDEF && s->st_value != 0 &&
	       (type == STT_FUNC || type == STT_GNU_IFUNC ||
		type == STT_NOTYPE) &&
	       ELF64_ST_BIND(s->st_info) != STB_LOCAL &&
	       visibility != STV_HIDDEN && visibility != STV_INTERNAL;
}

static bool matches(const struct elf_object *o, uint32_t i,
		    const struct wanted *w)
{
	const ElfW(Sym) *s = &o->symbols[i];

	if (!is_function(s) || !is_same(o->strings + s->st_name, w->name))
		return false;
	if (w->version)
		return has_version(o, i, w->version);
	return !o->versions || !(o->versions[i] & VERSION_HIDDEN);
}

static uint32_t find_gnu(const struct elf_object *o, const struct wanted *w)
{
	const uint32_t *table = o->gnu_hash;
	uint32_t buckets = table[0], first = table[1], words = table[2];
	const ElfW(Addr) *bloom = (const void *)(table + 4);
	const uint32_t *bucket = (const void *)(bloom + words);
	const uint32_t *chain = bucket + buckets;
	const uint32_t bits = 8 * sizeof(*bloom);
	ElfW(Addr) word, mask;
	uint32_t i;

	if (buckets == 0)
		return 0;
	word = bloom[(w->hash / bits) & (words - 1)];
	mask = (ElfW(Addr))1 << (w->hash % bits) |
	       (ElfW(Addr))1 << ((w->hash >> table[3]) % bits);
	if ((word & mask) != mask)
		return 0;
	i = bucket[w->hash % buckets];
	if (i < first)
		return 0;
	for (;; i++) {
		uint32_t hash = chain[i - first];

		if ((hash | 1) == (w->hash | 1) && matches(o, i, w))
			return i;
		if (hash & 1)
			return 0;
	}
}

/* Objects with only the old table are rare: its number of symbols is all that
 * is taken from it. */
static uint32_t find_sysv(const struct elf_object *o, const struct wanted *w)
{
	uint32_t i, count = o->sysv_hash[1];

	for (i = 1; i < count; i++)
		if (matches(o, i, w))
			return i;
	return 0;
}

static void *resolve(ElfW(Addr) resolver)
{
#if defined(__aarch64__)
	struct {
		unsigned long size, hwcap, hwcap2;
	} arg = { sizeof(arg), getauxval(AT_HWCAP), getauxval(AT_HWCAP2) };

	/* The high bit says that there is a second argument. */
	return ((void *(*)(uint64_t, const void *))resolver)(
		arg.hwcap | 1ull << 62, &arg);
#else
	return ((void *(*)(void))resolver)();
#endif
}

static void *find(const struct elf_object *o, const struct wanted *w)
{
	uint32_t i = o->gnu_hash ? find_gnu(o, w) : find_sysv(o, w);
	ElfW(Addr) address;

	if (i == 0)
		return NULL;
	address = o->symbols[i].st_value;
	if (o->symbols[i].st_shndx != SHN_ABS)
		address += o->map->l_addr;
	if (ELF64_ST_TYPE(o->symbols[i].st_info) == STT_GNU_IFUNC)
		return resolve(address);
	return (void *)address;
}

void *elf_find(const struct elf_object *object, const char *name)
{
	struct wanted w = { name, NULL, gnu_hash(name) };

	return find(object, &w);
}

/* Several threads may do this at once: each writes the same. */
static COLD bool look(void)
{
	const struct link_map *map = elf_objects(), *own, *last = NULL;
	uint32_t count = 0;

	while (map && map->l_ld != own_dynamic)
		map = map->l_next;
	own = map;
	for (; map; map = map->l_next) {
		if (map != own && count < CACHED &&
		    elf_open(&behind[count], map))
			count++;
		last = map;
	}
	if (!own)
		return false;
	last_at_start = last;
	behind_count = count;
	/* Pairs with looked(). */
	store_release(&own_map, own);
	return true;
}

static bool looked(void)
{
	/* Pairs with look(). */
	return likely(load_acquire(&own_map) != NULL) || look();
}

static void *next(const struct wanted *w)
{
	const struct link_map *map;
	struct elf_object object;
	void *found = NULL;
	uint32_t i;

	if (!looked())
		return NULL;
	for (i = 0; i < behind_count && !found; i++)
		found = find(&behind[i], w);
	if (found || behind_count < CACHED)
		return found;
	map = behind[CACHED - 1].map;
	while (!found && map != last_at_start && (map = map->l_next))
		if (elf_open(&object, map))
			found = find(&object, w);
	return found;
}

void *elf_next(const char *name)
{
	struct wanted w = { name, NULL, gnu_hash(name) };

	return next(&w);
}

void *elf_next_version(const char *name, const char *version)
{
	struct wanted w = { name, version, gnu_hash(name) };

	return next(&w);
}

bool elf_is_from_start(const struct link_map *map)
{
	const struct link_map *m = looked() ? last_at_start : NULL;

	while (m && m != map)
		m = m->l_prev;
	return m != NULL;
}

bool elf_is_grown(void)
{
	return looked() && load_relaxed(&last_at_start->l_next) != NULL;
}

int elf_locked(int (*fn)(struct dl_phdr_info *, size_t, void *), void *arg)
{
	static int (*iterate)(int (*)(struct dl_phdr_info *, size_t, void *),
			      void *);

	if (!load_relaxed(&iterate))
		store_relaxed(&iterate, elf_next("dl_iterate_phdr"));
	return load_relaxed(&iterate) ? load_relaxed(&iterate)(fn, arg) : 0;
}

struct containing {
	uintptr_t address;
	const void *dynamic;
};

static int contains(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct containing *c = arg;
	const void *dynamic = NULL;
	bool inside = false;
	size_t i;

	(void)size;
	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + p->p_vaddr;

		if (p->p_type == PT_DYNAMIC)
			dynamic = (const void *)start;
		else if (p->p_type == PT_LOAD &&
			 c->address - start < p->p_memsz)
			inside = true;
	}
	c->dynamic = dynamic;
	return inside;
}

/* A libc before 2.35; takes the loader's list lock. */
static COLD const struct link_map *object_at_slow(const void *address)
{
	struct containing c = { (uintptr_t)address, NULL };
	const struct link_map *map = elf_objects();

	if (!elf_locked(contains, &c))
		return NULL;
	while (map && map->l_ld != c.dynamic)
		map = map->l_next;
	return map;
}

const struct link_map *elf_object_at(const void *address)
{
	static int (*find_object)(const void *, struct dl_find_object *);
	struct dl_find_object found;

	if (!load_relaxed(&find_object))
		store_relaxed(&find_object, elf_next("_dl_find_object"));
	if (!load_relaxed(&find_object))
		return object_at_slow(address);
	return find_object(address, &found) == 0 ? found.dlfo_link_map : NULL;
}
