#!/bin/sh
# Processes in time namespaces, whose clocks are ahead or behind, and exporters
# in others than theirs: nobody who runs is taken for dead, nobody who is dead
# for running, and the sums are exact.
. "$(dirname "$0")/../lib/e2e.sh"
need python3 curl unshare
unshare --time --boottime 1 --fork true 2>/dev/null ||
	skip "no time namespaces here"

TELEMETRY_LOG_FILE=$TEST_TMP/log
TELEMETRY_METRICS='last_value(polled.rss, event=process.memory, measurement=rss, unit=byte, tags=[process.pid]);
	counter(calls.count, span=libc.socket.send);
	last_value(calls.last, span=libc.socket.send, measurement=bytes, expire=3600000)'
export TELEMETRY_LOG_FILE TELEMETRY_METRICS
cd "$TEST_TMP" || exit 1
host="" pid="" started=""
trap 'kill -9 $host $pid 2>/dev/null; rm -rf "$TELEMETRY_DIR" "$TEST_TMP"' EXIT

cat >sender.py <<'END'
import os, socket, sys
a, b = socket.socketpair(socket.AF_UNIX)
open("pid", "w").write(str(os.getpid()))
for line in open("calls"):
	for i in range(10):
		a.send(b"x")
END
# run_at SECONDS COMMAND...: with clocks that are off by so much.
run_at() {
	offset=$1
	shift
	unshare --time --boottime "$offset" --monotonic "$offset" --fork "$@"
}
page() {
	curl -sf "http://127.0.0.1:$(cat port)/metrics" >page
}
shows() {
	page && grep -qE "$1" page
}
is_dead() {
	! kill -0 "$1"
}
gone() {
	page && ! grep -q "process_pid=\"$1\"" page
}
# check OF_HOST OF_PROCESS
check() {
	TELEMETRY_DIR=$TEST_SEGMENTS/$$.$1.$2
	export TELEMETRY_DIR
	mkdir -m 700 "$TELEMETRY_DIR"
	rm -f pid calls port host.pid
	mkfifo calls
	(
		LD_PRELOAD=$TEST_SHIM
		export LD_PRELOAD
		run_at "$2" python3 sender.py
	) &
	exec 3>calls
	echo >&3
	wait_for test -s pid || fail "no process at $2"
	pid=$(cat pid)
	TELEMETRY_POLL_PERIOD=30 TELEMETRY_PROMETHEUS_PORT=0 \
		TELEMETRY_PROMETHEUS_PORT_FILE=$TEST_TMP/port \
		run_at "$1" sh -c 'echo $$ >host.pid; exec "$@"' sh \
		"$TEST_BUILD/telemetry-host" --all --reporters prometheus \
		2>host.err 3>&- &
	started=$!
	wait_for test -s port || fail "no host at $1: $(cat host.err log)"
	host=$(cat host.pid)
	wait_for shows "^polled_rss_bytes\\{.*process_pid=\"$pid\"" ||
		fail "host at $1, process at $2: it is not polled: $(cat page)"
	echo >&3
	wait_for shows "^calls_count_total\\{.*python3.*\\} 20\$" ||
		fail "host at $1, process at $2: $(grep calls page)"
	shows "^calls_last\\{.*\\} 1\$" ||
		fail "host at $1, process at $2: it has expired"
	kill -9 "$pid"
	wait_for is_dead "$pid" || fail "$pid is not dead"
	wait_for gone "$pid" || fail "host at $1, process at $2: it lives on"
	wait_for shows "^calls_count_total\\{.*python3.*\\} 20\$" ||
		fail "host at $1, process at $2: $(grep calls page)"
	exec 3>&-
	kill "$host"
	wait "$started" ||
		fail "host at $1, process at $2: status $?: $(cat host.err log)"
	wait
	host="" pid=""
	[ ! -s log ] || fail "logged: $(cat log)"
	rm -rf "$TELEMETRY_DIR"
}

# Not before the machine was booted.
behind=-$(($(cut -d. -f1 /proc/uptime) / 2))
check 0 100000
check 0 $behind
check 100000 0
check $behind 100000
