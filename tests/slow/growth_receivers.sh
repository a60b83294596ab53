#!/bin/sh
# Receivers that take nothing while a program has 200,000 events: a StatsD server
# on a stream, the reader of a FIFO, and 30 scrapers that ask for a page and never
# read it.  The program's memory stays what it is, its own thread makes no system
# call for that, and what could not be delivered is counted, and told as soon as
# somebody reads; if nobody does before the program has ended, it ends all the
# same, and so do the others' reports.
. "$(dirname "$0")/../lib/grow.sh"
need python3 strace jq curl

ROUNDS=100
EVENTS=2000 # and as many spans, in each round
TELEMETRY_METRICS='counter(events, event=grow.event, tags=[number]);
	distribution(spans, span=grow.span, measurement=duration, buckets=[1000,1000000])'
export TELEMETRY_METRICS
path=$TEST_TMP/path
host='' receiver=''
trap 'kill -9 $host $receiver 2>/dev/null; rm -rf "$TEST_TMP" "$TELEMETRY_DIR"' EXIT

# begin HOW REPORTER: the program, in whose way the receiver is.
begin() {
	rm -rf "$TELEMETRY_DIR" received* path input dump log trace
	mkdir -m 700 "$TELEMETRY_DIR"
	: >log
	mkfifo received.go input
	TELEMETRY_REPORTERS=$2,$TEST_TMP/dump.so
	export TELEMETRY_REPORTERS
	python3 "$TEST_LIB/never_reads.py" "$1" "$path" received 2>receiver.err &
	receiver=$!
	[ "$1" = scrape ] || wait_for [ -e received.ready ] ||
		fail "no receiver: $(cat receiver.err)"
	env LD_PRELOAD="$TEST_SHIM" strace -f -qq -o trace ./grow pace $ROUNDS \
		$((2 * EVENTS)) <input >out 2>err &
	host=$!
	exec 9>input
	wait_for [ -e received.ready ] || fail "no receiver: $(cat receiver.err)"
	[ "$1" = scrape ] || wait_for is_stuck ||
		fail "$1: it takes everything: $(cat log)"
	echo >&9
	wait_for grep -q '^last' out || fail "$1: it is stuck: $(cat out err)"
}

# What it has to give is more than there is room for.
is_stuck() {
	grep -q 'send.* = -1 EAGAIN\|POLLOUT.*<unfinished' trace
}

# Of the program's own thread, while it had the second half of its events.
own_calls() {
	awk 'NR == 1 { own = $1 }
		$1 == own && /write\(1, "first / { on = 1; next }
		$1 == own && /smaps_rollup/ { on = 0 }
		on && $1 == own' trace >calls
	others=$(grep -vc ' poll(NULL, 0, 20\| resumed>' calls)
	[ "$others" = 0 ] || fail "system calls of the program's thread: $(cat calls)"
	is "polls" "$(grep -c ' poll(NULL' calls)" $((ROUNDS / 2))
}

end_program() {
	echo >&9
	exec 9>&-
	wait $host || fail "the program failed: $(cat out err log)"
	host=
}

end_receiver() {
	: >received.end
	wait $receiver || fail "the receiver failed: $(cat receiver.err)"
	receiver=
}

# Somebody reads, and the program ends.
end() {
	# It says so when it begins to drop.
	[ "$1" = scrape ] || wait_for [ -s log ] || fail "$1: it drops nothing"
	: >received.go
	# The last report waits no more for one that has been slow.
	[ "$1" = scrape ] || wait_for [ -s received ] || fail "$1: nobody reads"
	end_program
	end_receiver
	read_figures out
	echo "resident $first_rss, then $last_rss KiB"
	# A report that was not made before takes its memory now.
	at_most "resident memory" $((last_rss - first_rss)) 4096
	own_calls
	whole_dump
}

# What the reporter beside it was given last.
whole_dump() {
	is "events" "$(count events)" $((ROUNDS * EVENTS))
	is "spans" "$(count spans)" $((ROUNDS * EVENTS))
}

# The program ends, and nobody has read.
end_unread() {
	wait_for [ -s log ] || fail "$1: it drops nothing"
	end_program
	[ ! -s received ] || fail "$1: somebody has read"
	whole_dump
	cp log log.unread
	: >received.go
	end_receiver
}

TELEMETRY_STATSD_SOCKET=$path
TELEMETRY_STATSD_INTERVAL=100
export TELEMETRY_STATSD_SOCKET TELEMETRY_STATSD_INTERVAL
begin stream statsd
end stream
told=$(grep -aoE 'reporter\.dropped[a-z_.]*:[0-9]+\|c' received | head -n 1)
[ "$told" ] || fail "statsd: no drop is told"
echo "statsd: $told"

TELEMETRY_EXIT_TIMEOUT=2000
begin stream statsd
end_unread stream

# It waits so long for a slow reader, once.
TELEMETRY_EXIT_TIMEOUT=5000
TELEMETRY_JSON_FILE=$path
TELEMETRY_JSON_INTERVAL=100
export TELEMETRY_JSON_FILE TELEMETRY_JSON_INTERVAL
begin fifo json
end fifo
told=$(jq -c 'select(.name == "telemetry.reporter.dropped") | [.tags.reason, .sum // .count]' \
	received | tail -n 1)
[ "$told" ] || fail "json: no drop is told: $(head -c 2000 received)"
echo "json: $told"

TELEMETRY_EXIT_TIMEOUT=2000
begin fifo json
end_unread fifo
jq -e .type received >lines || fail "json: not whole lines: $(cat lines)"

TELEMETRY_PROMETHEUS_SOCKET=$path
export TELEMETRY_PROMETHEUS_SOCKET
begin scrape prometheus
# The others do not keep it from answering.
curl -sf --max-time 60 --unix-socket "$path" http://x/metrics >page ||
	fail "prometheus: no page: $(cat log)"
sum=$(awk '/^events_total/ { sum += $NF } END { printf "%d\n", sum }' page)
is "events on the page" "$sum" $((ROUNDS * EVENTS))
end scrape
