/*
 * redirect_names.c - from the name or the address of a function to its wrapper.
 * Needs no lock.
 */
#include "wrap/redirect_state.h"

#include <string.h>

static void *original_of(const struct library_state *s, size_t clone,
			 const struct redirect_function *f)
{
	const char *table = (const char *)s->library->originals +
			    clone * s->library->table_size;

	return load_relaxed((void *const *)(const void *)(table + f->original));
}

void *redirect_wrapper(const struct library_state *s,
		       const struct redirect_function *f, const void *original)
{
	size_t i;

	for (i = 0; original && i < REDIRECT_CLONES; i++)
		/* Pairs with add_provider(). */
		if (load_acquire(&s->providers[i].map) &&
		    original_of(s, i, f) == original)
			return s->library->wrapper(
				(size_t)(f - s->library->functions), i);
	return NULL;
}

bool redirect_knows(const char *name)
{
	struct library_state *state;

	return redirect_lookup(name, &state) != NULL;
}

void *redirect_translate(const char *name, void *original)
{
	struct library_state *state;
	const struct redirect_function *f = redirect_lookup(name, &state);
	void *wrapper = f ? redirect_wrapper(state, f, original) : NULL;

	return wrapper ? wrapper : original;
}

/* All names of a library begin alike, with two letters that tell most others:
 * the second one by the first; '*' where there are several. */
static char second[256];

void redirect_note_names(void)
{
	size_t i;

	memset(second, 0, sizeof(second));
	for (i = 0; i < REDIRECT_LIBRARIES; i++) {
		const char *key = redirect_libraries[i].library->key;
		char *s = &second[(uint8_t)key[0]];

		if (redirect_libraries[i].enabled)
			*s = *s == '\0' || *s == key[1] ? key[1] : '*';
	}
}

const struct redirect_function *redirect_lookup(const char *name,
						struct library_state **state)
{
	char expected = second[(uint8_t)name[0]];
	size_t i, j;

	if (likely(!expected || (expected != '*' && expected != name[1])))
		return NULL;
	for (i = 0; i < REDIRECT_LIBRARIES; i++) {
		const struct redirect_library *lib =
			redirect_libraries[i].library;

		if (!redirect_libraries[i].enabled || lib->key[0] != name[0] ||
		    lib->key[1] != name[1])
			continue;
		for (j = 0; j < lib->function_count; j++) {
			if (!lib->functions[j].wrapped ||
			    strcmp(lib->functions[j].name, name) != 0)
				continue;
			*state = &redirect_libraries[i];
			return &lib->functions[j];
		}
	}
	return NULL;
}

void redirect_each(void (*fn)(const char *function, const char *span,
			      enum wrap_family family, void *arg),
		   void *arg)
{
	size_t i, j;

	for (i = 0; i < REDIRECT_LIBRARIES; i++) {
		const struct redirect_library *lib =
			redirect_libraries[i].library;

		for (j = 0; j < lib->function_count; j++)
			if (lib->functions[j].span[0] && lib->site)
				fn(lib->functions[j].name,
				   lib->functions[j].span, lib->family, arg);
	}
}
