#!/bin/sh
# PostgreSQL: a cluster made, a server with its children, psql, pgbench, Python's
# driver, queries that fail, and a stop.
. "$(dirname "$0")/../lib/e2e.sh"

bin=$(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin 2>/dev/null | tail -n 1)
[ -x "$bin/initdb" ] || skip "no PostgreSQL server here"

# It refuses to run as root, and its user may not be able to read our folders.
if [ "$(id -u)" = 0 ]; then
	tree=$TEST_TMP/tree
	mkdir -p "$tree/tests/e2e" "$tree/build" "$tree/segments"
	cp -r "$TEST_LIB" "$tree/tests"
	cp "$0" "$tree/tests/e2e"
	cp "$TEST_SHIM" "$tree/build"
	chown -R postgres "$TEST_TMP"
	runuser -u postgres -- env HOME="$TEST_TMP" TEST_ROOT="$tree" \
		TEST_LIB="$tree/tests/lib" TEST_BUILD="$tree/build" \
		TEST_SEGMENTS="$tree/segments" "$tree/tests/e2e/${0##*/}"
	exit
fi

python=/usr/bin/python3
$python -c 'import psycopg2' 2>/dev/null || skip "no psycopg2 for $python"

scenario() {
	export PGHOST="$PWD" PGUSER=test PGDATABASE=postgres
	export HOME="$PWD" PGTZ=UTC
	"$bin/initdb" -D data -U test -A trust --no-sync --no-locale -E UTF8
	"$bin/pg_ctl" -D data -w -l kept/log -o "-k $PWD -h '' -c fsync=off \
		-c log_checkpoints=off -c max_parallel_workers_per_gather=2 \
		-c log_line_prefix=''" start >/dev/null || cat kept/log
	cat >all.sql <<'END'
\set VERBOSITY verbose
CREATE TABLE t(id int PRIMARY KEY, name text, size numeric);
INSERT INTO t SELECT i, 'name ' || i, i / 7.0 FROM generate_series(1, 20000) i;
SELECT count(*), sum(size) FROM t;
SELECT * FROM t WHERE id % 4999 = 0 ORDER BY 1;
INSERT INTO t VALUES (1, 'again');
SELECT * FROM missing;
SELEC 1;
SET statement_timeout = '20ms'; SELECT pg_sleep(20);
RESET statement_timeout;
SELECT 1 \; SELECT 2;
BEGIN; DECLARE c CURSOR FOR SELECT id FROM t ORDER BY id; FETCH 3 FROM c; COMMIT;
\copy (SELECT id FROM t WHERE id < 4) TO STDOUT
COPY t FROM STDIN;
100001	copied	1
\.
SET force_parallel_mode = on; SELECT max(size) FROM t;
LISTEN x; NOTIFY x;
DO $$ BEGIN RAISE NOTICE 'noticed'; END $$;
PREPARE p(int) AS SELECT name FROM t WHERE id = $1; EXECUTE p(100001);
SELECT pg_terminate_backend(pg_backend_pid());
SELECT 'after it';
END
	psql -X -f all.sql
	echo "psql $?"
	psql -X -v ON_ERROR_STOP=1 -c 'SELECT 1/0'
	echo "psql $?"
	psql -X -h /none/such -c 'SELECT 1'
	echo "psql $?"
	psql -X -At -d missing -c 'SELECT 1'
	echo "psql $?"
	"$bin/pgbench" -i -q -s 1 --unlogged-tables >/dev/null 2>&1
	"$bin/pgbench" -n -c 4 -j 2 -t 25 -M prepared | grep processed
	"$bin/pgbench" -n -c 2 -t 25 -S -M extended | grep processed
	pg_dump -t t | grep -vE '^(--|.(un)?restrict )' | sha256sum
	cat >db.py <<'END'
import psycopg2, threading
db = psycopg2.connect("")
c = db.cursor()
c.execute("SELECT name FROM t WHERE id = %s", (7,)); print(c.fetchall())
try:
    c.execute("SELECT * FROM missing")
except psycopg2.Error as e:
    print(e.pgcode, e)
db.rollback()
n = db.cursor("named"); n.execute("SELECT id FROM t ORDER BY id"); print(n.fetchmany(3))
db.commit(); db.close()
def work():
    with psycopg2.connect("") as d, d.cursor() as k:
        for i in range(50):
            k.execute("SELECT %s", (i,))
ts = [threading.Thread(target=work) for _ in range(4)]
[t.start() for t in ts]; [t.join() for t in ts]
try:
    psycopg2.connect("host=/none/such")
except psycopg2.OperationalError as e:
    print(e)
END
	$python db.py
	"$bin/pg_ctl" -D data -m fast stop
	echo "stop $?"
	# Times and the pids of ended workers are in the other lines.
	grep -E '^(ERROR|FATAL|PANIC|WARNING)' kept/log | sort >kept/errors
	rm kept/log
}

filter() {
	sed 's/connection to server on socket "[^"]*"/connection to server/;
		s/with PID [0-9]*/with PID N/'
}

compare /initdb /postgres /psql /pgbench /python3
