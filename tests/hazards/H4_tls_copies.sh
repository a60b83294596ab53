#!/bin/bash
# H4, H5: copies of libssl side by side, each with its own clone of the wrappers,
# and libgnutls, which is opened and closed again and again: calls end in the
# copy that they were bound to, and none ends in one that is gone.
#
# Technique: wrap/redirect.c; what a session has kept is found by its address and
# forgotten with it.
. "$(dirname "$0")/../lib/hazard_lib.sh"
hazard_need_shim
ssl=$(ldconfig -p | sed -n 's/.*libssl.so.3 .*=> //p' | head -n 1)
[ -r "$ssl" ] || hazard_skip "no libssl.so.3 here"
for i in 1 2 3; do
	cp "$ssl" "$T/copy$i.so"
done
cat >"$T/host.c" <<'END'
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOAD(handle, type, name, ...)                                          \
	type (*name)(__VA_ARGS__) = (type (*)(__VA_ARGS__))dlsym(handle, #name); \
	if (!name)                                                             \
		exit(99)

/* Begins a handshake in each, nobody answers, and frees them. */
static void use(void **handles, int count)
{
	void *sessions[8];
	int i;

	for (i = 0; i < count; i++) {
		LOAD(handles[i], void *, TLS_client_method, void);
		LOAD(handles[i], void *, SSL_CTX_new, void *);
		LOAD(handles[i], void, SSL_CTX_free, void *);
		LOAD(handles[i], void *, SSL_new, void *);
		LOAD(handles[i], void, SSL_set_bio, void *, void *, void *);
		LOAD(handles[i], int, SSL_connect, void *);
		LOAD(handles[i], int, SSL_get_error, void *, int);
		LOAD(handles[i], void *, BIO_new, void *);
		LOAD(handles[i], void *, BIO_s_mem, void);
		void *ctx = SSL_CTX_new(TLS_client_method());

		sessions[i] = SSL_new(ctx);
		SSL_CTX_free(ctx);
		SSL_set_bio(sessions[i], BIO_new(BIO_s_mem()),
			    BIO_new(BIO_s_mem()));
		printf("%d ", SSL_connect(sessions[i]));
		printf("%d\n", SSL_get_error(sessions[i], -1));
	}
	for (i = 0; i < count; i++) {
		LOAD(handles[i], void, SSL_free, void *);
		SSL_free(sessions[i]);
	}
}

static long pull(void *arg, void *data, size_t size)
{
	errno = EAGAIN;
	return -1;
}

static long push(void *arg, void *data, size_t size)
{
	return (long)size;
}

/* Begins a handshake; frees the session, or does not; the library goes. */
static void gnutls(int is_left)
{
	void *handle = dlopen("libgnutls.so.30", RTLD_NOW | RTLD_LOCAL), *session;

	if (!handle)
		return;
	LOAD(handle, int, gnutls_init, void **, unsigned int);
	LOAD(handle, int, gnutls_handshake, void *);
	LOAD(handle, int, gnutls_set_default_priority, void *);
	LOAD(handle, void, gnutls_deinit, void *);
	LOAD(handle, void, gnutls_transport_set_pull_function, void *,
	     long (*)(void *, void *, size_t));
	LOAD(handle, void, gnutls_transport_set_push_function, void *,
	     long (*)(void *, void *, size_t));
	LOAD(handle, const char *, gnutls_strerror_name, int);
	gnutls_init(&session, 2);
	gnutls_set_default_priority(session);
	gnutls_transport_set_pull_function(session, pull);
	gnutls_transport_set_push_function(session, push);
	puts(gnutls_strerror_name(gnutls_handshake(session)));
	if (!is_left)
		gnutls_deinit(session);
	printf("%d\n", dlclose(handle));
}

int main(int argc, char **argv)
{
	void *handles[8];
	int i;

	for (i = 1; i < argc; i++) {
		handles[i - 1] = dlopen(argv[i], RTLD_NOW | RTLD_LOCAL);
		if (!handles[i - 1])
			return puts(dlerror()), 1;
	}
	for (i = 0; i < 3; i++)
		use(handles, argc - 1);
	for (i = 0; i < 10; i++)
		gnutls(i % 3 == 0);
	return 0;
}
END
gcc -D_GNU_SOURCE -w -o "$T/host" "$T/host.c" || exit 1
HAZARD_VARS=(TELEMETRY_LOG=warn TELEMETRY_LOG_FILE="$T/log")
hazard_compare events "$T/host" "$T"/copy[1-3].so "$ssl"
closed=$(grep -c 'tls.handshake.exception.*reason=closed.*openssl' \
	"$T/events/console.out")
[ "$closed" = 12 ] || hazard_fail "four copies: $closed handshakes, not 12"
if grep -q GNUTLS_E_AGAIN "$T/bare/out"; then
	ended=$(grep -c 'tls.handshake.exception' "$T/events/console.out")
	[ "$ended" = 18 ] || hazard_fail "$ended of 18 handshakes have ended"
fi
[ ! -s "$T/log" ] || hazard_fail "$(cat "$T/log")"

# Copies of one file jump into themselves by what a session has in it; so these
# two have nothing of OpenSSL but the names.
names=$(sed -n 's/^[A-Z]*([^,]*, \([A-Za-z_]*\),.*/\1/p' \
	"$HAZARD_ROOT/shim/wrap/openssl.def")
for i in 1 2; do
	for name in $names; do
		[ $name = SSL_connect ] && echo "long $name(void) { return $i; }" ||
			echo "long $name(void) { return 0; }"
	done | gcc -shared -fPIC -x c -o "$T/named$i.so" - || exit 1
done
cat >"$T/named.c" <<'END'
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		void *handle = dlopen(argv[i], RTLD_NOW | RTLD_LOCAL);
		int (*connect)(void *) =
			(int (*)(void *))dlsym(handle, "SSL_connect");

		printf("%d\n", connect(argv));
	}
	return 0;
}
END
gcc -o "$T/named" "$T/named.c" || exit 1
hazard_compare "record events" "$T/named" "$T/named1.so" "$T/named2.so"
[ "$(tr '\n' ' ' <"$T/bare/out")" = "1 2 " ] || hazard_fail "nothing was tried"

# Killed in the middle of it.
cat >"$T/killed.py" <<'END'
import os, signal, ssl
client = ssl.create_default_context()
s = client.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="there")
try:
    s.do_handshake()
except ssl.SSLWantReadError:
    print("wants to read", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
END
if /usr/bin/python3 -c 'import ssl' 2>/dev/null; then
	hazard_compare record /usr/bin/python3 "$T/killed.py"
	grep -qx 137 "$T/record/status" || hazard_fail "it was not killed"
fi
hazard_finish
