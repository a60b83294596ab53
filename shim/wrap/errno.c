/*
 * errno.c - names of error numbers, as the reason of a failure.
 *
 * A name is interned when its number first comes up.
 */
#include "wrap/call.h"

#include <string.h>

#define NUMBERS 134

/* No pointers: ld.so would have to relocate them in every process. */
static const char names[NUMBERS][16] = {
#define ERRNO(name) [name] = #name,
#include "wrap/errno.def"
#undef ERRNO
};

static LARGE struct symbol *symbols[NUMBERS];

static COLD struct symbol *intern(int number)
{
	struct thread *t = &thread_self;
	struct symbol *symbol;

	if (!names[number][0] || !thread_claim(t))
		return NULL;
	symbol = symbol_intern(names[number], strlen(names[number]));
	thread_release(t);
	/* Pairs with errno_symbol(); every thread stores the same. */
	store_release(&symbols[number], symbol);
	return symbol;
}

const struct symbol *errno_symbol(int number)
{
	struct symbol *symbol;

	if (number <= 0 || number >= NUMBERS)
		return NULL;
	symbol = load_acquire(&symbols[number]); /* pairs with intern() */
	return symbol ? symbol : intern(number);
}

bool errno_is_busy(int number)
{
	return number == EAGAIN || number == EINPROGRESS || number == EINTR ||
	       number == EALREADY;
}

struct span_failure failure_errno(int number)
{
	const struct symbol *name = errno_symbol(number);
	struct span_failure failure = { .kind = &SYM_kind_errno };

	failure.reason = name ? field_symbol(&SYM_reason, name).value
			      : field_i64(&SYM_reason, number).value;
	return failure;
}
