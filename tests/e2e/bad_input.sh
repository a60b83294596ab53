#!/bin/sh
# Wrong settings and places: one line that names the variable, the text and what
# was expected, the rest goes on, and the program never notices.  (Those of
# reporters: reporters.sh.)
. "$(dirname "$0")/../lib/e2e.sh"
cd "$TEST_TMP" || exit 1
[ -r "$TEST_SHIM" ] || fail "no $TEST_SHIM"

# wrong PATTERN VARIABLE=VALUE...: one line in the log, which matches.
wrong() {
	pattern=$1
	shift
	env TELEMETRY_LOG=warn "$@" LD_PRELOAD="$TEST_SHIM" \
		python3 -c 'import socket; a, b = socket.socketpair()
a.send(b"x"); print("works")' >out 2>err
	status=$?
	[ $status = 0 ] && [ "$(cat out)" = works ] ||
		fail "$*: status $status, $(cat out err)"
	[ "$(grep -vc '^telemetry: python\|^  ' err)" = 1 ] ||
		fail "$*: not one line: $(cat err)"
	grep -qE -- "$pattern" err || fail "$*: no '$pattern' in $(cat err)"
}

wrong 'TELEMETRY_WRAP.*sokket.*expected' TELEMETRY_WRAP=sokket
wrong 'TELEMETRY_MEMORY_LIMIT.*lots.*expected' TELEMETRY_MEMORY_LIMIT=lots
wrong 'TELEMETRY_EXIT_TIMEOUT.*soon.*expected' TELEMETRY_EXIT_TIMEOUT=soon
wrong 'TELEMETRY_LOG\b.*shout.*expected' TELEMETRY_LOG=shout
wrong 'TELEMETRY_METRICS.*guess.*expected' 'TELEMETRY_METRICS=guess(a.b.c)'
wrong 'TELEMETRY_METRICS.*parsec.*expected' \
	'TELEMETRY_METRICS=sum(a.b.c, unit=parsec:second)'
wrong 'TELEMETRY_METRICS.*expected' 'TELEMETRY_METRICS=counter(a.b.c'
ln -s "$TEST_TMP" link
wrong 'link' TELEMETRY_DIR="$TEST_TMP/link"
: >file
wrong 'file' TELEMETRY_DIR="$TEST_TMP/file"
wrong 'file/below' TELEMETRY_DIR="$TEST_TMP/file/below"
if [ "$(id -u)" = 0 ]; then
	mkdir -m 777 others && chown nobody others
	wrong 'others' TELEMETRY_DIR="$TEST_TMP/others"
fi

# The report has what private memory holds.
env TELEMETRY_DIR="$TEST_TMP/file" TELEMETRY_REPORTERS=console \
	LD_PRELOAD="$TEST_SHIM" python3 -c \
	'import socket; a, b = socket.socketpair(); a.send(b"x")' 2>err
grep -qE 'libc\.socket\.send +1 ' err || fail "no report from private memory: $(cat err)"
