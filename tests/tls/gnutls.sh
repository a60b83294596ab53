#!/bin/sh
# GnuTLS, each function and each end of a handshake, then programs that use it:
# gnutls-cli, wget, and git by libcurl.
. "$(dirname "$0")/../lib/tls.sh"

gcc -O1 -D_GNU_SOURCE -o "$TEST_TMP/host" "$(dirname "$0")/gnutls.c" -lgnutls \
	-lpthread 2>"$TEST_TMP/gcc.log" || {
	grep -q 'gnutls.h' "$TEST_TMP/gcc.log" && skip "no headers of GnuTLS here"
	cat "$TEST_TMP/gcc.log"
	exit 1
}
done='^tls.handshake.stop function=gnutls_handshake tls.library=gnutls'
failed='^tls.handshake.exception kind=tls'
client='role=client server.address=localhost'

both "$TEST_TMP/host" whole
expect 1 "$done version=1.3 resumed=false $client"
expect 1 "$done version=1.3 resumed=false role=server"
expect 2 '^tls.handshake.start'
expect 1 '^tls.read.stop bytes=400 function=gnutls_record_recv	'
expect 1 '^tls.read.stop bytes=600 function=gnutls_record_recv_seq'
expect 1 '^tls.read.stop bytes=700 function=gnutls_record_recv_packet'
expect 1 '^tls.write.stop bytes=1000 function=gnutls_record_send	'
expect 1 '^tls.write.stop bytes=700 function=gnutls_record_send2'
expect 1 '^tls.write.stop bytes=50 function=gnutls_record_send_range'
expect 1 '^tls.write.stop bytes=300 function=gnutls_record_send_file'
expect 1 '^tls.write.stop bytes=11 function=gnutls_record_send	'
# A read that has to wait, and the end of the conversation.
expect 2 '^tls.read.stop bytes=0'
expect 0 exception

both "$TEST_TMP/host" left
expect 33 "$done role=client"
expect 33 "$done role=server"
expect 33 "$failed reason=closed $client"
expect 33 "$failed reason=closed tls.library=gnutls role=server"
expect 1 '^tls.write.exception reason=GNUTLS_E_UNAVAILABLE_DURING_HANDSHAKE'

both "$TEST_TMP/host" refused
expect 1 "$failed reason=GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR role=client"
expect 1 "$failed reason=GNUTLS_A_BAD_CERTIFICATE role=server"
expect 1 "$failed reason=GNUTLS_E_UNEXPECTED_PACKET role=server"
expect 1 "$failed reason=EPIPE role=client"
expect 1 '^tls.read.exception reason=GNUTLS_E_PREMATURE_TERMINATION'
expect 1 '^tls.write.exception reason=GNUTLS_E_INVALID_SESSION'
expect 6 exception

both "$TEST_TMP/host" early
expect 2 "$done resumed=true"
expect 2 "$done resumed=false"
expect 1 '^tls.write.stop bytes=123 function=gnutls_record_send_early_data'
expect 1 '^tls.read.stop bytes=123 function=gnutls_record_recv_early_data'
expect 0 exception

both "$TEST_TMP/host" forked
expect 4 "$done"
expect 4 '^tls.handshake.start'
expect 0 exception
both "$TEST_TMP/host" threads
expect 160 "$done"
expect 80 '^tls.read.stop bytes=10'
expect 80 '^tls.write.stop bytes=10'
expect 0 exception

for function in $(sed -n 's/^\(WRAPPED\|NEWER\)([^,]*, \(gnutls_[a-z0-9_]*\),.*/\2/p' \
	"$TEST_ROOT/shim/wrap/gnutls.def"); do
	grep -q "$function(" "$(dirname "$0")/gnutls.c" ||
		fail "$function is not called"
done

s_server -WWW
head -c 300000 /dev/urandom >"$TEST_TMP/www/file"
url=https://localhost:$port/file
if command -v wget >/dev/null; then
	both sh -c 'wget -q -O got "$@" && cksum <got' - --ca-certificate="$CERT" \
		"$url"
	expect 1 "$done version=1.3 resumed=false $client"
	expect 1 '^tls.handshake.start'
	bytes=$(sum bytes '^tls.read.stop tls.library=gnutls')
	[ "$bytes" -ge 300000 ] && [ "$bytes" -le 300300 ] ||
		fail "$bytes bytes were read of a file of 300000"
fi
if command -v gnutls-cli >/dev/null; then
	# What the library has to say of itself is no more than without.
	# shellcheck disable=SC2016 # for sh
	both sh -c 'printf "GET /file HTTP/1.0\r\n\r\n" |
		gnutls-cli -d 4 "$@" >got 2>&1; echo $?; grep -a ASSERT got |
		sed "s/.*ASSERT/ASSERT/" | sort | uniq -c' - -p "$port" \
		--x509cafile="$CERT" localhost
	expect 1 "$done version=1.3 role=client server.address=localhost"
	both sh -c 'gnutls-cli "$@" </dev/null 2>&1 | grep -a "Fatal"' - \
		-p "$port" --priority=NORMAL:-VERS-ALL:+VERS-TLS1.1 localhost
	expect 1 "$failed"
fi
if command -v git >/dev/null; then
	both git -c http.sslCAInfo="$CERT" ls-remote "https://localhost:$port/r"
	expect 1 "$done version=1.3 $client"
fi
finish
