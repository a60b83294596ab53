/*
 * dlsym(): the place of the caller counts; a missing name is an error that
 * stays until it is asked for.
 */
#include "lib/replay.h"

#include <dlfcn.h>

/* Nobody after this library defines it; the shim is in front of it. */
void replay_only_here(void);
__attribute__((visibility("default"))) void replay_only_here(void)
{
}

static void show_object(void *function)
{
	Dl_info found = { 0 };

	dladdr(function, &found);
	show_text("found in", strrchr(found.dli_fname, '/'));
}

SNIPPET(dlsym)
{
	void *handle = dlopen("libm.so.6", RTLD_NOW);
	char buffer[8];

	CALL_PTR(dlsym(RTLD_DEFAULT, "replay_only_here"));
	CALL_PTR(dlsym(RTLD_NEXT, "replay_only_here"));
	show_text("dlerror()", dlerror());
	show_text("dlerror()", dlerror());
	show_object(CALL_PTR(dlsym(RTLD_NEXT, "read")));
	show_object(CALL_PTR(dlsym(handle, "cos")));
	CALL_PTR(dlsym(handle, "no_such_function"));
	read(0, buffer, sizeof(buffer));
	free(malloc(10));
	show_text("dlerror()", dlerror());
	CALL_PTR(dlsym(RTLD_DEFAULT, "sqlite3_open"));
	CALL_PTR(dlsym(RTLD_DEFAULT, "PQexec"));
	dlclose(handle);
}
