#!/bin/sh
# /health/ready against real servers that come and go: PostgreSQL, MariaDB,
# Redis and nginx; each has its own log or counters as a witness.
. "$(dirname "$0")/../lib/db.sh"

pids=
cleanup() {
	for pid in $pids; do
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	db_cleanup
}
trap cleanup EXIT

wait_until() { # COMMAND...: for at most 30 seconds
	tries=300
	until "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.1 # between two looks
	done
}

ready() { # the body, in $TEST_TMP/ready
	curl -s --max-time 5 "http://127.0.0.1:$(cat "$TEST_TMP/port")/health/ready" \
		>"$TEST_TMP/ready"
}

says() { # NAME WORD
	ready && jq -e --arg n "$1" --arg w "$2" \
		'.[$n] == $w and .checks[$n].status == $w' \
		"$TEST_TMP/ready" >/dev/null
}

expect() { # NAME WORD
	wait_until says "$1" "$2" ||
		fail "$1 is not \"$2\": $(cat "$TEST_TMP/ready")"
}

work=$TEST_TMP/servers
mkdir -p "$work"
chmod 777 "$work"
mariadb-install-db --no-defaults --user=root --datadir="$work/my" \
	--auth-root-authentication-method=normal --skip-test-db \
	>"$work/my.install" 2>&1 || fail "mariadb-install-db: $(cat "$work/my.install")"
cat >"$work/nginx.conf" <<END
daemon off; pid $work/nginx.pid; error_log stderr; worker_processes 1;
events {}
http {
	access_log $work/access.log; client_body_temp_path $work/body;
	proxy_temp_path $work/proxy; fastcgi_temp_path $work/fastcgi;
	uwsgi_temp_path $work/uwsgi; scgi_temp_path $work/scgi;
	server { listen unix:$work/web; location = /up { return 200 "up"; }
		 location / { return 503; } }
}
END
pg_start

checks="db=postgresql+unix:$PGHOST/.s.PGSQL.5432"
checks="$checks,in=postgresql+unix:$PGHOST/.s.PGSQL.5432?user=nobody_here"
checks="$checks,my=mysql+unix:$work/my.sock,cache=redis+unix:$work/redis"
checks="$checks,secret=redis+unix:$work/redis?password=right"
checks="$checks,web=http+unix:$work/web,page=tcp+unix:$work/web"
env LD_PRELOAD="$TEST_SHIM" TELEMETRY_REPORTERS=health \
	TELEMETRY_HEALTH_PORT=0 TELEMETRY_HEALTH_PORT_FILE="$TEST_TMP/port" \
	TELEMETRY_HEALTH_INTERVAL=100 TELEMETRY_HEALTH_CHECKS="$checks" \
	TELEMETRY_LOG=warn TELEMETRY_LOG_FILE="$TEST_TMP/log" \
	tail -f /dev/null &
pids=$!
wait_until test -s "$TEST_TMP/port" || fail "nobody listens: $(cat "$TEST_TMP/log")"

expect db connected
expect in 'SQLSTATE 28000'
expect my 'no socket'
expect cache 'no socket'
expect web 'no socket'

mariadbd --no-defaults --user=root --datadir="$work/my" --skip-networking \
	--socket="$work/my.sock" --pid-file="$work/my.pid" >"$work/my.log" 2>&1 &
mariadb=$!
pids="$pids $mariadb"
redis-server --port 0 --unixsocket "$work/redis" --requirepass right --save '' \
	>"$work/redis.log" 2>&1 &
pids="$pids $!"
nginx -p "$work" -c "$work/nginx.conf" 2>"$work/nginx.log" &
pids="$pids $!"
expect my connected
expect cache connected
expect secret connected
expect web 'HTTP 503'
expect page connected

# The witnesses: nobody was told more than is needed, and none was blocked.
wait_until grep -q '"GET / HTTP/1.1" 503' "$work/access.log" ||
	fail "nginx saw: $(cat "$work/access.log")"
grep -q libtelemetry_shim-health "$work/access.log" ||
	fail "nginx was asked by: $(cat "$work/access.log")"
mariadb --no-defaults -uroot -S "$work/my.sock" -e 'SELECT 1' >/dev/null ||
	fail "MariaDB lets nobody in any more"
mariadb --no-defaults -uroot -S "$work/my.sock" -sN \
	-e "SHOW GLOBAL STATUS LIKE 'Connection_errors%'" |
	awk '$2 != 0 { exit 1 }' || fail "MariaDB counts connection errors"

# A server that goes away.
kill $mariadb
wait $mariadb
expect my 'no socket'
ready
jq -e '.status == "degraded" and .checks.my.failures > 0 and
       .checks.db.up and .checks.db.duration_ms > 0' "$TEST_TMP/ready" \
	>/dev/null || fail "no: $(cat "$TEST_TMP/ready")"
curl -s -o /dev/null -w '%{http_code}' \
	"http://127.0.0.1:$(cat "$TEST_TMP/port")/health/ready" |
	grep -qx 503 || fail "no 503"
[ ! -s "$TEST_TMP/log" ] || fail "logged: $(cat "$TEST_TMP/log")"
finish
