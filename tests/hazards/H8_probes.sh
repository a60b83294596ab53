#!/bin/bash
# H8: a program that probes for a library by its functions sees what it would
# see without us: nothing of sqlite3, libpq, OpenSSL or GnuTLS is exported.
# (That the list of exports is libc's is H19.)
#
# Technique: import slots instead of exports (wrap/redirect.c).
. "$(dirname "$0")/../lib/hazard_lib.sh"
hazard_need_shim

cat >"$T/probe.c" <<'END'
#include <dlfcn.h>
#include <stdio.h>

#define PROBE(fn)                                                              \
	extern int fn(void) __attribute__((weak));                             \
	static void probe_##fn(void)                                           \
	{                                                                      \
		printf(#fn " %d %d\n", fn != NULL,                             \
		       dlsym(RTLD_DEFAULT, #fn) != NULL);                      \
	}
PROBE(sqlite3_open)
PROBE(sqlite3_step)
PROBE(sqlite3_prepare_v2)
PROBE(PQconnectdb)
PROBE(PQexec)
PROBE(SSL_read)
PROBE(gnutls_handshake)

int main(void)
{
	probe_sqlite3_open();
	probe_sqlite3_step();
	probe_sqlite3_prepare_v2();
	probe_PQconnectdb();
	probe_PQexec();
	probe_SSL_read();
	probe_gnutls_handshake();
	return 0;
}
END
gcc -D_GNU_SOURCE -o "$T/probe" "$T/probe.c" || exit 1
hazard_compare "record events" "$T/probe"
[ "$(grep -c ' 0 0$' "$T/events/out")" = 7 ] || hazard_fail "probes succeed"
names=$(nm -D --defined-only "$HAZARD_SHIM" | grep -E ' (PQ|sqlite3|SSL_|gnutls_)')
[ -z "$names" ] || hazard_fail "exported: $names"

cat >"$T/probe.py" <<'END'
import ctypes
try:
    print(ctypes.CDLL(None).sqlite3_libversion_number())
except AttributeError:
    print("absent")
END
if [ -x /usr/bin/python3 ]; then
	hazard_compare record /usr/bin/python3 "$T/probe.py"
fi
hazard_finish
