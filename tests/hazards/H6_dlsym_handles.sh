#!/bin/bash
# H6: dlsym(handle) would bypass the wrappers (ctypes, cffi, JNA).  Pointers to
# wrapped functions of a database library are those of the wrapper; every other
# result is what it would be without the shim.
#
# Technique: dlsym and dlvsym are wrapped for a small exact set of names
# (wrap/dl.c).
. "$(dirname "$0")/../lib/hazard_lib.sh"
hazard_need_shim

cat >"$T/handles.py" <<'END'
import ctypes
try:
    lib = ctypes.CDLL("libsqlite3.so.0")
except OSError:
    raise SystemExit(77)
db = ctypes.c_void_p()
print(lib.sqlite3_open(b":memory:", ctypes.byref(db)))
print(lib.sqlite3_exec(db, b"CREATE TABLE t(a)", None, None, None))
print(lib.sqlite3_exec(db, b"SELECT * FROM missing", None, None, None))
lib.sqlite3_errmsg.restype = ctypes.c_char_p
lib.sqlite3_errmsg.argtypes = [ctypes.c_void_p]
print(lib.sqlite3_errmsg(db), lib.sqlite3_close(db))
END
hazard_compare "record events" /usr/bin/python3 "$T/handles.py"
if [ "$(cat "$T/bare/status")" != 77 ]; then
	grep -q "no such table" "$T/bare/out" || hazard_fail "nothing was tried"
	for event in db.connect.stop db.query.stop db.query.exception; do
		[ "$(grep -c " $event " "$T/events/console.out")" = 1 ] ||
			hazard_fail "ctypes: not one $event"
	done
fi

# Offsets in their objects of all that a handle gives, of what RTLD_DEFAULT
# gives, and what the error says afterwards.
cat >"$T/symbols.c" <<'END'
#include <dlfcn.h>
#include <stdio.h>

static void show(const char *how, void *address)
{
	Dl_info info;

	if (address && dladdr(address, &info))
		printf("%s %s+%lx\n", how, info.dli_fname,
		       (unsigned long)((char *)address - (char *)info.dli_fbase));
	else
		printf("%s %p %s\n", how, address, dlerror() ? "error" : "");
}

int main(void)
{
	static const char *const names[] = { "cos", "lgamma", "signgam", "qsort",
		"sqlite3_step", "sqlite3_version", "sqlite3_prepare_v2",
		"sqlite3_errmsg", "PQexec", "PQerrorMessage", "no_such", "" };
	void *handles[] = { dlopen("libm.so.6", RTLD_NOW),
		dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL), NULL };
	size_t i, j;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *n = names[i];

		show(n, dlsym(RTLD_DEFAULT, n));
		show(n, dlsym(RTLD_NEXT, n));
		show(n, dlvsym(RTLD_NEXT, n, "GLIBC_2.2.5"));
		for (j = 0; handles[j]; j++) {
			void *found = dlsym(handles[j], n);

			if (!(n[0] == 's' && n[6] == '3' && n[8] != 'v' &&
			      n[8] != 'e'))
				show(n, found);
			else
				printf("%s %d\n", n, found != NULL);
		}
	}
	return 0;
}
END
gcc -D_GNU_SOURCE -o "$T/symbols" "$T/symbols.c" || exit 1
hazard_compare record "$T/symbols"
grep -q 'libm.*+' "$T/bare/out" || hazard_fail "the comparison shows nothing"
hazard_finish
