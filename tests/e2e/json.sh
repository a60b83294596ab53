#!/bin/sh
# The JSON reporter in real programs: jq, python's json and a checker of OTLP
# read every line; numbers are compared with what the program did.
. "$(dirname "$0")/../lib/e2e.sh"
need jq python3 sqlite3

TELEMETRY_DIR=$TEST_SEGMENTS/$$
TELEMETRY_REPORTERS=json
TELEMETRY_LOG_FILE=$TEST_TMP/log
TELEMETRY_EXIT_TIMEOUT=30000
export TELEMETRY_DIR TELEMETRY_REPORTERS TELEMETRY_LOG_FILE \
	TELEMETRY_EXIT_TIMEOUT
mkdir -m 700 "$TELEMETRY_DIR"
cd "$TEST_TMP" || exit 1
python=/usr/bin/python3
[ -x $python ] || python=python3

# Lives until its events are in the file, unless told not to wait.
cat >host.py <<'END'
import os, select, socket, sys, time
a, b = socket.socketpair()
for i in range(5):
    a.send(b"x" * 100)
    b.recv(1000)
end = time.monotonic() + 30
while len(sys.argv) > 1:
    try:
        if open(sys.argv[1]).read().count('"libc.socket.recv"') >= 5:
            break
    except FileNotFoundError:
        pass
    if time.monotonic() > end:
        sys.exit("nothing while it runs")
    select.select([], [], [], 0.01)
END

# read_back FILE...: every line is JSON, for both readers, and nothing else.
read_back() {
	for file; do
		jq -e . "$file" >/dev/null || fail "jq: $file"
		$python -c '
import json, sys
for line in open(sys.argv[1], "rb").read().decode("utf-8").split("\n")[:-1]:
	json.loads(line)' "$file" || fail "python: $file"
	done
}

# is FILE FILTER VALUE
is() {
	got=$(jq -s "$2" "$1")
	[ "$got" = "$3" ] || fail "$2 of $1 is $got, not $3"
}

shim() {
	LD_PRELOAD=$TEST_SHIM "$@"
}

# ---- lines: events, failures and metrics, while the program runs
TELEMETRY_JSON_FILE=$TEST_TMP/lines TELEMETRY_JSON_CONTENT=events,metrics,logs \
	TELEMETRY_JSON_INTERVAL=100 shim $python host.py lines || fail "host"
read_back lines
is lines '[.[] | select(.type == "span" and .name == "libc.socket.send")] | length' 5
is lines '[.[] | select(.name == "libc.socket.send") | .measurements.bytes] | add' 500
is lines '[.[] | select(.type == "metric" and .name == "libc.socket.io" and
	.tags["network.io.direction"] == "transmit")] | last | .value' 500
is lines '[.[] | select(.type == "span") | select((.trace_id | length) != 32 or
	(.span_id | length) != 16)] | length' 0
[ ! -e log ] || fail "logged $(cat log)"

# ---- spans within spans have one trace
printf 'select 1;\nselect nosuch;\n' |
	TELEMETRY_JSON_FILE=$TEST_TMP/sql TELEMETRY_JSON_CONTENT=events,logs \
	shim sqlite3 >/dev/null 2>&1
read_back sql
is sql '[.[] | select(.type == "log" and .name == "db.query") | .message]' \
	'[
  "db.query: SQLITE_ERROR"
]'
is sql '(map({key: (.span_id // ""), value: .trace_id}) | from_entries) as $of |
	[.[] | select(.parent_span_id and $of[.parent_span_id] and
	$of[.parent_span_id] != .trace_id)] | length' 0

# ---- OTLP: a file for each kind, every line checked
TELEMETRY_JSON_FORMAT=otlp TELEMETRY_JSON_FILE=$TEST_TMP/o.%k.jsonl \
	TELEMETRY_JSON_CONTENT=events,metrics,logs TELEMETRY_JSON_MAX_LINE=4K \
	shim sh -c "$python host.py; sqlite3 :memory: 'select nosuch'; exit 0" \
	>/dev/null 2>&1
read_back o.traces.jsonl o.metrics.jsonl o.logs.jsonl
for file in o.traces.jsonl o.metrics.jsonl o.logs.jsonl; do
	$python "$TEST_LIB/otlp_check.py" $file || fail "OTLP: $file"
	[ "$(awk '{ print length }' $file | sort -n | tail -n 1)" -lt 4096 ] ||
		fail "$file: a line is too long"
done
is o.traces.jsonl '[.[].resourceSpans[].scopeSpans[].spans[] |
	select(.name == "libc.socket.send")] | length' 5
is o.traces.jsonl '[.[].resourceSpans[].scopeSpans[].spans[] |
	select(.status.code == 2 and .kind == 3)] | length' 1
is o.metrics.jsonl '[.[].resourceMetrics[].scopeMetrics[].metrics[] |
	select(.name == "libc.socket.io") | .sum.dataPoints[].asDouble] | add' 1000
is o.logs.jsonl '[.[].resourceLogs[].scopeLogs[].logRecords[] |
	select(.severityNumber == 17) | .body.stringValue]' \
	'[
  "db.query: SQLITE_ERROR"
]'

# ---- bytes that are no text, in the name of a program
name=$(printf 'p\377\355\240\200"\\\342\200\256')
cp /bin/true "$name"
TELEMETRY_JSON_FILE=$TEST_TMP/bytes TELEMETRY_JSON_CONTENT=events,metrics \
	shim "./$name"
read_back bytes
is bytes '[.[].executable | select(endswith("p\ufffd\ufffd\ufffd\ufffd\"\\\u202e") | not)] |
	length' 0

# ---- stderr, and a FIFO with a real reader
shim sh -c 'exit 3' 2>err
read_back err
[ -s err ] || fail "nothing on stderr"
mkfifo fifo
cat fifo >from_fifo &
trap 'kill $! 2>/dev/null; rm -rf "$TEST_TMP" "$TELEMETRY_DIR"' EXIT
TELEMETRY_JSON_FILE=$TEST_TMP/fifo TELEMETRY_JSON_CONTENT=events,metrics \
	shim sh -c 'exec 3>fifo; exit 3'
wait $!
read_back from_fifo
[ -s from_fifo ] || fail "nothing through the FIFO"

# ---- a disk without room: whole lines, and the program goes on
mkdir disk
cat >full.sh <<'END'
mount -t tmpfs -o size=4k none disk || exit 2
TELEMETRY_JSON_FILE=$PWD/disk/out TELEMETRY_JSON_CONTENT=metrics,events \
	LD_PRELOAD=$TEST_SHIM sh -c 'for i in 1 2 3; do sqlite3 </dev/null; done; exit 5'
[ $? = 5 ] || exit 1
cp disk/out full
END
if unshare -rm mount -t tmpfs none disk 2>/dev/null; then
	unshare -rm sh full.sh || fail "under a full disk: status $?"
	read_back full
	grep -q 'error: json: TELEMETRY_JSON_FILE: .* No space left' log ||
		fail "nothing said about the full disk: $(cat log)"
else
	echo "no mounts here: the full disk is left out"
fi
