#!/bin/sh
# What users are shown: the console's summary and events of real programs, whose
# own output stays what it is.
. "$(dirname "$0")/../lib/e2e.sh"
need curl python3 sqlite3
cd "$TEST_TMP" || exit 1
[ -r "$TEST_SHIM" ] || fail "no $TEST_SHIM"

# observe COMMAND...: its output in ./out, the report in ./report.
observe() {
	: >report
	TELEMETRY_REPORTERS=console TELEMETRY_CONSOLE_FILE=$PWD/report \
		LD_PRELOAD=$TEST_SHIM "$@" >out 2>err
	status=$?
}

shows() {
	grep -qE -- "$1" report || fail "the report has no line '$1':
$(cat report err)"
}

hides() {
	! grep -qE -- "$1" report || fail "the report has a line '$1':
$(cat report)"
}

mkdir web && seq 1 1000 >web/page
python3 -u -m http.server --bind 127.0.0.1 --directory web 0 >server.out 2>/dev/null &
server=$!
wait_for grep -q 'port [0-9]' server.out || fail "no server"
url=http://127.0.0.1:$(sed -n 's/.*port \([0-9]*\).*/\1/p' server.out)

observe curl -s "$url/page"
cmp -s out web/page || fail "curl's output is different: $(head out err)"
shows '^telemetry: curl \(.*, 1 process'
shows 'libc\.socket\.connect +1 +0 '
shows 'libc\.socket\.send +[0-9]+ +0 .*B$'
shows 'libc\.socket\.recv +[0-9]+ +0 .*KiB$'
shows 'heap: [0-9]+ allocations, [0-9]+ frees, '

# By default it goes to stderr, at the end.
TELEMETRY_REPORTERS=console LD_PRELOAD=$TEST_SHIM curl -s "$url/page" >out 2>report
cmp -s out web/page || fail "the summary went into the output"
shows 'libc\.socket\.connect +1 +0 '

TELEMETRY_CONSOLE_MODE=events observe curl -s "$url/page"
shows '^[0-9:.]*Z curl\[[0-9]+\] libc\.socket\.send\.start '
shows 'libc\.socket\.send\.stop duration=.* bytes=[0-9]+ .*network\.transport=tcp'
shows 'libc\.socket\.connect\.stop .*network\.peer\.address=127\.0\.0\.1'
# Until it is gone it may still take a connection, and break it.
kill $server
wait $server 2>/dev/null

observe curl -s "$url/page"
[ $status = 7 ] || fail "curl: status $status"
observe curl -s http://no-such-host.invalid/
[ $status = 6 ] || fail "curl: status $status"
shows 'libc\.dns\.lookup +1 +1 '
shows '1 +libc\.dns\.lookup: EAI_NONAME'

observe sqlite3 shop.db "CREATE TABLE t(a, b)" \
	"INSERT INTO t VALUES (1, 'secret'), (2, 'other')" \
	"SELECT * FROM t WHERE b = 'secret'" "SELECT * FROM missing WHERE c = 'hidden'"
grep -q '^1|secret$' out || fail "sqlite3's output is different: $(cat out)"
shows 'db\.query +[0-9]+ +[1-9]'
shows "SELECT \* FROM t WHERE b = \?"
hides "secret|hidden"

observe python3 -c '
import sqlite3
db = sqlite3.connect("shop.db")
for i in range(10):
    print(db.execute("SELECT count(*) FROM t WHERE a > ?", (i,)).fetchone()[0])'
[ "$(head -n 1 out)" = 2 ] || fail "python's output is different: $(cat out err)"
shows 'db\.query +1[0-9] +0'
shows 'SELECT count\(\*\) FROM t WHERE a > \?'

# One report for a process and what it starts, in the end.
observe sh -c 'sqlite3 shop.db "SELECT 1"; curl -s file:///dev/null; exit 4'
[ $status = 4 ] || fail "sh: status $status"
shows '^telemetry: sqlite3 '
shows '^telemetry: curl '
[ "$(grep -c '^telemetry: sqlite3 ' report)" = 1 ] || fail "sqlite3 is there twice"

# A process that is killed has recorded all the same.
observe sh -c 'python3 -c "
import os, socket
a, b = socket.socketpair()
for i in range(7): a.send(b\"x\" * 100)
os.kill(os.getpid(), 9)"; true'
shows 'libc\.socket\.send +7 +0 .* 700B$'

TELEMETRY_METRICS='counter(libc.socket.send.stop.count, tags=[network.transport])' \
	observe python3 -c 'import socket; a, b = socket.socketpair(); a.send(b"x")'
[ $status = 0 ] && [ ! -s err ] || fail "with TELEMETRY_METRICS: $(cat err)"
TELEMETRY_WRAP=all,-socket observe python3 -c \
	'import socket; a, b = socket.socketpair(); a.send(b"x")'
hides 'libc\.socket'
TELEMETRY_EXCEPT='*/python*' observe python3 -c \
	'import socket; a, b = socket.socketpair(); a.send(b"x")'
[ ! -s report ] || fail "an excepted program was observed: $(cat report)"
TELEMETRY_DISABLED=true observe sqlite3 shop.db "SELECT 1"
[ ! -s report ] || fail "it is disabled, and reports: $(cat report)"
