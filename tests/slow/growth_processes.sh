#!/bin/sh
# 500 processes at a time, 2,000 in all: the page of the one that reports is
# exact while they run, when they have ended and when others have come and gone,
# and then neither its memory nor the group's folder has grown.
. "$(dirname "$0")/../lib/grow.sh"
need curl

path=$TEST_TMP/page.sock
TELEMETRY_REPORTERS=prometheus
TELEMETRY_PROMETHEUS_SOCKET=$path
export TELEMETRY_REPORTERS TELEMETRY_PROMETHEUS_SOCKET
host=''
trap 'kill -9 $host 2>/dev/null; rm -rf "$TEST_TMP" "$TELEMETRY_DIR"' EXIT

# told NAME: the sum of its samples.
told() {
	awk -v name="^$1[{ ]" '$0 ~ name { sum += $NF } END { printf "%d\n", sum }' page
}

has_both() { # NUMBER
	curl -sf --max-time 60 --unix-socket "$path" http://x/metrics >page &&
		[ "$(told events_total)" = "$1" ] &&
		[ "$(told spans_count)" = "$1" ]
}

# agree WHEN NUMBER
agree() {
	wait_for has_both "$2" || fail "$1: $(told events_total) events," \
		"$(told spans_count) spans, not $2: $(cat log err out)"
}

files() {
	find "$TELEMETRY_DIR" -name '[1-9]*.[0-9]*' | wc -l
}

is_tidy() {
	[ "$(files)" -le 1 ]
}

mkdir -m 700 "$TELEMETRY_DIR"
mkfifo input
LD_PRELOAD=$TEST_SHIM ./grow processes 2000 500 <input >out 2>err &
host=$!
exec 9>input
agree "while 500 run" 5000
[ "$(files)" -ge 500 ] || fail "500 run, with $(files) segments"
echo >&9
agree "when they have ended" 5000
wait_for is_tidy || fail "$(files) segments of the dead stay"
blocks=$(du -sk "$TELEMETRY_DIR" | cut -f 1)
echo >&9
agree "when 2000 have ended" 20000
wait_for is_tidy || fail "$(files) segments of the dead stay"
now=$(du -sk "$TELEMETRY_DIR" | cut -f 1)
echo >&9
exec 9>&-
wait $host || fail "the program failed: $(cat out err log)"
host=''
read_figures out
echo "resident $first_rss, then $last_rss KiB; folder $blocks, then $now KiB"
at_most "resident memory" $((last_rss - first_rss)) 2048
at_most "the folder" $((now - blocks)) 128
[ ! -s log ] || fail "logged: $(cat log)"
