#!/bin/sh
# nginx: a master and workers, a reload, logs, and an orderly end.
. "$(dirname "$0")/../lib/e2e.sh"
need nginx curl

get() {
	curl -s --unix-socket "$TEST_TMP/work/web.sock" "$@"
}

gone() {
	for pid; do
		[ ! -e "/proc/$pid" ] || return 1
	done
}

scenario() {
	mkdir html && seq 1 20000 >html/page && echo old >html/version
	cat >nginx.conf <<END
daemon off;
worker_processes 2;
pid $PWD/pid;
error_log $PWD/error.log info;
$([ "$(id -u)" = 0 ] && echo 'user root;')
events { worker_connections 64; }
http {
	log_format short '\$request \$status \$body_bytes_sent';
	access_log $PWD/kept/access.log short;
	client_body_temp_path $PWD/tmp; proxy_temp_path $PWD/tmp;
	fastcgi_temp_path $PWD/tmp; uwsgi_temp_path $PWD/tmp; scgi_temp_path $PWD/tmp;
	server {
		listen unix:$PWD/web.sock;
		root $PWD/html;
		location /hello { return 200 "hello\n"; }
		location /back { proxy_pass http://unix:$PWD/web.sock:/hello; }
	}
}
END
	nginx -e "$PWD/error.log" -p "$PWD" -c "$PWD/nginx.conf" -t
	nginx -e "$PWD/error.log" -p "$PWD" -c "$PWD/nginx.conf" &
	server=$!
	wait_for get http://x/hello || { cat error.log; return 1; }
	: >kept/access.log
	get http://x/hello http://x/back http://x/version
	get http://x/page | sha256sum
	get -r 0-9 http://x/page
	get -o /dev/null -w '%{http_code}\n' http://x/missing
	# Each into a file: what comes at the same time would be mixed.
	seq 1 30 | sed 's|.*|url=http://x/page?&\noutput=answer.&|' |
		get --parallel --no-progress-meter -K -
	cat answer.* | sha256sum
	sed -i 's/"hello/"reloaded/' nginx.conf
	old=$(pgrep -P $server)
	kill -HUP $server
	wait_for gone $old || echo "the old workers stay"
	get http://x/back
	kill -QUIT $server
	wait $server
	echo "server $?"
	grep -cE '\[(alert|crit|emerg|error)\]' error.log
	# How often the first answer was asked for depends on its speed.
	grep -v '^GET /hello' kept/access.log | sort >kept/log
	rm kept/access.log
}

compare /nginx /curl
