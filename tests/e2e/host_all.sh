#!/bin/sh
# telemetry-host --all exports all groups of a user at once: those that are
# there, those that come later, and what those that have ended have counted;
# exactly, also around kill -9, SIGHUP and groups that somebody else exports.
. "$(dirname "$0")/../lib/e2e.sh"
. "$(dirname "$0")/../lib/ask.sh"
need flock

ask_settings
reporter ask
reporter dump
build calls
host="" program="" holder="" watcher=""
trap 'kill -9 $host $program $holder $watcher 2>/dev/null' EXIT

start_host() {
	TELEMETRY_ASK_SOCKET=$TEST_TMP/socket TELEMETRY_DUMP_FILE=$TEST_TMP/dump \
		TELEMETRY_PROMETHEUS_PORT=0 \
		TELEMETRY_PROMETHEUS_PORT_FILE=$TEST_TMP/port \
		"$TEST_BUILD/telemetry-host" --all \
		--reporters "$TEST_TMP/ask.so,$TEST_TMP/dump.so,prometheus" \
		2>>host.err 9>&- 8>&- &
	host=$!
}

# expect NAME COUNT: that counter, over all groups.
expect() {
	wait_for answered "^$1 .* count=$2 " ||
		fail "no $1 count $2: $(cat answer log host.err)"
}

# Definitions that make a group each.
calls='counter(calls.count, span=libc.socket.send)'
second="$calls; counter(second.count, span=libc.socket.recv)"
third="$calls; counter(third.count, span=libc.socket.recv)"

# run DEFINITIONS CHILDREN CALLS: a process that ends in order.
run() {
	TELEMETRY_METRICS=$1 LD_PRELOAD=$TEST_SHIM ./calls calls "$2" "$3" \
		</dev/null >out || fail "calls failed"
	grep -qx unchanged out || fail "calls noticed: $(cat out)"
}

# begin NAME DEFINITIONS MODE...: a program whose input is the FIFO NAME.
begin() {
	rm -f "$1"
	mkfifo "$1"
	name=$1 metrics=$2
	shift 2
	TELEMETRY_METRICS=$metrics LD_PRELOAD=$TEST_SHIM ./calls "$@" <"$name" \
		>"$name.out" 2>"$name.err" 8>&- 9>&- &
	program=$!
}

folders() {
	find "$TELEMETRY_DIR" -mindepth 1 -maxdepth 1 -type d | wc -l
}

# Three groups, of which the first was there before the host.
begin first "$calls" calls 2 100
exec 9>first
has_group() {
	[ "$(folders)" = 1 ]
}
wait_for has_group || fail "no group"
start_host
expect calls.count 300
run "$second" 3 50
run "$third" 0 7
expect calls.count 507
expect second.count 200
expect third.count 7
grep -q '^continues 0$' answer || fail "continues: $(cat answer)"

# They are one series on the page, and no series is there twice.
page() {
	python3 -c '
import sys, urllib.request
url = "http://127.0.0.1:%s/metrics" % open("port").read().strip()
sys.stdout.write(urllib.request.urlopen(url).read().decode())' >page
}
page || fail "no page: $(cat log)"
python3 - <<'END' || fail "page: $(cat page)"
lines = [l.rsplit(" ", 1) for l in open("page") if not l.startswith("#")]
names = [name for name, value in lines]
assert len(names) == len(set(names)), "twice"
calls = [float(v) for n, v in lines if n.startswith("calls_count_total{")]
assert calls == [507], calls
END

# Two groups define a metric in two ways: all of it is there, once, and each
# keeps its labels when its group has ended.
odd="$calls; distribution(odd, event=libc.socket.send.stop, measurement=bytes"
run "$odd, buckets=[1,2])" 0 6
run "$odd, buckets=[1,2,3])" 0 5
has_both() {
	page && grep -c '^odd_bucket{.*le="+Inf"' page | grep -qx 2
}
wait_for has_both || fail "page: $(cat page log)"
python3 "$TEST_LIB/exposition.py" text page || fail "page: $(cat page)"
[ "$(grep -c '^# TYPE odd ' page)" = 1 ] || fail "page: $(cat page)"
grep '^odd_[bc]' page | sort >both
for count in 6 5; do
	grep -q "^odd_count{.*} $count\$" both || fail "both: $(cat both)"
