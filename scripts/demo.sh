#!/bin/sh
# demo.sh - real, unmodified programs under the shim, and what it saw of them.
# Everything happens in a scratch folder that is removed at the end; no port is
# fixed, and nothing is left running.
set -eu

here=$(cd "$(dirname "$0")" && pwd)

step() {
	printf '\n$ %s\n' "$*"
	"$@" || echo "(exit status $?)"
}

# Under the shim: this shell, and all that it starts.
programs() {
	cd "$DEMO"
	: >server.out
	python3 -u -m http.server --bind 127.0.0.1 --directory web 0 \
		>server.out 2>server.log &
	server=$!
	until grep -q 'port [0-9]' server.out; do
		kill -0 $server || exit 1
		sleep 0.05
	done
	port=$(sed -n 's/.*port \([0-9]*\).*/\1/p' server.out)

	echo "# python3 -m http.server listens on port $port"
	step curl -s -o page "http://localhost:$port/page.html"
	step curl -sS -o page "http://127.0.0.1:1/"
	step curl -sS -o page http://no-such-host.invalid/

	step sqlite3 shop.db "CREATE TABLE orders(id INTEGER PRIMARY KEY, name TEXT, amount REAL)"
	step sqlite3 shop.db "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 20000)
  INSERT INTO orders SELECT i, 'customer ' || (i % 97), i * 1.25 FROM n"
	step sqlite3 shop.db "SELECT count(*) FROM orders WHERE name = 'customer 42' AND amount > 99.5"
	step sqlite3 shop.db "SELECT * FROM invoices WHERE secret = 'hunter2'"
	step python3 -c '
import sqlite3
db = sqlite3.connect("shop.db")
for n in range(50):
    db.execute("SELECT sum(amount) FROM orders WHERE name = ?", (f"customer {n}",)).fetchone()
print("50 customers summed up")'

	if [ -n "${DEMO_POSTGRES-}" ]; then
		step psql -X -q -c "CREATE TABLE orders AS SELECT i AS id, i * 1.25 AS amount FROM generate_series(1, 20000) i"
		step psql -X -At -c "SELECT count(*) FROM orders WHERE amount > 99.5"
		step psql -X -At -c "SELECT * FROM invoices WHERE secret = 'hunter2'"
	fi
	kill $server
	wait $server 2>/dev/null || :
	printf '\n# What the shim saw:\n\n'
}

if [ "${1-}" = --programs ]; then
	programs
	exit 0
fi

DEMO=$(mktemp -d)
export DEMO
chmod 755 "$DEMO"
postgres=
finish() {
	[ -z "$postgres" ] || as_postgres "$postgres/pg_ctl" -D "$DEMO/pg/data" \
		-m immediate stop >/dev/null 2>&1 || :
	rm -rf "$DEMO"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

# PostgreSQL refuses to run as root.
as_postgres() {
	if [ "$(id -u)" = 0 ]; then
		(cd / && runuser -u postgres -- "$@")
	else
		"$@"
	fi
}

start_postgres() {
	mkdir "$DEMO/pg"
	[ "$(id -u)" != 0 ] || chown postgres "$DEMO/pg"
	as_postgres "$1/initdb" -D "$DEMO/pg/data" -U demo -A trust --no-sync >/dev/null
	postgres=$1
	as_postgres "$1/pg_ctl" -D "$DEMO/pg/data" -w -l "$DEMO/pg/log" \
		-o "-k $DEMO/pg -h '' -c fsync=off" start >/dev/null
	export DEMO_POSTGRES=1 PGHOST="$DEMO/pg" PGUSER=demo PGDATABASE=postgres
}

bin=$(find /usr/lib/postgresql -name initdb -path '*/bin/*' 2>/dev/null |
	sort -V | tail -n 1)
if [ -n "$bin" ] && command -v psql >/dev/null; then
	start_postgres "$(dirname "$bin")"
else
	echo "# without psql: install the package postgresql to see it too"
fi

mkdir "$DEMO/web"
seq 1 20000 >"$DEMO/web/page.html"
mkdir -m 700 "$DEMO/segments"
export TELEMETRY_DIR="$DEMO/segments"
# This shell reports for what it starts; the small tools are left out.
TELEMETRY_ONLY="$(readlink -f /bin/sh),*/curl,*/python3*,*/sqlite3,*/psql"
export TELEMETRY_ONLY
# Of the build folder that make was told to use.
build=$(readlink -f "${B:-$here/../build}")
sed "s|^libdir=.*|libdir=$build|" "$here/telemetry-run" >"$DEMO/telemetry-run"
sh "$DEMO/telemetry-run" --reporters console -- "$0" --programs
