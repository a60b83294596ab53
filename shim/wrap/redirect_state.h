/*
 * redirect_state.h - what redirect.c and redirect_slots.c share.  All of it
 * under LOCK_PROVIDERS, the loader's list lock and the guard.
 */
#ifndef SHIM_WRAP_REDIRECT_STATE_H
#define SHIM_WRAP_REDIRECT_STATE_H

#include "wrap/elf.h"
#include "wrap/redirect.h"

#define REDIRECT_LIBRARIES 5

/* A copy of a library in memory, and the clone that it has. */
struct provider {
	const struct link_map *map; /* NULL: the clone is free */
	const void *dynamic;	    /* tells a new object at an old address */
};

struct library_state {
	const struct redirect_library *library;
	bool enabled;
	struct provider providers[REDIRECT_CLONES];
	bool told; /* about one that is not observed */
};

extern struct library_state redirect_libraries[REDIRECT_LIBRARIES];

/* Why a slot was left as it is. */
enum slots_left {
	SLOTS_UNBOUND = 1, /* its first call decides */
	SLOTS_IN_FLUX = 2, /* the object is being relocated */
};

/* Points the slots of one object at the wrappers.  Returns what was left, enum
 * slots_left or-ed. */
unsigned int redirect_slots(const struct link_map *map,
			    const struct dl_phdr_info *info);
/* Once it is settled which libraries are enabled. */
void redirect_note_names(void);
/* The row of a wrapped function, and its library; NULL if it is none.  Needs no
 * lock. */
const struct redirect_function *redirect_lookup(const char *name,
						struct library_state **state);
/* The wrapper for an original of some provider, or NULL.  Needs no lock. */
void *redirect_wrapper(const struct library_state *state,
		       const struct redirect_function *function,
		       const void *original);
bool redirect_is_provider(const struct library_state *state,
			  const struct link_map *map);
/* Is `other` what the object's dependency of that name is? */
bool redirect_needs(const struct elf_object *object,
		    const struct elf_object *other);

#endif
