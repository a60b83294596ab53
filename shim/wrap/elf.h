/*
 * elf.h - looks at loaded objects without the dl* functions.
 *
 * dlsym() and its kin take the loader's lock, may allocate, and clobber the
 * host's pending dlerror(); a walk over the link map does none of that.  Used
 * for the next definition of a libc function, for finding optional libraries
 * and for redirecting import slots.
 */
#ifndef SHIM_WRAP_ELF_H
#define SHIM_WRAP_ELF_H

#include "base/compiler.h"

#include <elf.h>
#include <link.h>

struct elf_object {
	const struct link_map *map;
	const ElfW(Sym) * symbols;
	const char *strings;
	const uint32_t *gnu_hash;
	const uint32_t *sysv_hash; /* only where there is no gnu_hash */
	const ElfW(Versym) * versions;
	const ElfW(Verdef) * definitions; /* of versions */
};

/* False when it has no usable dynamic section, and for the vDSO, which is in
 * nobody's scope. */
bool elf_open(struct elf_object *object, const struct link_map *map);
/* The default definition of a function, IFUNCs resolved; NULL if the object
 * does not define it. */
void *elf_find(const struct elf_object *object, const char *name);
/* As dlsym(RTLD_NEXT, name) from this shim: the first definition in the
 * objects that were loaded at start, behind the shim.  NULL if none.  Takes no
 * lock; callable before constructors. */
void *elf_next(const char *name);
/* The definition with exactly this version ("GLIBC_2.2.5"), same search. */
void *elf_next_version(const char *name, const char *version);
/* First of all loaded objects, the program itself. */
const struct link_map *elf_objects(void);
/* Was this object there at start?  Such objects are never unloaded, and all
 * are in the global scope. */
bool elf_is_from_start(const struct link_map *map);
/* Has anything been loaded since? */
bool elf_is_grown(void);
/* The object that contains this address, or NULL. */
const struct link_map *elf_object_at(const void *address);

/* dl_iterate_phdr(), that of libc: no object is added or removed while fn
 * runs.  It may be one whose relocation has not ended yet. */
int elf_locked(int (*fn)(struct dl_phdr_info *, size_t, void *), void *arg);

/* Pointers in a dynamic section are addresses where ld.so may write to it, and
 * offsets elsewhere. */
static inline const void *elf_pointer(const struct link_map *map,
				      ElfW(Addr) value)
{
	return (const void *)(value < map->l_addr ? map->l_addr + value
						  : value);
}

#endif
