#!/bin/sh
# Real servers whose processes come and go under load: what a reporter is told
# never falls, and in the end it is what the server's own log says.
. "$(dirname "$0")/../lib/e2e.sh"
need python3 curl nginx apache2 ab cgi-fcgi setpriv

base=$(mktemp -d /tmp/servers.XXXXXX) || exit 1
trap 'stop_all; rm -rf "$base"' EXIT
cd "$base" || exit 1
# Where everybody may read it.
shim=$base/libtelemetry_shim.so
cp -r "$TEST_SHIM" "$(dirname "$TEST_SHIM")/reporters" "$base"
chmod 755 "$base"
server=

# Servers refuse to run as root, or change their user.
as_user() {
	if [ "$(id -u)" = 0 ]; then
		exec setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"
	else
		exec "$@"
	fi
}

own() {
	[ "$(id -u)" != 0 ] || chown -R nobody:nogroup "$@"
}

stop_all() {
	[ -z "$server" ] || kill "$server" 2>/dev/null
	[ -z "$server" ] || wait "$server" 2>/dev/null
	server=
}

free_port() {
	python3 -c '
import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

# start NAME DEFINITIONS COMMAND...: in the background, in a folder of its own.
start() {
	name=$1
	definitions=$2
	shift 2
	mkdir -m 700 "$base/$name.segments"
	own "$base/$name" "$base/$name.segments"
	page=$(free_port)
	(as_user env LD_PRELOAD="$shim" TELEMETRY_REPORTERS=prometheus \
		TELEMETRY_PROMETHEUS_PORT="$page" \
		TELEMETRY_DIR="$base/$name.segments" TELEMETRY_LOG=warn \
		TELEMETRY_LOG_FILE="$base/$name/telemetry.log" \
		TELEMETRY_METRICS="$definitions" "$@") \
		>"$base/$name.out" 2>&1 &
	server=$!
}

ask() {
	curl -sf -o "$base/answer" "http://127.0.0.1:$page/metrics"
}

# told PATTERN: the sum of the values of all samples that match it.
told() {
	awk -v pattern="^$1" '$0 ~ pattern { sum += $NF }
		END { printf "%d\n", sum }' "$base/answer"
}

last=0
never_falls() {
	ask || fail "$name: nobody answers"
	now=$(told "$1")
	[ "$now" -ge "$last" ] || fail "$name: $now after $last"
	last=$now
}

is_told() { # PATTERN NUMBER
	ask && [ "$(told "$1")" = "$2" ]
}

agree() { # PATTERN WITNESS
	expected=$($2)
	[ "$expected" -gt 0 ] || fail "$name: the witness saw nothing"
	wait_for is_told "$1" "$expected" ||
		fail "$name: told $(told "$1"), the log says $($2)"
	echo "$name: $expected by both"
	[ ! -s "$base/$name/telemetry.log" ] ||
		fail "$name: logged $(cat "$base/$name/telemetry.log")"
}

# load PATTERN COMMAND...: 8 rounds, between which the processes change.
load() {
	pattern=$1
	shift
	last=0
	for round in 1 2 3 4 5 6 7 8; do
		ab -q -n 300 -c 10 "http://127.0.0.1:$port/page" >ab.out 2>&1 ||
			fail "$name: round $round: $(cat ab.out)"
		"$@"
		never_falls "$pattern"
	done
}

answers_http() {
	curl -s -o /dev/null "http://127.0.0.1:$port/page"
}

sent='sum(sent, span=libc.socket.send, measurement=bytes,
	tags=[network.transport])'

# ---- nginx: 4 workers, reloads --------------------------------------------

mkdir nginx
seq 1 2000 >nginx/page
port=$(free_port)
cat >nginx/nginx.conf <<END
daemon off;
worker_processes 4;
worker_shutdown_timeout 10s;
pid $base/nginx/pid;
error_log $base/nginx/error.log;
events { worker_connections 64; }
http {
	log_format bytes '\$bytes_sent';
	access_log $base/nginx/access.log bytes;
	client_body_temp_path $base/nginx; proxy_temp_path $base/nginx;
	fastcgi_temp_path $base/nginx; uwsgi_temp_path $base/nginx;
	scgi_temp_path $base/nginx;
	server { listen 127.0.0.1:$port; root $base/nginx; }
}
END
start nginx "$sent" nginx -e "$base/nginx/error.log" -p "$base/nginx" \
	-c "$base/nginx/nginx.conf"
wait_for answers_http || fail "nginx: $(cat nginx.out nginx/error.log)"
wait_for ask || fail "nginx: nobody answers"
load 'sent.*_total.*"tcp"' kill -HUP $server
nginx_sent() {
	awk '{ sum += $1 } END { print sum }' "$base/nginx/access.log"
}
agree 'sent.*_total.*"tcp"' nginx_sent
stop_all

# ---- apache: prefork, graceful restarts -----------------------------------

