/*
 * redirect.h - wrappers of optional libraries, reached by redirected import
 * slots.
 *
 * Nothing of such a library is exported: a program that asks for it must see
 * what it would see without us.  Instead the slots in which loaded objects keep
 * the addresses of its functions are pointed at our wrappers.  Each copy of the
 * library in memory (a provider) has a clone of the wrappers of its own, with
 * its own originals, so two versions side by side do not meet.  A provider's
 * calls of itself are left alone.
 */
#ifndef SHIM_WRAP_REDIRECT_H
#define SHIM_WRAP_REDIRECT_H

#include "base/compiler.h"
#include "wrap/expand.h"
#include "wrap/families.h"

#define REDIRECT_CLONES 4

/* A function of the library; one without wrappers is only called by us, and
 * may be one of a library that it needs.  No pointers: ld.so would have to
 * relocate them in every process. */
struct redirect_function {
	char name[32];
	char span[16];	   /* of its wrappers; "" if they have none */
	uint16_t original; /* offset of its pointer in a table of originals */
	bool wrapped;
	bool optional; /* older versions of the library lack it */
};

struct redirect_library {
	enum wrap_family family;
	const char *name; /* for the log */
	const char *key;  /* whoever defines this function is a provider */
	/* Only who defines this one has slots of interest; NULL: everybody.
	 * To look through all slots of a large program takes milliseconds. */
	const char *importer;
	const struct redirect_function *functions;
	size_t function_count;
	/* The wrapper of the function of that index, for one clone. */
	void *(*wrapper)(size_t function, size_t clone);
	/* The site of its wrappers, which is filled and armed when a provider
	 * turns up, or NULL; no function: there are none. */
	struct wrap_site *(*site)(size_t function);
	enum span_library span_library; /* of the sites */
	void *originals;		/* REDIRECT_CLONES tables */
	size_t table_size;
};

extern const struct redirect_library redirect_pq, redirect_sqlite,
	redirect_unwinder, redirect_openssl, redirect_gnutls;

/* Which families are wanted (bit per enum wrap_family); under the guard, before
 * redirect_start(). */
void redirect_enable(uint32_t families);
/* Looks at everything that is loaded; under the guard. */
void redirect_start(void);
/* Arms the sites that were left for later. */
void redirect_catch_up(void);
/* After something may have been loaded; cheap if nothing was.  `opened`:
 * dlopen() has just returned.  Takes the guard itself; leaves errno and
 * dlerror() alone. */
void redirect_rescan(bool opened);
/* torn: as for db_after_fork(). */
void redirect_after_fork(bool torn);

/* Is there any library to look for? */
bool redirect_is_on(void);

/* Is it the name of a wrapped function of an optional library? */
bool redirect_knows(const char *name);
/* The wrapper for an original that dlsym() found; the original itself if there
 * is none. */
void *redirect_translate(const char *name, void *original);

/* The originals, for our own use of the loader. */
void *dl_original_open(const char *file, int mode);
void *dl_original_symbol(void *handle, const char *name);

/* Calls fn for every wrapped function that has a span. */
void redirect_each(void (*fn)(const char *function, const char *span,
			      enum wrap_family family, void *arg),
		   void *arg);

/*
 * Makes REDIRECT_CLONES functions of the type of `fn` that call fn_body with
 * the originals of their provider in front of the arguments.
 */
#define REDIRECT_CLONE(tables, n, type, fn, ...)                               \
	static type fn##_##n(PARAMS(__VA_ARGS__))                              \
	{                                                                      \
		return fn##_body(&tables[n], ARGS(__VA_ARGS__));               \
	}
#define REDIRECT_CLONES_OF(tables, type, fn, ...)                              \
	REDIRECT_CLONE(tables, 0, type, fn, __VA_ARGS__)                       \
	REDIRECT_CLONE(tables, 1, type, fn, __VA_ARGS__)                       \
	REDIRECT_CLONE(tables, 2, type, fn, __VA_ARGS__)                       \
	REDIRECT_CLONE(tables, 3, type, fn, __VA_ARGS__)
/* In a switch over REDIRECT_CASE(function, clone): returns them. */
#define REDIRECT_CASE(function, n) ((function)*REDIRECT_CLONES + (n))
#define REDIRECT_CASES(function, fn)                                           \
	case REDIRECT_CASE(function, 0):                                       \
		return (void *)fn##_0;                                         \
	case REDIRECT_CASE(function, 1):                                       \
		return (void *)fn##_1;                                         \
	case REDIRECT_CASE(function, 2):                                       \
		return (void *)fn##_2;                                         \
	case REDIRECT_CASE(function, 3):                                       \
		return (void *)fn##_3;

#endif
