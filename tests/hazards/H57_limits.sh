#!/bin/bash
# H57, H65: resource limits make the shim give up, never the program: no
# memory, no processes, no file size, no locked memory, hardly any descriptor.
#
# Technique: every failure of mmap, of a file or of a thread leaves the shim
# inert; fallocate beyond RLIMIT_FSIZE must not raise SIGXFSZ.
# shellcheck source=tests/lib/hazard_lib.sh
. "$(dirname "$0")/../lib/hazard_lib.sh"
hazard_need_shim

# The line that a reporter's file cannot be written is asked for.
HAZARD_VARS=("TELEMETRY_LOG_FILE=$T/log")
work='/bin/echo hello; perl -e "print q(x) x 10, qq(\n)"; sh -c "exit 3"'
for limit in "-f 0" "-f 1" "-n 8" "-l 0" "-c 0" "-v 40000" "-s 256"; do
	hazard_compare "record console" bash -c "set -o pipefail
		(ulimit $limit; $work) 2>&1 | cat"
done
# GnuTLS has been seen to complain of that on stderr.
cat >"$T/little" <<'END'
ulimit -v 16000
exec /bin/echo hello
END
hazard_compare record env TELEMETRY_REPORTERS=prometheus \
	TELEMETRY_PROMETHEUS_PORT=0 sh "$T/little"
grep 'RLIMIT_AS .* expected 24576 KiB free: no reporter is loaded before there is' "$T/log" ||
	hazard_fail "no line in the log"

# Room that comes later is seen, and the refusal has been told once.
: >"$T/log"
mkdir -m 700 "$T/later"
env -i PATH="$PATH" "${HAZARD_VARS[@]}" TELEMETRY_DIR="$T/later" \
	TELEMETRY_REPORTERS=prometheus TELEMETRY_PROMETHEUS_PORT=0 \
	TELEMETRY_PROMETHEUS_PORT_FILE="$T/port" \
	bash -c "ulimit -Sv 16000; LD_PRELOAD=$HAZARD_PRELOAD exec sleep 1000" &
# await FILE
await() {
	for _ in $(seq 3000); do
		[ ! -s "$1" ] || return 0
		sleep 0.01
	done
	hazard_fail "nothing in $1: $(cat "$T/log")"
}
await "$T/log"
[ ! -e "$T/port" ] || hazard_fail "loaded without room"
prlimit --pid $! --as=unlimited
await "$T/port"
kill -9 $!
[ "$(wc -l <"$T/log")" -eq 1 ] || hazard_fail "not one line: $(cat "$T/log")"
hazard_finish
