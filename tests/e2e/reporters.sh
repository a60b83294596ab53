#!/bin/sh
# Reporters that do not exist, do not load or do not understand an option: a
# line that names the variable, the text and what was expected; the others work,
# and the program does not notice.
. "$(dirname "$0")/../lib/e2e.sh"

TELEMETRY_DIR=$TEST_SEGMENTS/$$
TELEMETRY_LOG_FILE=$TEST_TMP/log
TELEMETRY_CONSOLE_FILE=$TEST_TMP/report
TELEMETRY_EXIT_TIMEOUT=30000
export TELEMETRY_DIR TELEMETRY_LOG_FILE TELEMETRY_CONSOLE_FILE \
	TELEMETRY_EXIT_TIMEOUT
mkdir -m 700 "$TELEMETRY_DIR"
cd "$TEST_TMP" || exit 1
reporters=$(dirname "$TEST_SHIM")/reporters

# observe VARIABLE=VALUE...: with the console reporter as the last one.
observe() {
	rm -f report log
	env "$@" LD_PRELOAD="$TEST_SHIM" sh -c 'echo out; exit 3' >out 2>err
	[ $? = 3 ] || fail "$*: another status"
	[ "$(cat out)" = out ] || fail "$*: wrote $(cat out)"
	[ ! -s err ] || fail "$*: wrote $(cat err)"
	grep -q '^telemetry: ' report || fail "$*: the console said nothing"
}

# logs PATTERN: one line, and it is this one.
logs() {
	[ "$(wc -l <log)" = 1 ] || fail "not one line: $(cat log)"
	grep -qE "error: $1" log || fail "not '$1': $(cat log)"
}

observe TELEMETRY_REPORTERS=console
[ ! -e log ] || fail "logged $(cat log)"

observe TELEMETRY_REPORTERS=nosuch,console
logs "TELEMETRY_REPORTERS: there is no reporter 'nosuch'; expected"
observe TELEMETRY_REPORTERS=./console.so,console
logs "TELEMETRY_REPORTERS: './console.so' is no absolute path; expected"
observe TELEMETRY_REPORTERS=/none/x.so,console
logs 'TELEMETRY_REPORTERS: /none/x.so does not exist .*expected'
observe "TELEMETRY_REPORTERS=$TEST_SHIM,console"
logs 'TELEMETRY_REPORTERS: .*no symbol telemetry_reporter'
observe TELEMETRY_REPORTERS=../reporters/example,console
logs "TELEMETRY_REPORTERS: '../reporters/example' is no absolute path; expected"

# build NAME: from stdin.
build() {
	cc -shared -fPIC -I"$TEST_ROOT/shim/include" -o "$1.so" -x c - ||
		fail "cannot build $1"
}

echo text >text.so
observe "TELEMETRY_REPORTERS=$PWD/text.so,console"
logs 'TELEMETRY_REPORTERS: .*/text.so does not load'

build future <<'END'
#include <telemetry/reporter.h>
const struct telemetry_reporter telemetry_reporter __attribute__((
	visibility("default"))) = { .struct_size = 16, .abi = 77 };
END
observe "TELEMETRY_REPORTERS=$PWD/future.so,console"
logs 'TELEMETRY_REPORTERS: .*/future.so is for version 77 .*expected version 2'

# One of a time when the structure was shorter, and one of a later time.
build older <<'END'
#include <fcntl.h>
#include <unistd.h>
#include <stddef.h>
#include <telemetry/reporter.h>
static int open_it(const struct telemetry_host *host, void **self)
{
	return *self = NULL, close(open("older", O_CREAT | O_WRONLY, 0600)),
	       host->struct_size >= sizeof(*host) ? 0 : -1;
}
/* What stands behind the size is not to be looked at. */
const struct telemetry_reporter telemetry_reporter __attribute__((
	visibility("default"))) = {
	.struct_size = offsetof(struct telemetry_reporter, configure),
	.abi = TELEMETRY_REPORTER_ABI, .name = "older", .open = open_it,
	.records = (int (*)(void *, const struct telemetry_batch *, int))1,
	.close = (void (*)(void *))1,
};
END
observe "TELEMETRY_REPORTERS=$PWD/older.so,console"
[ ! -e log ] || fail "logged $(cat log)"
[ -e older ] || fail "an older reporter was not opened"

build newer <<'END'
#include <fcntl.h>
#include <unistd.h>
#include <telemetry/reporter.h>
static int report(void *self, const struct telemetry_snapshot *s, int final,
		  int timeout)
{
	(void)self, (void)s, (void)timeout;
	return close(open("newer", O_CREAT | O_WRONLY, 0600)), !final;
}
const struct {
	struct telemetry_reporter known;
	void *more[8];
} telemetry_reporter __attribute__((visibility("default"))) = {
	.known = { .struct_size = sizeof(telemetry_reporter),
		   .abi = TELEMETRY_REPORTER_ABI, .name = "newer",
		   .report = report },
	.more = { (void *)1 },
};
END
observe "TELEMETRY_REPORTERS=$PWD/newer.so,console"
[ ! -e log ] || fail "logged $(cat log)"
[ -e newer ] || fail "a newer reporter was not called"

# Options.
observe TELEMETRY_REPORTERS=console TELEMETRY_CONSOLE_COLOUR=1
logs 'TELEMETRY_CONSOLE_COLOUR: .*no such option; expected MODE, FILE, EVENTS, TOP'
observe TELEMETRY_REPORTERS=console TELEMETRY_CONSOLE_MODE=sumary
logs "TELEMETRY_CONSOLE_MODE: 'sumary' is not valid; expected summary, events or metrics"
observe TELEMETRY_REPORTERS=example,console TELEMETRY_EXAMPLE_FILE="$PWD/counts"
[ ! -e log ] || fail "logged $(cat log)"
grep -q '^libc.process.exit=' counts || fail "example: $(cat counts)"

# By path, and from a program with an allocator of its own.
observe "TELEMETRY_REPORTERS=$reporters/example.so,console" \
	TELEMETRY_EXAMPLE_FILE="$PWD/counts" TELEMETRY_DEEPBIND=false
[ "$(wc -l <counts)" = 2 ] || fail "example by path: $(cat counts)"
