# tls.sh - sourced by the tests of tests/tls: lib/db.sh with the events of TLS
# libraries, certificates, and servers on ports of the kernel's choice.
#
#   $CERT, $KEY   of "localhost", signed by itself
#   $port         of the server that was started last
#
# shellcheck shell=sh

# shellcheck disable=SC2034 # for db.sh
DB_SPANS="tls.handshake tls.read tls.write"
# shellcheck source=tests/lib/db.sh
. "${TEST_LIB:-"$(dirname "$0")/../lib"}/db.sh"

command -v openssl >/dev/null || skip "no openssl here"
CERT=$TEST_TMP/cert.pem KEY=$TEST_TMP/key.pem
export CERT KEY
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
	-keyout "$KEY" -out "$CERT" -days 2 -subj /CN=localhost \
	-addext subjectAltName=DNS:localhost,IP:127.0.0.1 2>"$TEST_TMP/req" ||
	{ cat "$TEST_TMP/req"; exit 1; }

servers=
tls_cleanup() {
	for server in $servers; do
		kill "$server" 2>/dev/null
		wait "$server" 2>/dev/null
	done
	db_cleanup
}
trap tls_cleanup EXIT

# wait_for COMMAND...: until it succeeds, for at most 30 seconds.
wait_for() {
	tries=600
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.05 # between two looks
	done
}

# serve LOG PATTERN COMMAND...: starts a server, which writes its port, what
# sed makes of the line with the pattern, to the log.
serve() {
	log=$1 pattern=$2
	shift 2
	"$@" >"$log" 2>&1 </dev/null &
	servers="$servers $!"
	wait_for grep -q "$pattern" "$log" || { cat "$log"; exit 1; }
	port=$(sed -n "s/.*$pattern.*/\1/p" "$log" | head -n 1)
}

# s_server OPTION...: OpenSSL's, with its files from the folder www.
s_server() {
	mkdir -p "$TEST_TMP/www"
	serve "$TEST_TMP/s_server.log" 'ACCEPT.*:\([0-9]*\)' \
		env -C "$TEST_TMP/www" openssl s_server -accept 127.0.0.1:0 \
		-cert "$CERT" -key "$KEY" "$@"
}

# sum KEY PATTERN: the sum of a measurement over events.
sum() {
	pattern=$(printf %s "$2" | sed 's/ /.*/g')
	grep -- "$pattern" "$EVENTS" |
		sed -n "s/.*	$1=\([0-9]*\).*/\1/p" |
		awk '{ n += $1 } END { print n + 0 }'
}
