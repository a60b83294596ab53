#!/bin/sh
# Nothing of an exporter grows with its rounds: what its thread has open after
# the first is what it has open after many more, with scrapes, reports at
# intervals, polls, and processes that come and go; in a program, and in
# telemetry-host.
. "$(dirname "$0")/../lib/e2e.sh"
need python3 curl

TELEMETRY_DIR=$TEST_SEGMENTS/$$
TELEMETRY_LOG_FILE=$TEST_TMP/log
TELEMETRY_POLL_PERIOD=20
TELEMETRY_PROMETHEUS_SOCKET=$TEST_TMP/page
TELEMETRY_JSON_FILE=$TEST_TMP/lines
TELEMETRY_JSON_CONTENT=events,metrics
TELEMETRY_JSON_INTERVAL=100
export TELEMETRY_DIR TELEMETRY_LOG_FILE TELEMETRY_POLL_PERIOD \
	TELEMETRY_PROMETHEUS_SOCKET TELEMETRY_JSON_FILE TELEMETRY_JSON_CONTENT \
	TELEMETRY_JSON_INTERVAL
mkdir -m 700 "$TELEMETRY_DIR"
cd "$TEST_TMP" || exit 1
host="" program=""
trap 'kill -9 $host $program 2>/dev/null' EXIT

# Each line of its input is a byte through a pair of sockets.
cat >sends.py <<'END'
import socket, sys

a, b = socket.socketpair()
for line in sys.stdin:
    a.send(b"x")
    b.recv(1)
END

scrape() {
	curl -sf --unix-socket page -o answer http://localhost/metrics
}

reports() {
	grep -c '"type":"metric","name":"libc.heap.live"' lines
}

has_reported() { # MORE THAN
	[ "$(reports)" -gt "$1" ]
}

# Rounds in which all of them have had something to do.
rounds() { # HOW MANY
	round=0
	while [ $round -lt "$1" ]; do
		round=$((round + 1))
		reports=$(reports)
		echo >&9
		LD_PRELOAD=$TEST_SHIM /bin/true
		scrape || fail "round $round: nobody answers: $(cat log)"
		wait_for has_reported "$reports" || fail "round $round: no report"
	done
}

# Of the exporter, while nothing goes on: its task is the last argument.
has_open() { # PROCESS TASK
	ls -l "/proc/$1/task/$2/fd" | sed 's/.* \([0-9]* -> \)/\1/; /^total/d' | sort
}

# A connection may not yet be closed, and a file just be read.
is_as_before() {
	has_open "$@" | wc -l >now
	cmp -s before now
}

keeps() { # PROCESS TASK
	rounds 2
	has_open "$@" | wc -l >before
	rounds 12
	wait_for is_as_before "$@" ||
		fail "it had $(cat before) descriptors open, and has $(has_open "$@")"
}

mkfifo input
LD_PRELOAD=$TEST_SHIM TELEMETRY_REPORTERS=prometheus,json \
	python3 sends.py <input >out 2>&1 &
program=$!
exec 9>input
wait_for scrape || fail "nobody answers: $(cat log out)"
wait_for [ -s lines ] || fail "no report: $(cat log out)"
task=$(grep -l '^telemetry$' /proc/$program/task/*/comm | cut -d / -f 5)
[ "$task" ] || fail "no thread"
keeps $program "$task"
exec 9>&-
wait $program || fail "status $?: $(cat out)"

rm -f lines
"$TEST_BUILD/telemetry-host" --reporters prometheus,json 2>host.err &
host=$!
wait_for scrape || fail "the host does not answer: $(cat host.err log)"
LD_PRELOAD=$TEST_SHIM python3 sends.py <input >out 2>&1 &
program=$!
exec 9>input
wait_for [ -s lines ] || fail "no report: $(cat log out)"
keeps $host $host
exec 9>&-
wait $program || fail "status $?: $(cat out)"
program=""
kill $host
wait $host || fail "status $? of the host"
host=""
[ ! -s log ] || fail "logged: $(cat log)"
