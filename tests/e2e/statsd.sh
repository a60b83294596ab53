#!/bin/sh
# The StatsD reporter in a program that lives on, and a receiver that is strict:
# both dialects over each transport.  What arrived adds up to what the program
# did, and to nothing of what the shim itself did (S86).
. "$(dirname "$0")/../lib/e2e.sh"
need jq python3

TELEMETRY_DIR=$TEST_SEGMENTS/$$
TELEMETRY_REPORTERS=statsd
TELEMETRY_LOG_FILE=$TEST_TMP/log
TELEMETRY_EXIT_TIMEOUT=30000
TELEMETRY_STATSD_INTERVAL=100
export TELEMETRY_DIR TELEMETRY_REPORTERS TELEMETRY_LOG_FILE \
	TELEMETRY_EXIT_TIMEOUT TELEMETRY_STATSD_INTERVAL
mkdir -m 700 "$TELEMETRY_DIR"
cd "$TEST_TMP" || exit 1
python=/usr/bin/python3
[ -x $python ] || python=python3

# Five sends; when they have arrived, two more, which the last report has.
cat >host.py <<'END'
import json, select, socket, sys, time
a, b = socket.socketpair()
def send(n):
    for i in range(n):
        a.send(b"x" * 100)
        b.recv(1000)
def arrived():
    total = 0
    for line in open(sys.argv[1]).read().split("\n")[:-1]:
        m = json.loads(line)
        if "libc.socket.operations" in m.get("name", "") and (
                ".send." in m["name"] or m["tags"].get("operation") == "send"):
            total += m["value"]
    return total
send(5)
end = time.monotonic() + 30
while arrived() < 5:
    if time.monotonic() > end:
        sys.exit("nothing while it runs")
    select.select([], [], [], 0.01)
send(2)
END

is() {
	got=$(jq -cs "$2" "$1")
	[ "$got" = "$3" ] || fail "$2 of $1 is $got, not $3: $(head -n 5 "$1")"
}

receiver=
trap 'kill $receiver 2>/dev/null; rm -rf "$TEST_TMP" "$TELEMETRY_DIR"' EXIT
listen() { # DIALECT TRANSPORT NAME
	$python "$TEST_LIB/statsd_server.py" "$@" &
	receiver=$!
	wait_for test -e "$3.port" || fail "no receiver"
	port=$(cat "$3.port")
}

settled() { # NAME: the last report has arrived: 7 sends
	[ "$(jq -s '[.[] | select((.name // "" | test("libc.socket.operations(\\.send|$)"))
		and (.tags.operation // "send") == "send") | .value] | add' "$1")" = 7 ]
}

# run NAME VARIABLE=VALUE...
run() {
	name=$1
	shift
	env LD_PRELOAD="$TEST_SHIM" "$@" $python host.py "$name" ||
		fail "$name: the program failed"
	wait_for settled "$name" || fail "$name: not all sends: $(grep operations "$name")"
	kill $receiver
	wait $receiver 2>/dev/null
	is "$name" '[.[] | select(.bad)]' '[]'
	[ ! -e log ] || fail "$name: logged $(cat log)"
}

listen plain udp udp
run udp TELEMETRY_STATSD_PORT="$port" OTEL_SERVICE_NAME=shop
is udp '[.[] | select(.name == "shop.libc.socket.operations.send.unix.none") | .value] | add' 7
is udp '[.[] | select(.name | test("libc.socket.operations")) | .name] | unique |
	map(select(test("udp|unspec|connect")))' '[]'
is udp '[.[] | select(.name == "shop.libc.socket.io.transmit.unix.none") | .value] | add' 700
is udp '[.[] | select(.name | startswith("shop.process.memory.usage")) | .type] | unique' '["g"]'
is udp '[.[] | select(.name == "telemetry.reporter.packets.statsd") | .value] | add >= 1' true

listen plain "unixgram:$PWD/gram.sock" gram
run gram STATSD_HOST=127.0.0.1 TELEMETRY_STATSD_SOCKET="$PWD/gram.sock" \
	TELEMETRY_STATSD_PREFIX=app
is gram '[.[] | select(.name == "app.libc.socket.io.transmit.unix.none") | .value] | add' 700

# What other clients call host and port.
listen plain udp foreign
run foreign STATSD_HOST=127.0.0.1 STATSD_PORT="$port" OTEL_SERVICE_NAME=shop
is foreign '[.[] | select(.name == "shop.libc.socket.io.transmit.unix.none") | .value] | add' 700

# Datadog's variables choose its dialect.
listen dogstatsd udp dd
run dd DD_AGENT_HOST=127.0.0.1 DD_DOGSTATSD_PORT="$port" DD_ENV=prod \
	OTEL_SERVICE_NAME=shop
is dd '[.[] | select(.name == "libc.socket.io" and .tags["network.io.direction"] == "transmit") |
	.value] | add' 700
is dd '[.[] | select(.name | startswith("libc.")) | [.tags.env, .tags.service]] | unique' \
	'[["prod","shop"]]'

listen dogstatsd "unixstream:$PWD/stream.sock" stream
run stream DD_DOGSTATSD_URL="unix://$PWD/stream.sock"
is stream '[.[] | select(.name == "libc.socket.io" and .tags["network.io.direction"] == "transmit") |
	.value] | add' 700

if $python -c 'import socket; socket.socket(socket.AF_INET6).bind(("::1", 0))' 2>/dev/null; then
	listen dogstatsd udp6 v6
	run v6 DD_DOGSTATSD_URL="udp://[::1]:$port"
fi

# What is wrong is said, by its name.
DD_DOGSTATSD_URL=tcp://x TELEMETRY_STATSD_DIALECT=etsy TELEMETRY_STATSD_DRY_RUN=stderr \
	LD_PRELOAD=$TEST_SHIM sh -c : 2>shown
grep -q "error: TELEMETRY_STATSD_DIALECT: 'etsy' is not valid; expected plain or dogstatsd" log ||
	fail "dialect: $(cat log)"
grep -q "error: DD_DOGSTATSD_URL: 'tcp://x' is not valid; expected udp://HOST:PORT" log ||
	fail "URL: $(cat log)"
grep -q '^# datagram of [0-9]* bytes' shown || fail "dry run: $(cat shown)"
