#!/bin/sh
# prometheus: a server scrapes nginx with two workers, under load and through a
# reload; what it has then is what nginx' access log says.
. "$(dirname "$0")/../lib/e2e.sh"
. "$TEST_LIB/prometheus.sh"
need nginx curl prometheus promtool python3

cd "$TEST_TMP" || exit 1

write_conf() { # PORT
	cat >nginx.conf <<END
daemon off;
worker_processes 2;
pid $PWD/pid;
error_log $PWD/error.log info;
$([ "$(id -u)" = 0 ] && echo 'user root;')
events { worker_connections 64; }
http {
	log_format witness '\$connection \$bytes_sent \$request_length';
	access_log $PWD/access.log witness;
	client_body_temp_path $PWD/tmp; proxy_temp_path $PWD/tmp;
	fastcgi_temp_path $PWD/tmp; uwsgi_temp_path $PWD/tmp; scgi_temp_path $PWD/tmp;
	server {
		listen 127.0.0.1:$1;
		location / { return 200 "hello\n"; }
	}
}
END
}

free_port() {
	python3 -c '
import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

is_up() {
	curl -s -o /dev/null "http://127.0.0.1:$web/" || ! kill -0 $nginx
}

# Another program may have taken the port meanwhile.
start_nginx() {
	for _ in 1 2 3 4 5; do
		web=$(free_port)
		write_conf "$web"
		LD_PRELOAD=$TEST_SHIM TELEMETRY_REPORTERS=prometheus \
			TELEMETRY_PROMETHEUS_PORT=0 TELEMETRY_LOG_FILE="$PWD/log" \
			TELEMETRY_PROMETHEUS_PORT_FILE="$PORT_FILE" \
			nginx -e "$PWD/error.log" -p "$PWD" -c "$PWD/nginx.conf" &
		nginx=$!
		wait_for is_up && kill -0 $nginx && return
	done
	fail "nginx does not start: $(cat error.log)"
}

load() { # REQUESTS
	seq 1 "$1" | sed "s|.*|http://127.0.0.1:$web/&|" |
		xargs -n 20 -P 4 curl -sf \
			>/dev/null || fail "a request failed"
}

# column N: the sum of it in the access log.
column() {
	awk -v n="$1" '{ sum += $n } END { print sum }' access.log
}

check_witness() {
	tcp='network_transport="tcp"'
	read_back "sum(libc_socket_io_bytes_total{$tcp,network_io_direction=\"transmit\"})" \
		"$(column 2)"
	read_back "sum(libc_socket_io_bytes_total{$tcp,network_io_direction=\"receive\"})" \
		"$(column 3)"
	# Calls of accept are more: of two workers that wake, one comes too late.
	read_back "sum(libc_socket_connection_lifetime_seconds_count{$tcp,role=\"server\"})" \
		"$(awk '!seen[$1]++ { n++ } END { print n }' access.log)"
}

start_nginx
wait_for has_port || fail "nobody listens: $(cat log)"
start_server nginx="$port"
page text text.1
page open open.1
load 200
check_witness
page text text.2
page open open.2
judge text text.1 text.2
judge open open.1 open.2

# The workers go, and others come: nothing that they counted is lost.
old=$(pgrep -P $nginx)
kill -HUP $nginx
wait_for sh -c "! kill -0 $(echo "$old" | head -n 1)" ||
	fail "the old workers stay"
load 100
check_witness
page open open.3
judge open open.2 open.3

# Spans behind the values, on the page and in the server.
grep -q '_bucket{.*} [0-9]* # {span_id="[0-9a-f]\{16\}"} [0-9.e-]* [0-9.]*$' open.3 ||
	fail "no exemplars on the page: $(grep _bucket open.3 | head -n 3)"
has_exemplars() {
	now=$(date +%s)
	curl -sf -G "$api/query_exemplars" \
		--data-urlencode 'query=libc_socket_wait_duration_seconds_bucket' \
		-d "start=$((now - 600))" -d "end=$((now + 600))" >exemplars
	grep -q '"labels":{"span_id":"[0-9a-f]*"},"value":"[0-9.e-]*"' exemplars
}
wait_for has_exemplars || fail "no exemplars: $(cat exemplars)"

# Names that OpenTelemetry has given end in _count.
promtool check metrics <text.2 2>&1 |
	grep -vE '^process_(thread|unix_file_descriptor)_count ' &&
	fail "^ promtool"
read_back 'up' 1
read_back 'count(target_info{service_name="nginx",process_executable_path="/usr/sbin/nginx"})' 1
curl -sf "$api/metadata?metric=libc_socket_io_bytes" >metadata
grep -q '"type":"counter","help":"Bytes sent and received","unit":"bytes"' \
	metadata || fail "metadata: $(cat metadata)"

kill $prometheus
wait $prometheus
kill -QUIT $nginx
wait $nginx || fail "nginx: status $?"
[ ! -e "$PORT_FILE" ] || fail "the port's file is still there"
[ ! -s log ] || fail "logged: $(cat log)"
