#!/bin/sh
# Waits, and calls that find nothing to do: the second of a kind is written down
# and counted as the first, with a handler on its event and without.
. "$(dirname "$0")/../lib/e2e.sh"
need gcc jq

TELEMETRY_DIR=$TEST_SEGMENTS/$$
TELEMETRY_REPORTERS=json
TELEMETRY_JSON_CONTENT=events,metrics
TELEMETRY_EXIT_TIMEOUT=30000
export TELEMETRY_DIR TELEMETRY_REPORTERS TELEMETRY_JSON_CONTENT \
	TELEMETRY_EXIT_TIMEOUT
mkdir -m 700 "$TELEMETRY_DIR"
cd "$TEST_TMP" || exit 1
gcc -O1 -I"$TEST_ROOT/shim/include" -o waits "$TEST_ROOT/tests/lib/waits.c" ||
	fail "waits.c"

# How many of each: name, end, measurements and metadata of spans.
cat >spans.jq <<'END'
select(.type == "span" and (.name | test("^libc.socket.(wait|send|recv)$"))) |
	.metadata["network.peer.port"] |= (. // 0 | . > 0) |
	.metadata.fd |= (. // -1 | . >= 0) |
	[.name[12:], .reason // .outcome, (.measurements | tojson),
	 (.metadata | to_entries | sort_by(.key) | map(.value | tostring) |
	  join(","))] | join(" ")
END
cat >metrics.jq <<'END'
select(.type == "metric" and
	(.name | test("^libc.socket.(wait.duration|io|operations)$"))) |
	select(.tags.operation | . != "connect" and . != "accept") |
	[.name[12:], (.tags | map(tostring) | join(",")), .count,
	 .value // true] | join(" ")
END

# fd, function, peer's address, port, transport.
cat >expected.spans <<'END'
     10 recv stop {"bytes":0,"messages":0} true,recv,127.0.0.1,true,tcp
     10 recv stop {"bytes":0,"messages":0} true,recv,false,unix
      5 recv EINVAL {"bytes":0,"messages":0} true,recv,127.0.0.1,true,tcp
      5 recv stop {"bytes":0,"messages":0} true,read,false,udp
      5 recv stop {"bytes":0,"messages":0} true,recvfrom,127.0.0.1,true,tcp
      5 recv stop {"bytes":0,"messages":0} true,recvfrom,false,udp
      5 recv stop {"bytes":0,"messages":0} true,recvfrom,false,unix
      5 recv stop {"bytes":0,"messages":0} true,recvmmsg,false,udp
      5 recv stop {"bytes":0,"messages":0} true,recvmsg,127.0.0.1,true,tcp
      5 recv stop {"bytes":0,"messages":0} true,recvmsg,false,unix
      5 recv stop {"bytes":10,"messages":1} true,recv,127.0.0.1,true,tcp
      5 recv stop {"bytes":10,"messages":1} true,recv,false,unix
      5 recv stop {"bytes":5,"messages":1} true,recvfrom,127.0.0.1,true,udp
      5 send stop {"bytes":10,"messages":1} true,send,127.0.0.1,true,tcp
      5 send stop {"bytes":10,"messages":1} true,send,false,unix
      5 send stop {"bytes":5,"messages":1} true,sendto,127.0.0.1,true,udp
     10 wait stop {"ready":0} false,poll,false
      5 wait EBADF {"ready":0} false,epoll_wait,false
      5 wait stop {"ready":0} false,ppoll,false
      5 wait stop {"ready":1} false,poll,false
      5 wait stop {"ready":1} false,select,false
      5 wait stop {"ready":2} false,poll,false
END
cat >expected.metrics <<'END'
io receive,tcp,ipv4 25 50
io receive,udp,ipv4 20 25
io receive,unix, 25 50
io transmit,tcp,ipv4 5 50
io transmit,udp,ipv4 5 25
io transmit,unix, 5 50
operations recv,tcp, 25 true
operations recv,tcp,EINVAL 5 true
operations recv,udp, 20 true
operations recv,unix, 25 true
operations send,tcp, 5 true
operations send,udp, 5 true
operations send,unix, 5 true
wait.duration  30 true
wait.duration EBADF 5 true
END
sort -o expected.spans expected.spans

# run NAME [ARGUMENT]: as it should be?
run() {
	name=$1
	shift
	TELEMETRY_JSON_FILE=$TEST_TMP/$name.lines LD_PRELOAD=$TEST_SHIM \
		./waits "$@" || fail "the program noticed"
	jq -rf spans.jq "$name.lines" | sort | uniq -c | sort >"$name.spans"
	jq -rf metrics.jq "$name.lines" | sort >"$name.metrics"
	for what in spans metrics; do
		diff -u "expected.$what" "$name.$what" || fail "$what: $name"
	done
}

run planned
# 30 waits, 15 sends, 70 receives.
run told 115
# Nothing worked out for a record, or for a metric alone.
TELEMETRY_METRICS='summary(libc.socket.wait.stop.duration)' run others