done
[ "$(grep -c '^odd_count{.*telemetry_definition="' both)" = 1 ] ||
	fail "which is which? $(cat both)"

# One that has ended is gone, and what it has counted is not.
has_ended() {
	[ "$(folders)" -le 2 ] # the first one, and the host's own
}
wait_for has_ended || fail "left: $(find "$TELEMETRY_DIR")"
page
grep '^odd_[bc]' page | sort | diff both - || fail "other labels"
expect calls.count 518
expect second.count 200
expect third.count 7
run "$second" 0 3
expect calls.count 521
expect second.count 203

# It is killed while groups come, go and live on; no count falls.
begin steady "$second" steady 3 1000
exec 8>steady
steady=$program
python3 "$TEST_LIB/never_falls.py" "$TEST_TMP/socket" 4571 &
watcher=$!
wait_for answered '^calls.count .* count=([6-9]..|[0-9]{4}) ' || fail "nobody counts"
kill -9 $host
wait $host
run "$third" 4 10
start_host
wait $watcher || fail "the count fell, or is another: $(cat answer)"
expect calls.count 4571
expect third.count 57
grep -q '^continues 1$' answer || fail "does not go on: $(cat answer)"
exec 8>&-
wait $steady
grep -qx unchanged steady.out || fail "noticed: $(cat steady.out)"

# Fifty groups of short processes, which have reporters themselves: for the
# host there is no difference.
count=0
while [ $count -lt 50 ]; do
	count=$((count + 1))
	TELEMETRY_REPORTERS=$TEST_TMP/ask.so,$TEST_TMP/dump.so \
		TELEMETRY_ASK_SOCKET=$TEST_TMP/wrong.$count \
		TELEMETRY_DUMP_FILE=$TEST_TMP/wrong.dump \
		run "$calls" 1 10
done
expect calls.count 5571
! ls wrong* 2>/dev/null || fail "they reported themselves"
wait_for has_ended || fail "left: $(find "$TELEMETRY_DIR")"
expect calls.count 5571

# SIGHUP: the same process begins again, and nothing is lost.
rm -f dump
kill -HUP $host
again() {
	[ -s dump ] && answered "^pid $host\$"
}
wait_for again || fail "does not begin again: $(cat host.err log)"
expect calls.count 5571
grep -q '^continues 1$' answer || fail "does not go on: $(cat answer)"
grep -q '^calls.count .* count=5571 ' dump || fail "no last report: $(cat dump)"

# Somebody else has the lock of a group: one line, and it is taken in the end.
group=$TELEMETRY_DIR/00000000000000ab
mkdir -m 700 "$group"
echo >"$group/lock"
flock "$group/lock" tail -f /dev/null 8>&- 9>&- &
holder=$!
wait_for is_locked "$group/lock" || fail "cannot lock $group/lock"
told() {
	answered . && grep -q "$group: process [0-9]* ([a-z]*) exports this group; waiting" host.err
}
wait_for told || fail "does not say who exports: $(cat host.err)"
expect calls.count 5571
[ "$(grep -c "$group" host.err)" = 1 ] || fail "more than once: $(cat host.err)"
pkill -P $holder
wait $holder
holder=""
is_gone() {
	[ ! -e "$group" ]
}
wait_for is_gone || fail "not taken: $(ls "$group")"
[ "$(grep -c "$group" host.err)" = 1 ] || fail "more than once: $(cat host.err)"

# A second one waits for the first.  Nobody else may have them meanwhile.
before=$host
start_host
wait_for grep -q "$TELEMETRY_DIR: process $before (telemetry-host) exports all groups; waiting" \
	host.err || fail "does not say who exports: $(cat host.err)"
! "$TEST_BUILD/telemetry-host" --all --release 2>err || fail "released in use"
grep -q "process $before (telemetry-host) exports all groups; end it first" err ||
	fail "does not say why: $(cat err)"
! TELEMETRY_METRICS=$calls "$TEST_BUILD/telemetry-host" --release 2>err ||
	fail "released one of all"
grep -q "release them with --all" err || fail "does not say why: $(cat err)"
rm -f dump
kill $before
wait "$before" || fail "status $? of the host"
grep -q '^calls.count .* count=5571 ' dump || fail "no last report: $(cat dump)"
wait_for answered "^pid $host\$" || fail "the second does not take over"
expect calls.count 5571

# All of the folder goes.
rm -rf "$TELEMETRY_DIR"
marked() {
	ls "$TELEMETRY_DIR/hosted"
}
wait_for marked || fail "the host has no folder any more"
run "$third" 1 4
expect calls.count 8
kill $host
wait $host || fail "status $?"
host=""
exec 9>&-

# They are let go: nothing is left, and processes report for themselves.
"$TEST_BUILD/telemetry-host" --all --release || fail "cannot release"
[ -z "$(find "$TELEMETRY_DIR" -type f -size +0 -o -name hosted)" ] ||
	fail "left: $(find "$TELEMETRY_DIR" -type f)"
rm -f dump
TELEMETRY_REPORTERS=$TEST_TMP/dump.so TELEMETRY_DUMP_FILE=$TEST_TMP/dump \
	run "$calls" 0 5
grep -q '^calls.count .* count=5 ' dump || fail "no report: $(cat dump)"
[ ! -s log ] || fail "logged: $(cat log)"

! "$TEST_BUILD/telemetry-host" --all --group "$group" --reporters json 2>err ||
	fail "takes all and one"
grep -qx 'telemetry-host: --all is every group, --group is one; expected one of the two' \
	err || fail "does not say why: $(cat err)"
