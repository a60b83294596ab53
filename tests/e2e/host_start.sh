#!/bin/sh
# telemetry-host: what it refuses, what it tells a service manager, as it is
# installed, and its units.
. "$(dirname "$0")/../lib/e2e.sh"
need make python3

TELEMETRY_DIR=$TEST_SEGMENTS/$$
export TELEMETRY_DIR
mkdir -m 700 "$TELEMETRY_DIR"
cd "$TEST_TMP" || exit 1
root=$TEST_TMP/root
make -s -o all -C "$TEST_ROOT" B="$TEST_BUILD" PREFIX="$root" install ||
	fail "make install failed"
host=$root/bin/telemetry-host
running=
trap 'kill -9 $running 2>/dev/null' EXIT

# refuses STATUS TEXT ARGUMENT...
refuses() {
	expected=$1
	text=$2
	shift 2
	timeout 20 "$host" "$@" >out 2>err
	status=$?
	[ $status = "$expected" ] && grep -q -- "$text" err ||
		fail "$* gave $status: $(cat err)"
}
refuses 2 'no reporters; expected --reporters LIST or TELEMETRY_REPORTERS'
refuses 2 '^usage: ' --reporters
refuses 2 '^usage: ' --reporters json more
refuses 2 '^usage: ' --unheard-of
refuses 1 "there is no reporter 'nothing'" --reporters nothing
refuses 1 'none of the reporters can be used' --reporters nothing
refuses 1 'expected the folder of a group' --reporters json --group /tmp
refuses 2 '^usage: ' --reporters json --group ''
refuses 1 'ffffffffffffffff: No such file' --reporters json \
	--group "$TELEMETRY_DIR/ffffffffffffffff"
refuses 1 "$TELEMETRY_DIR/ffffffffffffffff: No such file" --reporters json \
	--group ffffffffffffffff
: >"$TELEMETRY_DIR/ffffffffffffffff"
refuses 1 'no folder' --reporters json --group ffffffffffffffff
if [ "$(id -u)" = 0 ]; then
	mkdir "$TELEMETRY_DIR/0000000000000000"
	chown 65534 "$TELEMETRY_DIR/0000000000000000"
	refuses 1 'is of user 65534; expected one of user 0' \
		--reporters json --group 0000000000000000
fi
TELEMETRY_DIR=/proc/nowhere refuses 1 'No such file' --reporters json
"$host" --help | grep -q '^usage: ' || fail "no help"

# A group that is named, from a shell that has other variables; and what a
# service manager hears, by a name in the file system and by an abstract one.
cat >manager.py <<'END'
import os, socket, subprocess, sys
name, host, group = sys.argv[1:]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.settimeout(30)
s.bind(name.replace("@", "\0", 1) if name[0] == "@" else name)
p = subprocess.Popen([host, "--reporters", "json", "--group", group],
                     env=dict(os.environ, NOTIFY_SOCKET=name))
try:
    print(s.recv(999).decode().split("\n")[0])
    p.terminate()
    print(s.recv(999).decode().split("\n")[0], p.wait(30))
finally:
    p.kill()
END
TELEMETRY_METRICS='counter(a, span=libc.socket.send)' LD_PRELOAD=$TEST_SHIM \
	sh -c 'kill -9 $$' 2>/dev/null
group=$(dirname "$(ls "$TELEMETRY_DIR"/*/*.0)")
TELEMETRY_JSON_FILE=$TEST_TMP/lines
TELEMETRY_JSON_CONTENT=metrics
export TELEMETRY_JSON_FILE TELEMETRY_JSON_CONTENT
for name in "$TEST_TMP/notify" "@telemetry-test-$$"; do
	[ "$(python3 manager.py "$name" "$host" "$group")" = "READY=1
STOPPING=1 0" ] || fail "the manager at $name hears something else"
done
grep -q libc.heap.allocations lines || fail "no last report: $(cat lines)"
[ -e "$group/hosted" ] || fail "another group is its own: $(find "$TELEMETRY_DIR")"
"$host" --group "$group/" --release || fail "cannot release"
[ -z "$(find "$group" -name '[0-9]*.0')" ] || fail "left: $(ls "$group")"

# What the units say can be done.
unit=$root/lib/systemd/system/telemetry-host@.service
dropin=$root/lib/telemetry/telemetry.conf
! grep -n '@[A-Z]*@' "$unit" "$dropin" || fail "names are left open"
[ -x "$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$unit")" ] ||
	fail "what the unit starts is not there"
[ -r "$(sed -n 's/^Environment=LD_PRELOAD=//p' "$dropin")" ] ||
	fail "what the drop-in loads is not there"
if command -v systemd-analyze >/dev/null; then
	mkdir -p units/observed.service.d
	cp "$unit" units/telemetry-host@root.service
	printf '[Service]\nExecStart=/bin/true\n' >units/observed.service
	cp "$dropin" units/observed.service.d
	for file in units/*.service; do
		systemd-analyze verify "$file" 2>&1 | grep -F "${file##*/}" >said
		[ ! -s said ] || fail "$(cat said)"
	done
else
	grep -qx Type=notify "$unit" && grep -qx '\[Service\]' "$dropin" ||
		fail "these are no units"
fi
