#!/bin/sh
# curl (OpenSSL) and openssl s_server: handshakes, what refuses them, and as many
# bytes as the file has.
. "$(dirname "$0")/../lib/tls.sh"
command -v curl >/dev/null || skip "no curl here"

s_server -WWW
head -c 300000 /dev/urandom >"$TEST_TMP/www/file"
url=https://localhost:$port/file
client='role=client server.address=localhost'

both sh -c 'curl -sS -o got "$@" && cksum <got' - --cacert "$CERT" "$url"
expect 1 "^tls.handshake.start"
expect 1 "^tls.handshake.stop tls.protocol.version=1.3 resumed=false $client"
# The head of the answer is what else is in it.
bytes=$(sum bytes '^tls.read.stop tls.protocol.version=1.3')
[ "$bytes" -ge 300000 ] && [ "$bytes" -le 300300 ] ||
	fail "$bytes bytes were read of a file of 300000"
expect 0 exception

both curl -sS "$url"
expect 1 "^tls.handshake.exception kind=tls reason=CERTIFICATE_VERIFY_FAILED"
expect 1 '^tls.handshake.start'
both curl -sS -k -o got "$url" "$url"
expect 1 '^tls.handshake.stop tls.protocol.version=1.3 resumed=false'
expect 1 '^tls.handshake.stop tls.protocol.version=1.3 resumed=true'
both curl -sS -k -o got --tls-max 1.2 "$url"
expect 1 "^tls.handshake.stop tls.protocol.name=tls tls.protocol.version=1.2"
both curl -sS -k --tls-max 1.1 "$url"
expect 1 '^tls.handshake.exception kind=tls'
# Refused before there is any TLS, and where there is none.
both curl -s --noproxy '*' https://localhost:1/
expect 0 '^tls'

# Nothing is observed, and the program sees nothing of it.
TELEMETRY_WRAP=all,-tls both curl -sS -k -o got "$url"
expect 0 '^tls'
finish
