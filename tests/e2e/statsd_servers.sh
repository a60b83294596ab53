#!/bin/sh
# What real StatsD servers make of what the reporter sends: the one that all
# others follow (npm's statsd), and collectd.  Their values are read back.
. "$(dirname "$0")/../lib/e2e.sh"
# shellcheck source=tests/lib/npm.sh
. "$TEST_LIB/npm.sh"
need jq python3 collectd
npm_package statsd 0.9.0

TELEMETRY_DIR=$TEST_SEGMENTS/$$
TELEMETRY_REPORTERS=statsd
TELEMETRY_LOG_FILE=$TEST_TMP/log
TELEMETRY_EXIT_TIMEOUT=30000
TELEMETRY_STATSD_PREFIX=shop
export TELEMETRY_DIR TELEMETRY_REPORTERS TELEMETRY_LOG_FILE \
	TELEMETRY_EXIT_TIMEOUT TELEMETRY_STATSD_PREFIX
mkdir -m 700 "$TELEMETRY_DIR"
cd "$TEST_TMP" || exit 1
python=/usr/bin/python3
[ -x $python ] || python=python3

# Neither takes a port of its own choice: one that was free just now.
free_port() {
	$python -c 'import socket
a, b = socket.socket(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
a.bind(("127.0.0.1", 0)); b.bind(a.getsockname()); print(a.getsockname()[1])'
}
server=
stop() {
	kill "$server" 2>/dev/null
	wait "$server" 2>/dev/null
	server=
}
trap 'stop; rm -rf "$TEST_TMP" "$TELEMETRY_DIR"' EXIT

cat >host.py <<'END'
import socket
a, b = socket.socketpair()
for i in range(7):
    a.send(b"x" * 100)
    b.recv(1000)
c = socket.socket(socket.AF_UNIX)
try:
    c.connect("/nonexistent/socket")
except OSError:
    pass
END
run() {
	LD_PRELOAD=$TEST_SHIM $python host.py || fail "the program failed"
	[ ! -e log ] || fail "logged $(cat log)"
}

# ---- npm's statsd: every flush as a line
port=$(free_port)
TELEMETRY_STATSD_PORT=$port
export TELEMETRY_STATSD_PORT
cat >backend.js <<'END'
const fs = require('fs');
exports.init = (time, config, events) => {
	events.on('flush', (t, metrics) => fs.appendFileSync('flushed',
		JSON.stringify(metrics) + '\n'));
	return true;
};
END
cat >config.js <<END
{ port: $port, address: "127.0.0.1", mgmt_port: $(free_port),
  mgmt_address: "127.0.0.1", backends: ["$PWD/backend.js"], flushInterval: 200 }
END
node "$npm_modules/statsd/stats.js" config.js >statsd.log 2>&1 &
server=$!
wait_for test -s flushed || fail "statsd does not flush: $(cat statsd.log)"
run

total() {
	jq -s "[.[].counters[\"$1\"] // 0] | add" flushed
}
has_all() {
	[ "$(total shop.libc.socket.operations.send.unix.none)" = 7 ]
}
wait_for has_all || fail "statsd: $(tail -n 1 flushed)"
[ "$(total shop.libc.socket.io.transmit.unix.none)" = 700 ] ||
	fail "statsd: bytes: $(total shop.libc.socket.io.transmit.unix.none)"
[ "$(total statsd.bad_lines_seen)" = 0 ] || fail "statsd: bad lines: $(cat statsd.log)"
[ "$(jq -s 'last | .gauges["shop.process.thread.count"] >= 1' flushed)" = true ] ||
	fail "statsd: a gauge"
# One failed connect; all allocations, from lines with a rate.
[ "$(jq -s '[.[].timer_data["shop.libc.socket.connect.duration.unix.none.ENOENT"].count // 0] |
	add' flushed)" = 1 ] || fail "statsd: a timer: $(grep connect flushed)"
frees=$(jq -s '[.[].counters | to_entries[] |
	select(.key | test("libc.heap.allocations")) | .value] | add' flushed)
timed=$(jq -s '[.[].timer_data["shop.libc.heap.allocation.size"].count // 0] | add | round' flushed)
[ "$timed" -gt 100 ] && [ "$timed" -le "$frees" ] ||
	fail "statsd: $timed allocations timed, $frees counted"
stop

# ---- collectd
port=$(free_port)
TELEMETRY_STATSD_PORT=$port
TELEMETRY_STATSD_TIMERS=repeated
export TELEMETRY_STATSD_TIMERS
cat >collectd.conf <<END
Hostname "h"
BaseDir "$PWD"
PIDFile "$PWD/pid"
TypesDB "/usr/share/collectd/types.db"
Interval 1
LoadPlugin logfile
<Plugin logfile>
	LogLevel info
	File "$PWD/collectd.log"
</Plugin>
LoadPlugin statsd
<Plugin statsd>
	Host "127.0.0.1"
	Port "$port"
	TimerSum true
	TimerCount true
</Plugin>
LoadPlugin csv
<Plugin csv>
	DataDir "$PWD/csv"
</Plugin>
END
collectd -f -C collectd.conf >collectd.out 2>&1 &
server=$!
is_bound() {
	grep -q "$(printf ':%04X ' "$port")" /proc/net/udp
}
wait_for is_bound || fail "collectd does not listen: $(cat collectd.out collectd.log)"
run

newest() { # of values that were written; nan before there is any
	tail -q -n 1 "csv/h/statsd/$1"-20* 2>/dev/null | sed 's/.*,//'
}
# Each is a file of its own, of which one is written before the other.
is_newest() {
	newest "$1" | grep -Exq -- "$2"
}
expect() { # WHAT REGEX
	wait_for is_newest "$@" ||
		fail "collectd: $1: $(newest "$1"): $(ls csv/h/statsd; cat collectd.log)"
}
has_timer() {
	ls csv/h/statsd/latency-shop.libc.socket.connect.duration.unix.none.ENOENT-average-*
}
expect derive-shop.libc.socket.operations.send.unix.none 7
expect derive-shop.libc.socket.io.transmit.unix.none 700
expect gauge-shop.process.thread.count '[1-9][0-9]*\.0+'
expect derive-shop.libc.socket.connect.duration.count.unix.none.ENOENT 1
wait_for has_timer || fail "collectd: no timer"
if grep -q 'Unable to parse' collectd.log; then
	fail "collectd: $(grep 'Unable to parse' collectd.log)"
fi
stop
