#!/bin/sh
# sqlite3: every execution of a statement is one span, with the rows that were
# taken from it or its result code, and without any literal.
. "$(dirname "$0")/../lib/db.sh"
command -v sqlite3 >/dev/null || skip "no sqlite3 here"

cat >"$TEST_TMP/script.sql" <<'END'
CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT UNIQUE);
INSERT INTO t VALUES (1, 'CANARY1'), (2, "CANARY2"), (3, x'CA'), (4, NULL);
SELECT * FROM t WHERE id IN (1, 2, 3);
SELECT * FROM t WHERE name = "CANARY2";
INSERT INTO t VALUES (1, 'CANARY');
INSERT INTO t VALUES (9, 'CANARY1');
SELECT * FROM missing WHERE a = 'CANARY';
DELETE FROM t WHERE id > 1;
SELECT name FROM t WHERE id = 7;
END
both sqlite3 file.db ".read $TEST_TMP/script.sql"
secret CANARY
ok='^db.query.stop'
expect 1 '^db.connect.stop db.system.name=sqlite db.namespace=file.db'
expect 1 "$ok rows=0.span function=sqlite3_step summary=CREATE TABLE t"
expect 1 "$ok rows=4.span summary=INSERT t"
expect 1 "$ok rows=3.span text=SELECT [*] FROM t WHERE id IN (?)"
expect 1 "$ok rows=1.span text=SELECT [*] FROM t WHERE name = ?"
expect 1 '^db.query.exception reason=SQLITE_CONSTRAINT_PRIMARYKEY'
expect 1 '^db.query.exception reason=SQLITE_CONSTRAINT_UNIQUE'
expect 1 '^db.query.exception reason=SQLITE_ERROR missing operation.name=PREPARE'
expect 1 "$ok rows=3.span summary=DELETE t"
expect 1 "$ok rows=0.span text=SELECT name FROM t"
expect 9 '^db.query.\(stop\|exception\) db.namespace=file.db'

both sqlite3 "$TEST_TMP/none/x.db" 'SELECT 1'
expect 1 '^db.connect.exception reason=SQLITE_CANTOPEN'

if /usr/bin/python3 -c 'import sqlite3' 2>/dev/null; then
	cat >"$TEST_TMP/db.py" <<'END'
import sqlite3, threading
db = sqlite3.connect("py.db", timeout=30)
db.execute("CREATE TABLE t(a)")
with db:
    db.executemany("INSERT INTO t VALUES (?)", [("CANARY",)] * 300)
print(db.execute("SELECT count(*) FROM t WHERE a = 'CANARY'").fetchall())
cur = db.execute("SELECT a FROM t"); cur.fetchone(); cur.close()
def work():
    c = sqlite3.connect("py.db", timeout=30)
    for _ in range(100):
        c.execute("SELECT max(a) FROM t").fetchone()
    c.close()
ts = [threading.Thread(target=work) for _ in range(4)]
[t.start() for t in ts]; [t.join() for t in ts]
db.executescript("BEGIN; UPDATE t SET a = 'CANARY'; COMMIT")
db.close()
END
	both /usr/bin/python3 "$TEST_TMP/db.py"
	secret CANARY
	expect 300 "$ok rows=1.span summary=INSERT t"
	expect 400 "$ok rows=1.span text=SELECT max(a) FROM t"
	expect 1 "$ok rows=1.span text=SELECT count"
	expect 1 "$ok rows=300.span summary=UPDATE t"
	expect 5 '^db.connect.stop'
	[ "$(grep '^db.query' "$EVENTS" | grep -c 'namespace=py.db')" = \
		"$(count '^db.query.\(stop\|exception\)')" ] ||
		fail "a query without its file"
fi

if g++ -o "$TEST_TMP/callbacks" "$(dirname "$0")/callbacks.cc" -lsqlite3 \
	-pthread 2>"$TEST_TMP/g++.log"; then
	both "$TEST_TMP/callbacks"
	secret CANARY
	expect 1 '^db.connect.exception reason=SQLITE_CANTOPEN'
	expect 1 '^db.connect.stop db.namespace=mine.db'
	expect 2 '^db.query.exception kind=unwind'
	expect 1 '^db.query.exception reason=SQLITE_ABORT'
	expect 4 "$ok nested"
	expect 1 "$ok function=sqlite3_exec text=SELECT a AS outer"
	expect 4 "$ok rows=1.parent text=SELECT ?1 + ? AS inner"
	expect 3 "$ok rows=4.span text=SELECT a AS walked"
	expect 4 "$ok rows=1.span text=SELECT a AS kept"
	expect 1 '^db.query.exception reason=SQLITE_CONSTRAINT_PRIMARYKEY'
	expect 1 '^db.query.exception reason=SQLITE_ERROR missing'
	expect 1 "$ok rows=4.span function=sqlite3_get_table"
else
	grep -q sqlite3.h "$TEST_TMP/g++.log" || fail "$(cat "$TEST_TMP/g++.log")"
fi
finish
