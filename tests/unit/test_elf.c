/*
 * test_elf.c - look-ups of our own give what the loader's would, and leave the
 * loader's state alone.
 */
#include "test.h"

#include "wrap/elf.h"

#include <gnu/libc-version.h>
#include <dlfcn.h>

/* A small library of libc that nothing else here needs. */
#define LATER "libthread_db.so.1"
#define IN_LATER "td_init"

static const struct link_map *libc_map(void)
{
	/* A function that no sanitizer has one of its own for. */
	return elf_object_at((const void *)&gnu_get_libc_version);
}

static size_t symbol_count(const struct elf_object *o)
{
	/* The string table follows the symbols in every linker's output. */
	return ((size_t)o->strings - (size_t)o->symbols) / sizeof(ElfW(Sym));
}

/* Every name that libc defines: default, old, hidden and IFUNC ones. */
TEST(next_is_what_dlsym_finds)
{
	struct elf_object libc;
	size_t i, count = 0;

	CHECK(elf_open(&libc, libc_map()));
	for (i = 1; i < symbol_count(&libc); i++) {
		const ElfW(Sym) *s = &libc.symbols[i];
		const char *name = libc.strings + s->st_name;

		if (s->st_shndx == SHN_UNDEF ||
		    (ELF64_ST_TYPE(s->st_info) != STT_FUNC &&
		     ELF64_ST_TYPE(s->st_info) != STT_GNU_IFUNC))
			continue;
		if (elf_next(name) != dlsym(RTLD_NEXT, name))
			test_fail(__FILE__, __LINE__, "%s: %p, not %p", name,
				  elf_next(name), dlsym(RTLD_NEXT, name));
		count++;
	}
	CHECK(count > 1500);
}

TEST(versions_are_told_apart)
{
	static const char *const versions[] = { "GLIBC_2.2.5", "GLIBC_2.3.2",
						"GLIBC_2.14",  "GLIBC_2.17",
						"GLIBC_2.34",  "NONE_1" };
	static const char *const names[] = { "pthread_cond_wait", "memcpy",
					     "dlsym", "realpath", "fopen" };
	size_t i, j, found = 0;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		for (j = 0; j < sizeof(versions) / sizeof(*versions); j++) {
			void *ours = elf_next_version(names[i], versions[j]);

			CHECK(ours == dlvsym(RTLD_NEXT, names[i], versions[j]));
			found += ours != NULL;
		}
	}
	CHECK(found >= 5);
}

TEST(what_is_missing_is_null)
{
	CHECK(elf_next("there_is_no_such_function") == NULL);
	CHECK(elf_next("") == NULL);
	/* An object, no function. */
	CHECK(elf_next("environ") == NULL);
}

TEST(a_pending_error_stays)
{
	CHECK(dlsym(RTLD_DEFAULT, "there_is_no_such_function") == NULL);
	CHECK(elf_next("fopen") != NULL);
	CHECK(elf_next("there_is_no_such_function") == NULL);
	CHECK(elf_object_at((const void *)&fopen) != NULL);
	CHECK(dlerror() != NULL);
}

TEST(what_is_opened_later_is_not_next)
{
	struct elf_object object;
	const struct link_map *map;
	void *handle, *function;

	CHECK(elf_next("fopen") != NULL);
	handle = dlopen(LATER, RTLD_LAZY | RTLD_GLOBAL);
	CHECK(handle != NULL);
	function = dlsym(handle, IN_LATER);
	CHECK(function != NULL);
	CHECK(elf_next(IN_LATER) == NULL);
	map = elf_object_at(function);
	CHECK(map && strstr(map->l_name, LATER));
	CHECK(!elf_is_from_start(map) && elf_is_from_start(libc_map()));
	CHECK(elf_open(&object, map));
	CHECK(elf_find(&object, IN_LATER) == function);
	CHECK(elf_find(&object, "fopen") == NULL);
}

TEST(addresses_belong_to_their_objects)
{
	int here = 0;

	CHECK(elf_object_at((const void *)&elf_next) == elf_objects());
	CHECK(strstr(libc_map()->l_name, "libc"));
	CHECK(elf_object_at(&here) == NULL);
	CHECK(elf_object_at(NULL) == NULL);
}

TEST(objects_with_the_old_hash_table_only)
{
	struct elf_object libc;

	CHECK(elf_open(&libc, libc_map()));
	if (!libc.sysv_hash)
		SKIP("this libc has no DT_HASH");
	libc.gnu_hash = NULL;
	CHECK(elf_find(&libc, "getppid") == dlsym(RTLD_NEXT, "getppid"));
	CHECK(elf_find(&libc, "strverscmp") == dlsym(RTLD_NEXT, "strverscmp"));
	CHECK(elf_find(&libc, "there_is_no_such_function") == NULL);
}

/* The vDSO has a clock_gettime too, and is in nobody's scope. */
TEST(the_vdso_is_no_object)
{
	const struct link_map *map = elf_objects();
	struct elf_object object;

	for (; map; map = map->l_next)
		if (strstr(map->l_name, "vdso"))
			CHECK(!elf_open(&object, map));
}

static int count(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)info;
	(void)size;
	++*(int *)arg;
	return 0;
}

TEST(locked_visits_every_object)
{
	const struct link_map *map = elf_objects();
	int visited = 0, objects = 0;

	elf_locked(count, &visited);
	for (; map; map = map->l_next)
		objects++;
	CHECK_INT(visited, objects);
}
