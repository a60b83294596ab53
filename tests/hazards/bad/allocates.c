/*
 * What the shim must not do: an allocation of its own inside malloc, as the
 * thread-local storage of a library may make one.
 */
#include <dlfcn.h>
#include <stddef.h>

void *malloc(size_t size)
{
	static void *(*next)(size_t);

	if (!next)
		next = (void *(*)(size_t))dlsym(RTLD_NEXT, "malloc");
	next(1);
	return next(size);
}
