#!/bin/sh
# Calls of OpenSSL and GnuTLS that are left by cancellation or longjmp, meet a
# closed descriptor, or come before our constructor and after main().
. "$(dirname "$0")/../lib/tls.sh"

here=$(dirname "$0")
build() { # LIBRARY OPTION...
	library=$1
	shift
	gcc -O1 -D_GNU_SOURCE -shared -fPIC -DEARLY \
		-o "$TEST_TMP/lib$library-early.so" "$here/abrupt.c" "$@" &&
		gcc -O1 -D_GNU_SOURCE -o "$TEST_TMP/$library" \
			"$here/abrupt.c" -L"$TEST_TMP" -l"$library-early" \
			-Wl,-rpath,"$TEST_TMP" "$@" -lpthread
}

for library in openssl gnutls; do
	host=$TEST_TMP/$library
	if [ $library = openssl ]; then
		build openssl -lssl -lcrypto || exit 1
	else
		build gnutls -DWITH_GNUTLS -lgnutls || exit 1
	fi
	# The library's destructor has a conversation after all of these; its
	# constructor's is before us.
	done="^tls.handshake.stop tls.library=$library"

	both "$host" cancelled
	expect 6 "$done"
	expect 1 '^tls.read.exception kind=unwind function='
	expect 2 '^tls.read.stop bytes=10'
	expect 1 exception

	# What goes on is not ended by the call that is left.
	both "$host" jumped
	expect 8 "$done"
	expect 8 '^tls.handshake.start'
	expect 1 '^tls.read.exception kind=unwind'
	expect 1 '^tls.read.stop bytes=7'
	expect 1 exception
	expect 0 parent_span_id

	both "$host" closed
	expect 1 '^tls.read.exception kind=tls reason=EBADF'
	expect 1 exception

	# The thread's is past our own key; the other two are seen.
	both "$host" late
	expect 4 "$done"
	expect 2 '^tls.read.stop bytes=10'
	expect 0 exception
done
finish
