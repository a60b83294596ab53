#!/bin/bash
# The unit and the drop-in under systemd itself: started, reloaded, killed and
# stopped, next to an observed service, in a pid and mount namespace of its own.
# shellcheck source=tests/lib/e2e.sh
. "$(dirname "$0")/../lib/e2e.sh"
need systemctl python3 curl unshare nsenter

[ "$(id -u)" = 0 ] || skip "needs root, for namespaces"
tree=/sys/fs/cgroup/systemd
[ -e $tree/cgroup.procs ] || tree=/sys/fs/cgroup/unified
[ -e $tree/cgroup.procs ] || tree=/sys/fs/cgroup
mkdir "$tree/telemetry-test.$$" 2>/dev/null || skip "no control groups here"
manager="" outside=""

finish() {
	[ -z "$manager" ] || kill -9 "$manager" 2>/dev/null
	[ -z "$outside" ] || wait "$outside" 2>/dev/null
	echo $$ >$tree/cgroup.procs
	find "$tree/telemetry-test.$$" -depth -type d -exec rmdir {} + 2>/dev/null
	rm -rf "$TEST_TMP"
}
trap finish EXIT

cd "$TEST_TMP" || exit 1
make -s -o all -C "$TEST_ROOT" B="$TEST_BUILD" DESTDIR="$TEST_TMP/root" \
	install || fail "make install failed"
local=$TEST_TMP/root/usr/local
mkdir -p etc/system/observed.service.d default units
cp "$local/lib/systemd/system/telemetry-host@.service" etc/system
cp "$local/lib/telemetry/telemetry.conf" etc/system/observed.service.d
printf '[Manager]\nDefaultStandardOutput=null\n' >etc/system.conf
for target in basic sysinit shutdown multi-user; do
	printf '[Unit]\nDescription=%s\n' $target >units/$target.target
done
cat >units/observed.service <<'END'
[Service]
User=nobody
ExecStart=/usr/local/bin/observed
END
cat >"$local/bin/observed" <<'END'
#!/usr/bin/python3
import socket, time
a, b = socket.socketpair()
for i in range(100):
    a.send(b"x")
    b.recv(1)
while True:
    time.sleep(1000)
END
chmod 755 "$local/bin/observed"
cat >default/telemetry <<'END'
REPORTERS=prometheus,json
TELEMETRY_PROMETHEUS_PORT=0
TELEMETRY_PROMETHEUS_PORT_FILE=/run/telemetry-nobody/port
TELEMETRY_JSON_CONTENT=metrics
TELEMETRY_JSON_INTERVAL=200
TELEMETRY_JSON_FILE=/var/log/telemetry/nobody/metrics.jsonl
END
# Others must be able to enter what becomes /usr/local.
chmod -R go+rX "$local"

# Nothing of it is seen outside.
cat >enter <<END
set -e
mount --make-rprivate /
mount -t proc proc /proc
mount --bind $local /usr/local
mount --bind $TEST_TMP/units /lib/systemd/system
mount --bind $TEST_TMP/default /etc/default
mount --bind $TEST_TMP/etc /etc/systemd
# What it makes in the tree is removed with ours.
mount --bind $tree/telemetry-test.$$ $tree
for place in /run /var/log /var/lib/systemd /var/tmp; do
	mount -t tmpfs -o mode=755 tmpfs \$place
done
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
mount -t tmpfs -o mode=1777 tmpfs /tmp
exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
	/lib/systemd/systemd --system --unit=multi-user.target \
	--log-target=console --log-level=notice --show-status=no
END
echo $$ >"$tree/telemetry-test.$$/cgroup.procs"
unshare -pfmuiC --kill-child sh enter </dev/null >manager.log 2>&1 &
outside=$!
is_there() {
	manager=$(cat "/proc/$outside/task/$outside/children") &&
		manager=${manager% } && [ -n "$manager" ] &&
		grep -q systemd "/proc/$manager/comm"
}
wait_for is_there || fail "no manager: $(cat manager.log)"

inside() {
	timeout 60 nsenter -t "$manager" -m -p "$@"
}
wait_for inside systemctl show -p Version || skip "systemd does not run here: $(tail -n 3 manager.log)"

state() {
	inside systemctl show -p "$2" --value "$1"
}
why() {
	inside systemctl status "$1" 2>&1 | head -n 15
	tail -n 20 manager.log
}
host=telemetry-host@nobody
inside systemctl start $host || fail "the host does not start: $(why $host)"
[ "$(state $host ActiveState)" = active ] || fail "not active: $(why $host)"
[ "$(state $host StatusText)" = exporting ] || fail "status: $(why $host)"
inside systemctl start observed || fail "not observed: $(why observed)"

page() {
	inside sh -c 'curl -sf "http://127.0.0.1:$(cat /run/telemetry-nobody/port)/metrics"' >page
}
counts() {
	page && grep -q "^libc_socket_operations_total{.*operation=\"send\".*} $1\$" page
}
wait_for counts 100 || fail "not counted: $(cat page manager.log)"
pid=$(state observed MainPID)
[ "$(inside ls "/proc/$pid/task" | wc -l)" = 1 ] || fail "it has a thread of ours"

# Begins again in the same process.
before=$(state $host MainPID)
inside systemctl reload $host || fail "no reload: $(why $host)"
is_back() {
	[ "$(state $host StatusText)" = exporting ] && counts "$1"
}
wait_for is_back 100 || fail "after reload: $(why $host; cat page)"
[ "$(state $host MainPID)" = "$before" ] || fail "another process: $(why $host)"
[ "$(state $host NRestarts)" = 0 ] || fail "it was restarted: $(why $host)"

# The observed service is restarted; the host is killed, and comes back.
inside systemctl restart observed || fail "not restarted: $(why observed)"
wait_for counts 200 || fail "after its restart: $(cat page)"
inside systemctl kill -s KILL $host
restarted() {
	[ "$(state $host NRestarts)" = 1 ] && counts 200
}
wait_for restarted || fail "killed: $(why $host; cat page)"

# It ends, with its last report; what it needs is allowed to it.
has_lines() {
	inside grep -q '"name":"libc.socket.operations".*"send".*:200[,}]' \
		/var/log/telemetry/nobody/metrics.jsonl
}
wait_for has_lines || fail "no lines: $(inside ls -lR /var/log/telemetry)"
inside systemctl stop observed || fail "observed does not stop: $(why observed)"
inside systemctl stop $host || fail "does not stop: $(why $host)"
[ "$(state $host Result)" = success ] || fail "result: $(why $host)"
[ "$(state $host ActiveState)" = inactive ] || fail "still there: $(why $host)"
! grep -iE 'telemetry.*(failed|error)' manager.log || fail "^ in the log"