mkdir apache
seq 1 2000 >apache/page
port=$(free_port)
modules=/usr/lib/apache2/modules
cat >apache/apache.conf <<END
ServerRoot $base/apache
ServerName localhost
Listen 127.0.0.1:$port
PidFile $base/apache/pid
ErrorLog $base/apache/error.log
Mutex file:$base/apache
LoadModule mpm_prefork_module $modules/mod_mpm_prefork.so
LoadModule authz_core_module $modules/mod_authz_core.so
StartServers 10
MinSpareServers 5
MaxSpareServers 12
MaxConnectionsPerChild 100
LogFormat "%>s %U" plain
CustomLog $base/apache/access.log plain
DocumentRoot $base/apache
END
# Its parent sends requests to its children, to wake them: not these.
pages='counter(pages, event=libc.socket.send.stop, keep=[bytes >= 8000])'
start apache "$pages" apache2 -D FOREGROUND -f "$base/apache/apache.conf"
wait_for answers_http || fail "apache: $(cat apache.out apache/error.log)"
wait_for ask || fail "apache: nobody answers"
load pages_total kill -USR1 $server
apache_pages() {
	grep -c '^200 /page$' "$base/apache/access.log"
}
agree pages_total apache_pages
stop_all

# ---- php-fpm: children that end after some requests ------------------------

fpm=$(find /usr/sbin -name 'php-fpm[0-9]*' | head -n 1)
missing=
mkdir php
cat >php/x.php <<'END'
<?php echo "hello";
END
cat >php/fpm.conf <<END
[global]
error_log = $base/php/error.log
daemonize = no
[www]
listen = $base/php/sock
pm = static
pm.max_children = 3
pm.max_requests = 5
access.log = $base/php/access.log
END
php_answers() {
	SCRIPT_FILENAME=$base/php/x.php REQUEST_METHOD=GET \
		cgi-fcgi -bind -connect "$base/php/sock" | grep -q hello
}
php_accepted() {
	wc -l <"$base/php/access.log"
}
serve_php() {
	start php 'counter(accepted, event=libc.socket.accept.stop, keep=[network.transport = unix])' \
		"$fpm" -n -y "$base/php/fpm.conf"
	wait_for php_answers || fail "php: $(cat php.out php/error.log)"
	wait_for ask || fail "php: nobody answers"
	last=0
	for _ in 1 2 3 4 5; do
		for _ in 1 2 3 4 5 6 7 8 9 10; do
			php_answers || fail "php: no answer"
		done
		never_falls accepted_total
	done
	agree accepted_total php_accepted
	stop_all
}
if [ "$fpm" ]; then
	serve_php
else
	missing="no php-fpm here"
fi

# ---- PostgreSQL: a process for each connection ------------------------------

pg=$(find /usr/lib/postgresql -name pgbench -path '*/bin/*' | sort | tail -n 1)
[ "$pg" ] || skip "${missing:+$missing, }no pgbench here"
pg=$(dirname "$pg")
mkdir pg
own pg
(as_user "$pg/initdb" -A trust -U test --no-sync -D "$base/pg/data") \
	>pg.out 2>&1 || fail "initdb: $(cat pg.out)"
start pg 'sum(sent, span=libc.socket.send, measurement=bytes)' \
	"$pg/postgres" -D "$base/pg/data" -k "$base/pg" -h '' -F
wait_for "$pg/pg_isready" -h "$base/pg" || fail "postgres: $(cat pg.out)"
wait_for ask || fail "pg: nobody answers"
cc -shared -fPIC -I"$TEST_ROOT/shim/include" -o dump.so \
	"$TEST_LIB/dump_reporter.c" || fail "cannot build the reporter"
mkdir -m 700 clients
client() {
	TELEMETRY_REPORTERS=$base/dump.so TELEMETRY_DUMP_FILE=$base/received \
		TELEMETRY_METRICS='sum(received, span=libc.socket.recv, measurement=bytes)' \
		TELEMETRY_DIR=$base/clients LD_PRELOAD=$shim "$@"
}
# What was sent before: the other side of it is nobody that we look at.
settled() {
	ask && before=$(told 'sent[a-z_]*_total') && ask &&
		[ "$(told 'sent[a-z_]*_total')" = "$before" ]
}
wait_for settled || fail "pg: no rest"
last=0
client "$pg/pgbench" -q -i -h "$base/pg" -U test postgres >pgbench.out 2>&1 ||
	fail "pgbench: $(cat pgbench.out)"
for round in 1 2 3 4; do
	client "$pg/pgbench" -C -c 4 -t 20 -h "$base/pg" -U test postgres \
		>pgbench.out 2>&1 || fail "pgbench: $(cat pgbench.out)"
	never_falls 'sent[a-z_]*_total'
done
pg_received() {
	awk -v before="$before" '$1 == "received" {
		sub(/.* value=/, ""); sum += $1 } END { print before + sum }' \
		"$base/received"
}
agree 'sent[a-z_]*_total' pg_received
stop_all
[ -z "$missing" ] || skip "$missing"
