# prometheus.sh - for tests of the prometheus reporter: pages, checked, and a
# Prometheus server that scrapes them.
#
#   page text|open FILE        the page of $TEST_TMP/port, checked by all judges
#   start_server NAME=PORT...  a server with these targets
#   query EXPRESSION           its value there, a number; nothing if there is none
#   read_back EXPRESSION NUMBER  waits until it is that
#
# shellcheck shell=sh disable=SC2154

# Leaves no server behind.
fail() {
	echo "$*"
	for program in ${nginx-} ${serve-} ${prometheus-}; do
		kill "$program" 2>/dev/null
	done
	exit 1
}

PORT_FILE=$TEST_TMP/port
OPEN='application/openmetrics-text;version=1.0.0'

# has_port: the reporter listens; its port is in $port then.
has_port() {
	port=$(cat "$PORT_FILE" 2>/dev/null) && [ -n "$port" ] &&
		curl -s -o /dev/null "http://127.0.0.1:$port/metrics"
}

get_page() { # text|open
	accept=text/plain
	[ "$1" = text ] || accept=$OPEN
	curl -sfS --compressed -H "Accept: $accept" \
		"http://127.0.0.1:$port/metrics"
}

page() {
	get_page "$1" >"$2" || fail "no page"
	judge "$1" "$2"
}

judge() {
	python3 "$TEST_LIB/exposition.py" "$@" || fail "^ $*"
	case $1 in
	text)
		promtool check metrics <"$2" >"$TEST_TMP/lint" 2>&1
		[ $? != 1 ] || fail "promtool: $(cat "$TEST_TMP/lint")"
		;;
	open)
		python3 -c '
import sys
from prometheus_client.openmetrics import parser
list(parser.text_string_to_metric_families(open(sys.argv[1], newline="").read()))' "$2" ||
			fail "^ the parser of python3-prometheus-client"
		;;
	esac
}

# listens PID: the TCP port that a process listens at.
listens() {
	python3 -c '
import os, sys
fds = f"/proc/{sys.argv[1]}/fd"
own = {os.readlink(f"{fds}/{fd}") for fd in os.listdir(fds)}
for table in "tcp", "tcp6":
    for line in open(f"/proc/net/{table}"):
        f = line.split()
        if f[3] == "0A" and f"socket:[{f[9]}]" in own:
            print(int(f[1].rsplit(":")[1], 16))
            sys.exit()
sys.exit(1)' "$1"
}

start_server() {
	{
		echo 'global: { scrape_interval: 500ms, scrape_timeout: 500ms }'
		echo 'scrape_configs:'
		for target; do
			echo "- job_name: ${target%=*}"
			echo "  static_configs: [{ targets: ['127.0.0.1:${target#*=}'] }]"
		done
	} >"$TEST_TMP/prometheus.yml"
	prometheus --config.file="$TEST_TMP/prometheus.yml" \
		--storage.tsdb.path="$TEST_TMP/tsdb" --log.level=info \
		--web.listen-address=127.0.0.1:0 \
		--enable-feature=exemplar-storage >"$TEST_TMP/prometheus.log" 2>&1 &
	prometheus=$!
	wait_for listens $prometheus ||
		fail "no server: $(cat "$TEST_TMP/prometheus.log")"
	api=http://127.0.0.1:$(listens $prometheus)/api/v1
	wait_for curl -sf "${api%/api/v1}/-/ready" || fail "not ready"
}

query() {
	curl -sf -G "$api/query" --data-urlencode "query=$1" | python3 -c '
import json, sys
for one in json.load(sys.stdin)["data"]["result"]:
    print(float(one["value"][1]))'
}

is_read() { # EXPRESSION NUMBER
	[ "$(query "$1")" = "$(python3 -c 'print(float(__import__("sys").argv[1]))' "$2")" ]
}

read_back() {
	wait_for is_read "$1" "$2" ||
		fail "the server has $1 = $(query "$1"), not $2"
}
