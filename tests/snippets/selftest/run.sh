#!/bin/sh
# run.sh - sees replay.sh fail: it must notice each fault of broken.c, and find
# nothing wrong with the sound wrapper beside them.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
TEST_LIB=$here/../../lib
# shellcheck source=tests/lib/env.sh
. "$TEST_LIB/env.sh"
B=$TEST_BUILD/selftest
mkdir -p "$B"
"${CC:-gcc}" -O2 -Wall -Wextra -Werror -shared -fPIC -o "$B/broken.so" \
	"$here/broken.c"

replay() {
	REPLAY_LINES=1000 sh "$TEST_LIB/replay.sh" -b "$TEST_BUILD" \
		-l "$B/broken.so" "$@" >>"$B/log" && failures=1
	return 0
}

expect() {
	grep -q -e "$2" "$B/log" && return
	echo "not noticed: $1"
	failures=1
}

failures=0
: >"$B/log"
replay send shutdown recv poll
REPLAY_DEADLINE=1 replay read # it does hang, so a short patience will do
expect "send() changes errno" '^    +send(.*) = 5 errno=0$'
expect "read() is no cancellation point" '^    +HANGS: killed$'
expect "shutdown() leaves a descriptor" '^    +left open = '
expect "poll() is not wrapped" '^    +NOT INTERPOSED'
# Nothing can be attached to the broken library, hence "armed".
expect "recv() is sound" '^not ok - recv: armed$'
exit $failures
