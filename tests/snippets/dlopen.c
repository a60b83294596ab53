/*
 * dlopen(): the run path of the caller counts, errors are still pending, and a
 * look at what is loaded loads nothing.
 */
#include "lib/replay.h"

#include <dlfcn.h>

static void full(void)
{
	exhaust();
	CALL_PTR(dlopen("libreplay_plugin.so", RTLD_NOW));
	show_text("dlerror()", dlerror());
}

SNIPPET(dlopen, .full = full)
{
	void *handle = CALL_PTR(dlopen(NULL, RTLD_LAZY));

	CALL_PTR(dlsym(handle, "printf"));
	CALL(dlclose(handle));
	CALL_PTR(dlopen("libreplay_plugin.so", RTLD_NOW));
	show_text("dlerror()", dlerror());
	CALL_PTR(dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD));
	CALL_PTR(dlopen("libutil.so.1", RTLD_NOW | RTLD_NOLOAD));
	show_text("dlerror()", dlerror());
	CALL_PTR(dlopen("libno-such-library.so", RTLD_NOW));
	show_text("dlerror()", dlerror());
	CALL_PTR(dlopen("/no/such/library.so", RTLD_NOW));
	show_text("dlerror()", dlerror());
	CALL_PTR(dlopen("/etc/hosts", RTLD_NOW));
	show_text("dlerror()", dlerror());
	CALL_PTR(dlopen("libm.so.6", 0));
	show_text("dlerror()", dlerror());
	handle = CALL_PTR(dlopen("libm.so.6", RTLD_NOW | RTLD_LOCAL));
	CALL_PTR(dlsym(handle, "cos"));
	CALL(dlclose(handle));
}
