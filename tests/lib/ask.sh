# ask.sh - sourced behind lib/e2e.sh by tests of what is reported while programs
# run: lib/ask_reporter.c answers at the socket `socket` of the scratch folder.
#
#   ask_settings          a folder of segments, a log, and the scratch folder
#   ask_calls             counts sends in ask.so: for the programs of the test
#   reporter ask|dump [NAME]
#                         builds it, by its own name or as NAME.so
#   build NAME            builds lib/NAME.c
#   ask [SOCKET]          its answer is in the file `answer`
#   answered REGEX        it has such a line
#
# shellcheck shell=sh

need cc python3

ask_settings() {
	TELEMETRY_DIR=$TEST_SEGMENTS/$$
	TELEMETRY_LOG_FILE=$TEST_TMP/log
	TELEMETRY_LOG=warn
	TELEMETRY_EXIT_TIMEOUT=30000
	export TELEMETRY_DIR TELEMETRY_LOG_FILE TELEMETRY_LOG TELEMETRY_EXIT_TIMEOUT
	mkdir -m 700 "$TELEMETRY_DIR"
	cd "$TEST_TMP" || exit 1
}

ask_calls() {
	TELEMETRY_REPORTERS=$TEST_TMP/ask.so
	TELEMETRY_ASK_SOCKET=$TEST_TMP/socket
	TELEMETRY_METRICS='counter(calls.count, span=libc.socket.send)'
	export TELEMETRY_REPORTERS TELEMETRY_ASK_SOCKET TELEMETRY_METRICS
	reporter ask
	build calls
}

reporter() {
	cc -shared -fPIC -I"$TEST_ROOT/shim/include" -o "${2-$1}.so" \
		"$TEST_LIB/$1_reporter.c" || fail "cannot build $1_reporter.c"
}

build() {
	cc -O1 -pthread -o "$1" "$TEST_LIB/$1.c" || fail "cannot build $1.c"
}

# shellcheck disable=SC2120 # those that include this file pass it
ask() {
	python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
while chunk := s.recv(65536):
	sys.stdout.buffer.write(chunk)' "${1-socket}" >answer
}

answered() {
	ask && grep -qE "$1" answer
}
