#!/bin/sh
# sqlite3's shell and Python's module, which opens the library by itself.
. "$(dirname "$0")/../lib/e2e.sh"
need sqlite3 python3

scenario() {
	sqlite3 file.db <<'END'
PRAGMA journal_mode = wal;
CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT UNIQUE, size REAL);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
INSERT INTO t SELECT i, 'name ' || i, i / 7.0 FROM n;
SELECT count(*), sum(size) FROM t;
.mode column
.headers on
SELECT * FROM t WHERE name LIKE '%99%' ORDER BY id LIMIT 4;
INSERT INTO t VALUES (1, 'again', 0);
SELECT * FROM missing;
BEGIN; DELETE FROM t WHERE id > 500; ROLLBACK;
SELECT max(id) FROM t; SELECT 'two on a line';
.schema
.dump t
END
	echo "status $?"
	sqlite3 file.db 'SELEC 1'
	echo "status $?"
	sqlite3 -json file.db "SELECT id, name FROM t WHERE id IN (1, 2)"
	sqlite3 /none/such/file.db 'SELECT 1'
	echo "status $?"
	cat >db.py <<'END'
import sqlite3, threading
db = sqlite3.connect("file.db")
print(db.execute("SELECT count(*) FROM t WHERE id > ?", (990,)).fetchall())
with db:
    db.executemany("INSERT INTO t VALUES (?, ?, ?)", [(i, f"n{i}", None) for i in range(2000, 2100)])
print(db.total_changes)
for bad in "SELECT * FROM missing", "INSERT INTO t VALUES (1, 'x', 0)", "nonsense":
    try:
        db.execute(bad)
    except sqlite3.Error as e:
        print(type(e).__name__, e)
db.create_function("twice", 1, lambda x: x * 2)
print(db.execute("SELECT twice(21), sqlite_version() IS NOT NULL").fetchone())
db.executescript("CREATE TABLE u(x); INSERT INTO u VALUES (1); DROP TABLE u;")
def work():
    c = sqlite3.connect("file.db", timeout=30)
    for _ in range(50):
        c.execute("SELECT sum(size) FROM t").fetchone()
    c.close()
ts = [threading.Thread(target=work) for _ in range(4)]
[t.start() for t in ts]; [t.join() for t in ts]
cur = db.execute("SELECT id FROM t"); cur.fetchone(); cur.close()
db.interrupt(); db.close()
try:
    db.execute("SELECT 1")
except sqlite3.ProgrammingError as e:
    print(e)
END
	python3 db.py
	echo "status $?"
}

compare /sqlite3 /python3
