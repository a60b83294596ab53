#!/bin/bash
# Where reporters send and listen without a variable: this machine alone, StatsD's
# port 8125, Prometheus' 9568 with /metrics, and 9569 with /health.  In a network of
# its own, where these ports are free.
if [ -z "${S00_INSIDE-}" ]; then
	unshare -n true 2>/dev/null || {
		echo "no network namespaces here"
		exit 77
	}
	S00_INSIDE=1 exec unshare -n "$BASH" "$0"
fi
. "$(dirname "$0")/../lib/pages.sh"
python3 -c 'import fcntl, socket, struct
SIOCSIFFLAGS, UP = 0x8914, 0x1
fcntl.ioctl(socket.socket(), SIOCSIFFLAGS, struct.pack("16sh", b"lo", UP))' ||
	hazard_fail "no loopback"

python3 -c 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 8125))
s.settimeout(30)
print("there", flush=True)
print(s.recv(70000).decode())' >"$T/got" 2>&1 &
receiver=$!
until_ok grep -q there "$T/got" || hazard_fail "no receiver: $(cat "$T/got")"
vars=(TELEMETRY_REPORTERS=statsd)
observe 'counter(c, event=e)' e
wait $receiver
grep -qx 'emit\.c:1|c' "$T/got" || hazard_fail "StatsD: $(cat "$T/got" "$T/log")"
nothing_logged

# Empty is as not set.
vars=("TELEMETRY_REPORTERS=prometheus,health" TELEMETRY_PROMETHEUS_PORT=)
serve 'counter(c, event=e)' e wait:
[ "$(cat "$T/port")" = 9568 ] || hazard_fail "Prometheus: $(cat "$T/port")"
shows 'c_total 1'
until_ok curl -sf http://127.0.0.1:9569/health || hazard_fail "health: $(cat "$T/log")"
for port in 9568/metrics 9569/health; do
	! curl -sf "http://127.0.0.2:$port" >"$T/body" ||
		hazard_fail "it listens at more than 127.0.0.1: $port"
done
finish
hazard_finish
