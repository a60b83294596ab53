#!/bin/sh
# libpq: every statement that the server was given is one span, no more, with
# its rows or its SQLSTATE, and without any literal.
. "$(dirname "$0")/../lib/db.sh"
pg_start

before_shim() {
	given=$(pg_statements)
}

# As many spans as statements: without those that only prepare, and those that
# never came to the server.
as_many() {
	given=$(($(pg_statements) - given))
	seen=$(grep '^db.query.\(stop\|exception\)' "$EVENTS" | grep -v \
		-e 'operation.name=PREPARE' -e 'reason=pipeline_aborted' \
		-e 'reason=not_sent' -e 'reason=26000' -c)
	[ "$given" = "$seen" ] ||
		fail "$1: the server was given $given, seen were $seen"
	[ "$given" -gt 0 ] || fail "$1: the server was given nothing"
}

cat >"$TEST_TMP/script.sql" <<'END'
SET client_min_messages = error; DROP TABLE IF EXISTS t;
CREATE TABLE t(id int PRIMARY KEY, name text);
INSERT INTO t SELECT g, 'CANARY' || g FROM generate_series(1, 100) g;
SELECT * FROM t WHERE id < 11;
SELECT nope;
\copy t TO STDOUT
COPY t FROM STDIN;
1001	CANARY
\.
UPDATE t SET name = $$CANARY$$ WHERE id IN (1, 2, 3);
SELECT 1 \; SELECT 'CANARY';
SELECT count(*) FROM t a JOIN t b USING (id), t;
END
both psql -X -f "$TEST_TMP/script.sql"
as_many psql
secret CANARY
ok='db.system.name=postgresql'
expect 1 "^db.connect.stop $ok function=PQconnectdbParams"
expect 1 '^db.query.stop rows=100 db.query.summary=INSERT t SELECT'
expect 1 '^db.query.stop rows=10.span db.query.text=SELECT [*] FROM t WHERE id < ?'
expect 1 '^db.query.exception reason=42703 db.response.status_code=42703'
expect 1 '^db.query.stop rows=100 db.operation.name=COPY'
expect 1 '^db.query.stop rows=1.span db.operation.name=COPY'
expect 1 '^db.query.stop rows=3.span summary=UPDATE t'
expect 1 '^db.query.stop rows=2.span db.query.text=SELECT ? ; SELECT ?'
expect 1 '^db.query.stop rows=1.span db.query.summary=SELECT t t t'
grep '^db.query.\(stop\|exception\)' "$EVENTS" | grep -qv "server.address=$PGHOST" &&
	fail "a query without its server"

both psql -X -h "$TEST_TMP/none" -c 'SELECT 1'
expect 1 '^db.connect.exception kind=db reason=not_listening'
both psql -X -d missing -c 'SELECT 1'
expect 1 '^db.connect.exception db.namespace=missing'

"$pg/pgbench" -i -q -s 1 --unlogged-tables >/dev/null 2>&1
for mode in simple extended prepared; do
	PGOPTIONS='' both sh -c "$pg/pgbench -n -M $mode -t 40 -c 3 -j 2 2>&1 |
		grep processed"
	as_many "pgbench -M $mode"
done

if /usr/bin/python3 -c 'import psycopg2' 2>/dev/null; then
	cat >"$TEST_TMP/db.py" <<'END'
import psycopg2, threading
db = psycopg2.connect("")
c = db.cursor()
c.execute("SELECT name FROM t WHERE name = %s", ("CANARY7",))
print(c.fetchall())
try:
    c.execute("SELECT 1 / 0")
except psycopg2.Error as e:
    print(e.pgcode)
db.rollback()
def work():
    with psycopg2.connect("") as d, d.cursor() as k:
        for i in range(50):
            k.execute("SELECT %s", ("CANARY",))
ts = [threading.Thread(target=work) for _ in range(4)]
[t.start() for t in ts]; [t.join() for t in ts]
END
	both /usr/bin/python3 "$TEST_TMP/db.py"
	as_many psycopg2
	secret CANARY
	expect 1 '^db.query.exception reason=22012 function=PQexec'
	expect 200 '^db.query.stop rows=1.span db.query.text=SELECT.?.db.namespace'
	expect 5 '^db.connect.stop function=PQconnectdb'
fi

include=$(pg_config --includedir 2>/dev/null)
if gcc -I"$include" -o "$TEST_TMP/pipeline" \
	"$(dirname "$0")/pipeline.c" -lpq 2>"$TEST_TMP/gcc.log"; then
	both "$TEST_TMP/pipeline"
	expect 20 '^db.query.\(stop\|exception\)'
	secret CANARY
	expect 2 '^db.connect.exception function=PQconnectStart'
	expect 1 '^db.connect.stop function=PQconnectStart'
	expect 1 '^db.connect.stop function=PQreset'
	expect 1 '^db.query.exception reason=42P05 operation.name=PREPARE'
	# The text is that of the statement that could be prepared.
	expect 1 '^db.query.stop function=PQexecPrepared text=SELECT [$]1::int'
	expect 1 '^db.query.stop rows=7 function=PQsendQueryPrepared generate_s'
	expect 1 '^db.query.exception reason=26000'
	expect 1 '^db.query.stop rows=5 operation.name=COPY'
	expect 1 '^db.query.exception reason=22012 function=PQsendQueryParams'
	expect 1 '^db.query.exception reason=pipeline_aborted'
	expect 1 '^db.query.stop rows=9 function=PQsendQueryParams'
	expect 1 '^db.query.exception reason=not_sent'
else
	grep -q libpq-fe.h "$TEST_TMP/gcc.log" || fail "$(cat "$TEST_TMP/gcc.log")"
fi
finish
