/*
 * cxx.c - C++ exceptions: the event cxx.exception.throw, and which exception is
 * passing through a thread.
 *
 * Observed where the C++ run-time library hands an exception to the unwinder: a
 * single import of that library, through which all its throws go, those of the
 * standard library itself (std::vector::at) and of modules that are loaded
 * later included.  Slots of __cxa_throw would be many, and would show neither
 * std::rethrow_exception() nor what a constructor throws while dlopen() runs.
 * A run-time library that is linked into a program is not observed.
 *
 * Every wrapper jumps to the original: the unwinder begins at its caller, and
 * no frame of ours is on the way.  What an exception looks like is fixed by the
 * Itanium C++ ABI ("Exception Handling", 2.2.1), the same for libstdc++ and
 * libc++abi.  Catching is not observed, and neither are forced unwinding
 * (cancellation) nor exceptions of other languages.
 */
#include "wrap/cxx.h"

#include "base/clock.h"
#include "base/thread.h"
#include "event/event.h"
#include "event/span.h"
#include "event/symbol.h"
#include "wrap/elf.h"
#include "wrap/redirect.h"

#include <errno.h>
#include <string.h>

#define THROW_EVENT "cxx.exception.throw"
#define CLASS_GNU 0x474e5543432b2b00  /* "GNUCC++\0" */
#define CLASS_LLVM 0x434c4e47432b2b00 /* "CLNGC++\0" */
#define CLASS_LANGUAGE 0xffffffffffffff00
/* Names beyond that are shown as the ABI writes them.  The demangler has all
 * its state on the stack: up to 100 bytes for one of the name. */
#define DEMANGLED_MAX 400
#define STACK_NEEDED (32 * 1024 + 100 * DEMANGLED_MAX)
#define TYPES_MAX 256 /* remembered with their demangled names */

struct type {
	void *functions;
	const char *name; /* with a '*' in front: not for comparison */
};

/* Everything in front of the object that is thrown. */
struct exception {
	const struct type *type; /* libstdc++, class & 1: the first exception */
	void (*destructor)(void *object);
	void (*unexpected)(void), (*terminate)(void);
	struct exception *next;
	int handler_count; /* not 0: it was caught, and goes on */
	int switch_value;
	const void *action, *language_data, *landing, *adjusted;
	/* struct _Unwind_Exception; where the unwinder's pointer points. */
	struct header {
		uint64_t class;
		void (*cleanup)(int reason, struct header *header);
		uint64_t private[2];
	} header __attribute__((aligned(16)));
};
_Static_assert(offsetof(struct exception, header) == 80, "the ABI's layout");
_Static_assert(sizeof(struct header) == 32, "the ABI's layout");

/* What the run-time library keeps for each thread. */
struct globals {
	struct exception *caught;
	unsigned int uncaught; /* those in flight */
};

typedef char *demangler(const char *name, char *room, size_t *size, int *bad);

#define PROVIDER cxx
#define PROVIDER_TABLE "wrap/cxx.def"
#include "wrap/provider.h"

/* NULL: the family is off. */
static struct event *thrown;
static struct {
	const struct symbol *name, *shown;
} types[TYPES_MAX] LARGE;

void cxx_enable(void)
{
	thrown = event_intern(THROW_EVENT, sizeof(THROW_EVENT) - 1);
}

static const struct exception *exception_of(const struct header *header)
{
	return (const void *)((const char *)header -
			      offsetof(struct exception, header));
}

static bool is_cxx(const struct header *header)
{
	uint64_t class = header->class & CLASS_LANGUAGE;

	return class == CLASS_GNU || class == CLASS_LLVM;
}

/* Dependent ones, of std::rethrow_exception(), refer to the first. */
static const char *type_name(const struct header *header)
{
	const struct exception *e = exception_of(header);
	const char *name;

	if (header->class == (CLASS_GNU | 1))
		e = (const void *)((const char *)e->type -
				   sizeof(struct exception));
	name = e->type->name;
	return *name == '*' ? name + 1 : name;
}

/* ---- names --------------------------------------------------------------- */

static bool has_room(const struct thread *t)
{
	uintptr_t here = (uintptr_t)FRAME();

	return here - t->stack_low < t->stack_high - t->stack_low &&
	       here - t->stack_low > STACK_NEEDED;
}

/* free() as the run-time library sees it: the first of all. */
static void release(void *block)
{
	const struct link_map *map = elf_objects();
	void (*function)(void *) = NULL;
	struct elf_object object;

	for (; map && !function; map = map->l_next)
		if (elf_open(&object, map))
			function = (void (*)(void *))elf_find(&object, "free");
	if (function)
		function(block);
}

