/*
 * dlvsym(): a name in a version, and in one that does not exist.
 */
#include "lib/replay.h"

#include <dlfcn.h>

SNIPPET(dlvsym)
{
	void *handle = dlopen("libm.so.6", RTLD_NOW);

	CALL_PTR(dlvsym(RTLD_NEXT, "read", "GLIBC_2.2.5"));
	CALL_PTR(dlvsym(RTLD_DEFAULT, "printf", "GLIBC_2.2.5"));
	CALL_PTR(dlvsym(handle, "cos", "GLIBC_2.2.5"));
	CALL_PTR(dlvsym(handle, "cos", "GLIBC_9.9"));
	show_text("dlerror()", dlerror());
	CALL_PTR(dlvsym(RTLD_DEFAULT, "no_such_function", "GLIBC_2.2.5"));
	show_text("dlerror()", dlerror());
	dlclose(handle);
}
