#!/bin/sh
# psql and PostgreSQL over TLS: the handshake is inside of the connecting, the
# bytes of a query are inside of it.
. "$(dirname "$0")/../lib/tls.sh"
python=/usr/bin/python3
[ -x $python ] || skip "no $python"

free_port() {
	$python -c 'import socket
s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

PGPORT=$(free_port)
export PGPORT
cp "$KEY" "$TEST_TMP/pg.key"
chmod 600 "$TEST_TMP/pg.key"
[ "$(id -u)" != 0 ] || chown postgres "$TEST_TMP/pg.key"
pg_start -c ssl=on -c ssl_cert_file="$CERT" -c ssl_key_file="$TEST_TMP/pg.key" \
	-c listen_addresses=127.0.0.1
DB_SPANS="$DB_SPANS db.connect db.query"
cat >"$TEST_TMP/ask.sql" <<'END'
SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid();
SELECT repeat('x', 100000);
END
at="host=127.0.0.1 dbname=postgres user=test"
both psql -X -q -f "$TEST_TMP/ask.sql" "$at sslmode=verify-ca sslrootcert=$CERT"
expect 1 '^tls.handshake.stop parent_span_id function=SSL_connect version=1.3'
connect=$(sed -n 's/^db.connect.start.*	span_id=\([-0-9]*\).*/\1/p' "$EVENTS")
expect 1 "^tls.handshake.stop parent_span_id=$connect	"
[ "$(sum bytes '^tls.read.stop role=client')" -gt 100000 ] ||
	fail "less was read than the server has sent"
query=$(sed -n 's/^db.query.start.*	span_id=\([-0-9]*\).*/\1/p' "$EVENTS" |
	head -n 1)
expect 1 "^tls.write.stop parent_span_id=$query	"
expect 0 exception

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
	-keyout "$TEST_TMP/other.key" -out "$TEST_TMP/other.pem" -days 2 \
	-subj /CN=other 2>/dev/null
both psql -X "$at sslmode=verify-ca sslrootcert=$TEST_TMP/other.pem"
expect 1 '^tls.handshake.exception reason=CERTIFICATE_VERIFY_FAILED'
expect 1 '^db.connect.exception'
finish
