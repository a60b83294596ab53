# shellcheck shell=sh
# For tests with a receiver of statsd's datagrams: it writes what it gets to the
# file `got` of this folder. Needs lib/e2e.sh, python3, and the test in a folder of
# its own.

python=/usr/bin/python3
[ -x $python ] || python=python3

# Its process is $receiver, for the test to end; its port goes to the reporter.
start_receiver() {
	$python "$TEST_LIB/statsd_server.py" plain udp got &
	# shellcheck disable=SC2034 # for the test
	receiver=$!
}

await_receiver() {
	wait_for test -e got.port || fail "no receiver"
	TELEMETRY_STATSD_PORT=$(cat got.port)
	export TELEMETRY_STATSD_PORT
}
