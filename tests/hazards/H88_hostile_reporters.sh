#!/bin/bash
# H88: a reporter is code: it is not taken from where somebody else could put
# it.  The program does not notice.
#
# Technique: the loader accepts names in its own folder and absolute paths to
# files that only root or the user can write.
# shellcheck source=tests/lib/hazard_lib.sh
. "$(dirname "$0")/../lib/hazard_lib.sh"
hazard_need_shim

mkdir -p "$T/own" "$T/open"
cat >"$T/evil.c" <<'END'
#include <fcntl.h>
#include <unistd.h>
__attribute__((constructor)) static void run(void)
{
	close(open(TRACE, O_CREAT | O_WRONLY, 0600));
}
END
gcc -shared -fPIC -DTRACE="\"$T/loaded\"" -o "$T/own/evil.so" "$T/evil.c" ||
	exit 1
cp "$T/own/evil.so" "$T/own/writable.so"
chmod 666 "$T/own/writable.so"
cp "$T/own/evil.so" "$T/open/evil.so"
chmod 777 "$T/open"
cp "$T/own/evil.so" "$T/own/foreign.so"
[ "$(id -u)" != 0 ] || chown 65534 "$T/own/foreign.so"

hazard_run bare sh -c 'echo hello'
# try NAME LOADS: is it loaded from there?
try() {
	rm -rf "$T/record" "$T/loaded"
	HAZARD_VARS=("TELEMETRY_REPORTERS=$1" "TELEMETRY_LOG_FILE=$T/log")
	hazard_run record sh -c 'echo hello'
	hazard_same record
	[ -e "$T/loaded" ] && loaded=yes || loaded=no
	[ $loaded = "$2" ] || hazard_fail "$1: loaded: $loaded, expected: $2"
}
try "$T/own/evil.so" yes
try "$T/own/writable.so" no
try "$T/open/evil.so" no
try "../../own/evil.so" no
[ "$(id -u)" != 0 ] || try "$T/own/foreign.so" no
[ -s "$T/log" ] || hazard_fail "not a word in the log"
hazard_finish
