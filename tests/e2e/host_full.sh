#!/bin/sh
# The tmpfs of the segments is full while processes end, telemetry-host is killed
# and comes back: what the dead have counted is neither lost nor there twice, and
# is folded when there is room.
. "$(dirname "$0")/../lib/e2e.sh"
. "$(dirname "$0")/../lib/ask.sh"
need unshare

if [ -z "${HOST_FULL-}" ]; then
	unshare -m true 2>/dev/null || skip "no mount namespaces here"
	HOST_FULL=$TEST_TMP unshare -m sh "$0"
	exit
fi
cd "$HOST_FULL" || exit 1
mkdir shm && mount -t tmpfs -o size=8m,mode=700 tmpfs shm ||
	skip "cannot mount a tmpfs"
TELEMETRY_DIR=$HOST_FULL/shm
TELEMETRY_LOG_FILE=$HOST_FULL/log
TELEMETRY_LOG=warn
export TELEMETRY_DIR TELEMETRY_LOG_FILE TELEMETRY_LOG
reporter ask
build calls
host="" programs=""
trap 'kill -9 $host $programs 2>/dev/null' EXIT

start_host() {
	TELEMETRY_ASK_SOCKET=$HOST_FULL/socket "$TEST_BUILD/telemetry-host" \
		--all --reporters "$HOST_FULL/ask.so" 2>>host.err 8>&- 9>&- &
	host=$!
}
expect() {
	wait_for answered "^calls.count .* count=$1 " ||
		fail "not $1: $(cat answer log host.err; ls -lR shm)"
}
begin() { # NAME METRICS CHILDREN CALLS
	mkfifo "$1"
	TELEMETRY_METRICS=$2 LD_PRELOAD=$TEST_SHIM ./calls calls "$3" "$4" \
		<"$1" >"$1.out" 8>&- 9>&- &
	programs="$programs $!"
}
left() {
	find shm -name '[0-9]*.[0-9]*' | wc -l
}
fill() {
	dd if=/dev/zero of=shm/filler bs=64k 2>/dev/null
	dd if=/dev/zero of=shm/rest bs=4k 2>/dev/null
	! echo x >shm/more 2>/dev/null || fail "there is room"
}

start_host
calls='counter(calls.count, span=libc.socket.send)'
begin one "$calls" 3 100
exec 8>one
begin two "$calls; counter(two, event=e)" 2 10
exec 9>two
expect 430
[ "$(left)" = 7 ] || fail "not 7 files: $(ls -R shm)"
fill
exec 8>&- 9>&-
# shellcheck disable=SC2086
wait $programs
programs=""
tries() {
	[ "$(grep -c 'cannot be retained' log)" -ge 1 ]
}
wait_for tries || fail "it does not try to fold: $(cat log)"
expect 430
[ "$(left)" = 7 ] || fail "$(left) files, not 7"
for signal in KILL TERM; do
	kill -$signal $host
	wait $host
	start_host
	expect 430
done
[ "$(left)" = 7 ] || fail "$(left) files, not 7"

rm -f shm/filler shm/rest shm/more
folded() {
	answered '^calls.count .* count=430 ' && [ "$(left)" = 0 ]
}
wait_for folded || fail "not folded: $(ls -lR shm; cat log)"
expect 430
# The totals of a group that ends need room, too.
ended() {
	[ "$(find shm -mindepth 1 -maxdepth 1 -type d | wc -l)" = 1 ]
}
wait_for ended || fail "they have not ended: $(ls -lR shm)"
expect 430
kill $host
wait $host || fail "status $?"
host=""
