#!/bin/sh
# telemetry-host polls the processes that it exports for: those of all groups,
# each by its own name, as often as it is told; and needs no exporter in them.
. "$(dirname "$0")/../lib/e2e.sh"
need python3 curl

TELEMETRY_DIR=$TEST_SEGMENTS/$$
TELEMETRY_LOG_FILE=$TEST_TMP/log
export TELEMETRY_DIR TELEMETRY_LOG_FILE
mkdir -m 700 "$TELEMETRY_DIR"
cd "$TEST_TMP" || exit 1
host="" one="" two=""
trap 'kill -9 $host $one $two 2>/dev/null; rm -rf "$TELEMETRY_DIR" "$TEST_TMP"' EXIT

cat >sleeper.py <<'END'
import socket, time
a, b = socket.socketpair(socket.AF_UNIX)
listener = socket.create_server(("127.0.0.1", 0))
peer = socket.create_connection(listener.getsockname())
open("ready", "w").close()
time.sleep(1000)
END
begin() { # NAME GROUP
	rm -f ready
	OTEL_SERVICE_NAME=$1 TELEMETRY_POLL_PERIOD=$2 LD_PRELOAD=$TEST_SHIM \
		python3 sleeper.py &
	wait_for test -e ready || fail "$1 does not start"
}
page() {
	curl -sf "http://127.0.0.1:$(cat port)/metrics" >page
}
# shows REGEX: a line of the page.
shows() {
	page && grep -qE "$1" page
}
start_host() {
	TELEMETRY_POLL_PERIOD=30 TELEMETRY_PROMETHEUS_PORT=0 \
		TELEMETRY_PROMETHEUS_PORT_FILE=$TEST_TMP/port \
		TELEMETRY_METRICS='last_value(polled.rss, event=process.memory, measurement=rss, unit=byte, tags=[process.pid, service.name]);
		last_value(polled.sockets, event=process.sockets, measurement=open, tags=[process.pid]);
		counter(polled.samples, event=process.memory, tags=[service.name]);
		counter(polled.ticks, event=os.load)' \
		"$TEST_BUILD/telemetry-host" "$@" --reporters prometheus 2>host.err &
	host=$!
	wait_for test -s port || fail "no host: $(cat host.err log)"
}

begin one 1000
one=$!
begin two 2000
two=$!
[ "$(find "$TELEMETRY_DIR" -mindepth 1 -maxdepth 1 -type d | wc -l)" = 2 ] ||
	fail "these are not two groups: $(ls "$TELEMETRY_DIR")"
start_host --all
for name in one two; do
	pid=$one
	[ $name = one ] || pid=$two
	rss=$(($(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status") * 1024))
	wait_for shows "^polled_rss_bytes\{.*process_pid=\"$pid\".*$name.*\} $rss\$" ||
		fail "$name: not $rss: $(grep polled page) $(cat log)"
	wait_for shows "^polled_sockets\{.*process_pid=\"$pid\".*\} 4\$" ||
		fail "$name: $(grep sockets page)"
	[ "$(ls "/proc/$pid/task")" = "$pid" ] || fail "a thread in $name"
done
# It goes on, and what is polled of the machine is polled once per tick.
ticks() {
	page && awk '/^polled_ticks_total/ { sum += $2 } END { print sum }' page
}
wait_for shows "^polled_ticks_total\\{" || fail "no ticks"
first=$(ticks)
more() {
	[ "$(ticks)" -gt $((first + 3)) ]
}
wait_for more || fail "does not go on: $(ticks)"

# One that comes later is seen, too.
kill -9 "$two"
dead=$two
begin three 3000
two=$!
wait_for shows "^polled_rss_bytes\{.*process_pid=\"$two\"" ||
	fail "not polled: $(grep polled page)"
# And what was polled of the one that has gone goes; what was counted stays.
gone() {
	page && ! grep -q "process_pid=\"$1\"" page
}
wait_for gone "$dead" || fail "still there: $(grep "$dead" page)"
wait_for shows "^polled_sockets\{.*process_pid=\"$one\".*\} 4\$" ||
	fail "gone, too: $(grep sockets page)"
wait_for shows "^polled_samples_total\{.*two.*\}" ||
	fail "no total of the dead: $(grep polled page)"
kill "$host"
wait "$host" || fail "status $?"
host=""
[ ! -s log ] || fail "logged: $(cat log)"