/* Under the guard: what it allocates for its result is not the program's. */
static const struct symbol *demangle(const struct elf_object *runtime,
				     const char *name)
{
	demangler *function = (demangler *)elf_find(runtime, "__cxa_demangle");
	const struct symbol *shown;
	char *text = function ? function(name, NULL, NULL, NULL) : NULL;

	if (!text)
		return NULL;
	shown = symbol_intern(text, strlen(text));
	release(text);
	return shown;
}

/* What people call the type; names stay when the library of a type is closed.
 * The one that the ABI gives it where there is no room for the demangler. */
static const struct symbol *shown_name(const struct elf_object *runtime,
				       const struct symbol *name)
{
	const struct symbol *shown, *none = NULL;
	size_t i = name->hash % TYPES_MAX;

	/* Pairs with store_release() below: the whole symbol is there. */
	if (load_relaxed(&types[i].name) == name &&
	    (shown = load_acquire(&types[i].shown)))
		return shown;
	if (name->length > DEMANGLED_MAX || !has_room(&thread_self))
		return name;
	shown = demangle(runtime, name->text);
	shown = shown ? shown : name;
	if (__atomic_compare_exchange_n(&types[i].name, &none, name, false,
					__ATOMIC_RELAXED, __ATOMIC_RELAXED))
		/* Pairs with the load above. */
		store_release(&types[i].shown, shown);
	return shown;
}

/* ---- throws -------------------------------------------------------------- */

static struct thread_thrown *place_of(const struct globals *globals)
{
	unsigned int depth = globals ? globals->uncaught : 0;

	return depth > 0 && depth <= THREAD_THROWN
		       ? &thread_self.thrown[depth - 1]
		       : NULL;
}

/* Under the guard. */
static void emit(const struct symbol *type)
{
	/* The first place is for the stack. */
	struct telemetry_field metadata[2] = {
		[1] = field_symbol(&SYM_exception_type, type),
	};
	struct open_span *parent = span_current(&thread_self, FRAME());
	struct occurrence o = {
		.event = thrown,
		.metadata = { metadata + 1, 1 },
		.interned_keys = true,
		.time = clock_ns(),
		.parent_span_id = parent ? parent->id : 0,
	};

	event_dispatch_failure(&o);
}

/* `caller` is in the run-time library. */
static NOINLINE void look(const struct header *header, const void *caller)
{
	const struct link_map *map = elf_object_at(caller);
	const struct symbol *type = NULL;
	struct globals *(*globals_of)(void) = NULL;
	struct thread_thrown *place = NULL;
	struct thread *t = &thread_self;
	struct elf_object runtime;
	const char *name;
	int saved = errno;

	if (map && elf_open(&runtime, map))
		globals_of = (struct globals * (*)(void))
			elf_find(&runtime, "__cxa_get_globals");
	if (globals_of && (place = place_of(globals_of())))
		*place = (struct thread_thrown){ .globals = globals_of() };
	if (thread_claim(t)) {
		name = type_name(header);
		type = symbol_intern(name, strlen(name));
		if (type && globals_of)
			type = shown_name(&runtime, type);
		if (place && type)
			place->type = type->text;
		if (!(header->class & 1) &&
		    exception_of(header)->handler_count == 0 &&
		    event_wanted(thrown))
			emit(type);
		thread_release(t);
	}
	errno = saved;
}

static ALWAYS_INLINE void pass(const struct header *header, const void *caller)
{
	if (unlikely(thrown && is_cxx(header)) &&
	    (event_wanted(thrown) || load_relaxed(&span_program_begun)))
		look(header, caller);
}

EXPORT const char *telemetry_exception_type(const void *globals)
{
	const struct thread_thrown *place = place_of(globals);

	return place && place->globals == globals ? place->type : NULL;
}

/* ---- the library --------------------------------------------------------- */

/* By types that return, or it would be no jump.  Inlined: the return address is
 * that of the clone. */
ALWAYS_INLINE int _Unwind_RaiseException_body(const struct cxx_next *next,
					      struct header *header)
{
	pass(header, __builtin_return_address(0));
	return load_relaxed(&next->_Unwind_RaiseException)(header);
}

ALWAYS_INLINE int _Unwind_Resume_or_Rethrow_body(const struct cxx_next *next,
						 struct header *header)
{
	pass(header, __builtin_return_address(0));
	return load_relaxed(&next->_Unwind_Resume_or_Rethrow)(header);
}

#define PROVIDER_LIBRARY LIBRARY_NONE
#include "wrap/provider_rows.h"

const struct redirect_library redirect_unwinder = {
	.family = FAMILY_CXX,
	.name = "unwinder",
	.key = "_Unwind_RaiseException",
	.importer = "__cxa_throw",
	PROVIDER_TABLES,
};

void cxx_each_function(void (*fn)(const char *function, const char *span,
				  void *arg),
		       void *arg)
{
	fn(functions[0].name, THROW_EVENT, arg);
}
