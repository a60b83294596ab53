#!/bin/bash
# S46, S72-S74, S79, S80, S85: where lines of StatsD go, and what becomes of them
# when nobody is there.
. "$(dirname "$0")/../lib/datagrams.sh"
count='counter(c, event=e)'

# S46: an option that is not one is said; the rest of it holds.
receive
dialect etsy
sends "$count" e -- 'c:1|c'
logged "TELEMETRY_STATSD_DIALECT: 'etsy' is not valid; expected plain or dogstatsd"

# S80: a name.
dialect plain TELEMETRY_STATSD_HOST=localhost TELEMETRY_STATSD_FAMILY=inet
sends "$count" e -- 'c:1|c'

# S72, S73: nobody at the port: one line in the log, however many datagrams, and
# the program does not notice.
free=$(python3 -c 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
dialect plain TELEMETRY_STATSD_PORT="$free" TELEMETRY_STATSD_MTU=64
observe 'counter(c, event=e, tags=[a])' 'e / a=1' 'e / a=2' 'e / a=3' 'e / a=4' \
	'e / a=5' 'e / a=6' 'e / a=7' 'e / a=8'
[ "$(wc -l <"$T/log")" = 1 ] || hazard_fail "S73: $(cat "$T/log")"
logged statsd

# S79: IPv6.
if python3 -c 'import socket
socket.socket(socket.AF_INET6).bind(("::1", 0))' 2>/dev/null; then
	receive udp6
	dialect plain TELEMETRY_STATSD_HOST=::1
	sends "$count" e -- 'c:1|c'
fi

# S74: a UNIX socket.
receive "unix:$T/socket"
dialect plain TELEMETRY_STATSD_SOCKET="$T/socket"
sends "$count" '3x e' -- 'c:3|c'
# It goes before a host and a port.
dialect plain TELEMETRY_STATSD_SOCKET="$T/socket" TELEMETRY_STATSD_HOST=nowhere.invalid \
	TELEMETRY_STATSD_PORT="$free"
sends "$count" '2x e' -- 'c:2|c'
nothing_logged

# S85: none there, or one that nobody reads: it takes no time, and is said once.
for path in "$T/none" "$T/left"; do
	python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).bind(sys.argv[1])' "$T/left" \
		2>/dev/null
	dialect plain TELEMETRY_STATSD_SOCKET="$path"
	observe "$count" e
	[ "$(wc -l <"$T/log")" = 1 ] || hazard_fail "S85: $path: $(cat "$T/log")"
	logged "$path"
done
hazard_finish
