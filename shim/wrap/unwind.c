/*
 * unwind.c - the two functions of the compiler's run-time library that clean-up
 * code refers to (WRAP_ON_UNWIND), handed on to the unwinder that is at work.
 *
 * Linking libgcc_s would load it into every program, in front of whatever the
 * program brings itself; a static copy would read the private structures of
 * another version.  The unwinder that calls us tells by its address which one
 * it is.  One that is built into a program, or that has no personality for C,
 * passes our frames by: a span is then ended later, as one that was left.
 *
 * So is that of a frame which is not in the middle of a call: a thread that may
 * be cancelled at any instruction was interrupted there by a signal, and
 * clean-up code would find a stack that is not aligned and variables that are
 * not set.
 */
#include "base/thread.h"
#include "wrap/elf.h"

#define CONTINUE_UNWIND 8 /* _URC_CONTINUE_UNWIND: no clean-up here */

typedef int (*personality_function)(int version, int actions, uint64_t class,
				    void *exception, void *context);

typedef uintptr_t (*place_function)(void *context, int *interrupted);

/* Declared by <unwind.h> with default visibility: ours must stay hidden. */
int __gcc_personality_v0(int version, int actions, uint64_t class,
			 void *exception, void *context);
/* A thread sanitizer's own clean-up of each function would be resumed in here,
 * and for ever. */
void _Unwind_Resume(void *exception)
	__attribute__((noreturn, no_sanitize("thread")));

int __gcc_personality_v0(int version, int actions, uint64_t class,
			 void *exception, void *context)
{
	const struct link_map *unwinder =
		elf_object_at(__builtin_return_address(0));
	personality_function function;
	place_function place;
	struct elf_object object;
	int interrupted = 0;
	void *resume;

	if (!unwinder || !elf_open(&object, unwinder))
		return CONTINUE_UNWIND;
	function =
		(personality_function)elf_find(&object, "__gcc_personality_v0");
	resume = elf_find(&object, "_Unwind_Resume");
	place = (place_function)elf_find(&object, "_Unwind_GetIPInfo");
	if (!function || !resume || !place)
		return CONTINUE_UNWIND;
	place(context, &interrupted);
	if (interrupted)
		return CONTINUE_UNWIND;
	thread_self.resume = (void (*)(void *))resume;
	return function(version, actions, class, exception, context);
}

/* Only reached through a clean-up that the function above let run. */
void _Unwind_Resume(void *exception)
{
	thread_self.resume(exception);
	__builtin_unreachable();
}
