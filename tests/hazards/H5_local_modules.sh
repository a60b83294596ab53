#!/bin/bash
# H5: a library that only an extension module opened RTLD_LOCAL needs is not in
# the scope behind the shim, yet the module's calls work as before and are seen.
#
# Technique: import slots are redirected to a wrapper whose originals are those
# of the provider that the slot was bound to (wrap/redirect_slots.c).
. "$(dirname "$0")/../lib/hazard_lib.sh"
hazard_need_shim

cat >"$T/sqlite.py" <<'END'
import sqlite3
db = sqlite3.connect(":memory:")
db.execute("CREATE TABLE t(a)")
db.executemany("INSERT INTO t VALUES (?)", [(i,) for i in range(5)])
print(db.execute("SELECT sum(a) FROM t").fetchall())
try:
    db.execute("SELECT * FROM missing")
except sqlite3.Error as e:
    print(e)
END
# expect WORD...: the run's events have a line with all of these.
expect() {
	local lines word

	lines=$(cat "$T/events/console.out")
	for word; do lines=$(grep -F -- "$word" <<<"$lines"); done
	[ -n "$lines" ] || hazard_fail "$python: no event with $*"
}

tried=
for python in /usr/bin/python3 "$(command -v python3)"; do
	# Not the wrapper script of a version manager.
	python=$("$python" -c 'import sys, sqlite3; print(sys.executable)') ||
		continue
	case $tried in *" $python "*) continue ;; esac
	tried="$tried $python "
	hazard_compare "record events" "$python" "$T/sqlite.py"
	expect db.connect.stop sqlite :memory:
	expect db.query.stop 'db.query.text="SELECT sum(a) FROM t"' rows=1
	expect db.query.exception reason=SQLITE_ERROR missing
	[ "$(grep -c 'db.query.stop.*INSERT' "$T/events/console.out")" = 5 ] ||
		hazard_fail "$python: not five INSERTs"
done
[ -n "$tried" ] || hazard_skip "no python3 with sqlite3 here"

python=/usr/bin/python3
if "$python" -c 'import psycopg2' 2>/dev/null; then
	cat >"$T/pq.py" <<'END'
import psycopg2
try:
    psycopg2.connect("host=/none/such dbname=d")
except psycopg2.OperationalError as e:
    print(e)
END
	hazard_compare "record events" "$python" "$T/pq.py"
	expect db.connect.exception db.system.name=postgresql \
		server.address=/none/such db.namespace=d reason=not_listening
fi
hazard_finish
