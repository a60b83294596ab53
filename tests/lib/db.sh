# db.sh - sourced by the tests of tests/db: programs under the shim with every
# event of a database client in a file, and a PostgreSQL server of the test's
# own.
#
#   $EVENTS     the lines of lib/db_events.c
#   $DB_SPANS   of which spans
#
# shellcheck shell=sh

set -u
# shellcheck source=tests/lib/env.sh
. "${TEST_LIB:-"$(dirname "$0")/../lib"}/env.sh"

skip() {
	echo "$*"
	exit 77
}

bad=
fail() {
	echo "$*"
	bad=1
}

finish() {
	[ -z "$bad" ]
	exit
}

pg_pid=
db_cleanup() {
	[ -z "$pg_pid" ] || kill -INT "$pg_pid" 2>/dev/null
	[ -z "$pg_pid" ] || wait "$pg_pid" 2>/dev/null
	[ -n "${TEST_ALL-}" ] || rm -rf "$TEST_TMP" "$TEST_SEGMENTS"
}
trap db_cleanup EXIT
trap 'exit 1' HUP INT TERM

# Not where other tests leave segments: secret() looks at all that there is.
TELEMETRY_DIR=$TEST_SEGMENTS/db.$$
export TELEMETRY_DIR
mkdir -m 700 "$TELEMETRY_DIR"
EVENTS=$TEST_TMP/events
DB_SPANS=${DB_SPANS-"db.connect db.query"}
PROBE=$TEST_TMP/db_events.so
[ -r "$TEST_SHIM" ] || { echo "no $TEST_SHIM"; exit 1; }
gcc -shared -fPIC -O1 -I"$TEST_ROOT/shim/include" -o "$PROBE" \
	"$TEST_LIB/db_events.c" || exit 1

# Runs a command bare and under the shim, both times in the same empty folder;
# output and status must be the same.  Then $EVENTS has its events.
both() {
	for how in bare shim; do
		rm -rf "$TEST_TMP/work"
		mkdir "$TEST_TMP/work"
		rm -f "$EVENTS"
		[ $how = bare ] || before_shim
		(
			cd "$TEST_TMP/work" || exit 1
			if [ $how = shim ]; then
				DB_EVENTS=$EVENTS LD_PRELOAD=$PROBE:$TEST_SHIM
				export DB_EVENTS DB_SPANS LD_PRELOAD
			fi
			exec timeout 60 "$@"
		) >"$TEST_TMP/$how.out" 2>&1
		echo "status $?" >>"$TEST_TMP/$how.out"
	done
	touch "$EVENTS"
	diff "$TEST_TMP/bare.out" "$TEST_TMP/shim.out" ||
		fail "$1: - is the bare run, + the run under the shim"
	[ -z "${TEST_SHOW-}" ] || cat "$TEST_TMP/shim.out" "$EVENTS"
	[ "$(count '^[a-z.]*\.start')" = \
		"$(count '^[a-z.]*\.\(stop\|exception\)')" ] ||
		fail "$1: a span has no end, or two"
}

before_shim() {
	:
}

count() { # PATTERN: of grep, in the events
	grep -c -- "$1" "$EVENTS"
}

# expect NUMBER PATTERN: so many events; a blank in the pattern is anything.
expect() {
	pattern=$(printf %s "$2" | sed 's/ /.*/g')
	number=$(count "$pattern")
	[ "$number" = "$1" ] && return
	fail "$number events and not $1: $2"
	cat "$EVENTS"
}

# Nothing with this text in it may be in the events or in any segment.
secret() {
	! grep -q "$1" "$EVENTS" || fail "shown: $(grep "$1" "$EVENTS")"
	! grep -raq "$1" "$TELEMETRY_DIR" || fail "in a segment: $1"
}

# pg_start OPTION...: starts a server on a socket in $PGHOST; its statements are
# in $PGLOG.
pg_start() {
	pg=$(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin 2>/dev/null |
		tail -n 1)
	[ -x "$pg/initdb" ] || skip "no PostgreSQL server here"
	PGHOST=$TEST_TMP/pg PGUSER=test PGDATABASE=postgres
	PGLOG=$TEST_TMP/pg.log
	export PGHOST PGUSER PGDATABASE
	mkdir "$PGHOST"
	as=
	if [ "$(id -u)" = 0 ]; then
		chown postgres "$PGHOST"
		as="setpriv --reuid=postgres --regid=postgres --clear-groups"
	fi
	(
		cd "$PGHOST" || exit 1
		$as "$pg/initdb" -D data -U test -A trust --no-sync \
			--no-locale -E UTF8 >"$TEST_TMP/initdb.log" 2>&1
	) || { cat "$TEST_TMP/initdb.log"; exit 1; }
	(
		cd "$PGHOST" || exit 1
		exec $as "$pg/postgres" -D data -k "$PGHOST" -h '' \
			-c fsync=off -c log_statement=all \
			-c log_line_prefix= -c log_checkpoints=off "$@"
	) >"$PGLOG" 2>&1 &
	pg_pid=$!
	tries=600
	until psql -X -q -c 'SELECT 1' >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || { cat "$PGLOG"; exit 1; }
		sleep 0.05 # between two looks
	done
}

# Statements that the server was given so far.
pg_statements() {
	grep -cE '^LOG: +(statement|execute [^:]*):' "$PGLOG"
}
