#!/bin/sh
# OpenSSL, each function and each end of a handshake: the program sees the same
# results, errors and error queue, and each call and each handshake is one span.
. "$(dirname "$0")/../lib/tls.sh"

gcc -Wno-deprecated-declarations -O1 -D_GNU_SOURCE -o "$TEST_TMP/host" \
	"$(dirname "$0")/openssl.c" -lssl -lcrypto -lpthread \
	2>"$TEST_TMP/gcc.log" || {
	grep -q 'ssl.h' "$TEST_TMP/gcc.log" && skip "no headers of OpenSSL here"
	cat "$TEST_TMP/gcc.log"
	exit 1
}
done='^tls.handshake.stop tls.library=openssl tls.protocol.version=1.3'
failed='^tls.handshake.exception kind=tls'

both "$TEST_TMP/host" whole
# Two calls each, and one span: from the first to the last.
expect 2 "$done resumed=false role=client server.address=localhost"
expect 2 "$done resumed=false role=server server.address=localhost"
expect 4 '^tls.handshake.start'
expect 1 '^tls.read.stop bytes=0 function=SSL_peek	'
expect 1 '^tls.read.stop bytes=0 function=SSL_peek_ex'
expect 1 '^tls.read.stop bytes=400 function=SSL_read	'
expect 1 '^tls.read.stop bytes=600 function=SSL_read_ex'
# A read that has to wait, and the end of the conversation.
expect 2 '^tls.read.stop bytes=0 function=SSL_read	'
expect 1 '^tls.write.stop bytes=1000 function=SSL_write	'
expect 1 '^tls.write.stop bytes=2000 function=SSL_write_ex'
expect 1 '^tls.write.exception function=SSL_sendfile'
expect 1 '^tls.write.exception kind=tls reason=PROTOCOL_IS_SHUTDOWN'
expect 0 '^tls.read.exception'

both "$TEST_TMP/host" implied
expect 4 "$done"
expect 4 '^tls.handshake.start'
expect 1 '^tls.write.stop bytes=77'
expect 1 '^tls.read.stop bytes=77'
expect 0 exception
for function in SSL_write SSL_read SSL_peek; do
	expect 1 "^tls.handshake.stop parent_span_id function=$function"
done

both "$TEST_TMP/host" left
expect 34 "$done role=client"
expect 34 "$done role=server"
expect 35 "$failed reason=closed role=client"
expect 34 "$failed reason=closed role=server"
both "$TEST_TMP/host" handed
expect 1 "$failed reason=closed role=client"

# Where an address comes back, the session that had it is found to be gone.
both "$TEST_TMP/host" unseen
expect 50 "$failed reason=closed"

both "$TEST_TMP/host" refused verify
expect 1 "$failed reason=CERTIFICATE_VERIFY_FAILED role=client"
expect 1 "$failed reason=TLSV1_ALERT_UNKNOWN_CA role=server"
expect 1 "$failed reason=HTTP_REQUEST role=server"
expect 1 "$failed reason=EPIPE role=client"
expect 4 '^tls.handshake.start'
expect 1 '^tls.read.exception reason=broken'

both "$TEST_TMP/host" cut
expect 1 '^tls.read.exception reason=UNEXPECTED_EOF_WHILE_READING'
expect 1 '^tls.write.exception reason=EPIPE'
both "$TEST_TMP/host" stale
expect 2 '^tls.read.stop bytes=0'
expect 0 exception

both "$TEST_TMP/host" early
expect 1 '^tls.write.stop bytes=123 function=SSL_write_early_data'
expect 1 '^tls.read.stop bytes=123 function=SSL_read_early_data'
expect 1 "^tls.handshake.stop function=SSL_write_early_data resumed=true"
expect 1 "^tls.handshake.stop function=SSL_read_early_data resumed=true"
expect 2 "$done resumed=false"
expect 4 '^tls.handshake.start'

# The handshake of the parent is ended by it alone; the child has its own.
both "$TEST_TMP/host" forked
expect 4 "$done"
expect 4 '^tls.handshake.start'
expect 0 exception

both "$TEST_TMP/host" threads
expect 400 "$done"
expect 400 '^tls.handshake.start'
expect 200 '^tls.read.stop bytes=10'
expect 200 '^tls.write.stop bytes=10'

# Every row of the table has been called.
for function in $(sed -n 's/^\(WRAPPED\|NEWER\)([^,]*, \(SSL_[a-z_]*\),.*/\2/p' \
	"$TEST_ROOT/shim/wrap/openssl.def"); do
	grep -q "$function(" "$(dirname "$0")/openssl.c" \
		"$(dirname "$0")/openssl.h" || fail "$function is not called"
done
finish
