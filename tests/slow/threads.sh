#!/bin/sh
# What threads do to each other, under ThreadSanitizer: handlers that come and
# go while others execute, and what they leave to be freed.
set -eu
cd "$(dirname "$0")/../.."

# At random addresses it does not start on kernels with much address entropy.
build=$TEST_TMP/build
make -s B="$build" SAN=thread WERROR=0 \
	"$build/tests/unit/test_thread" "$build/tests/unit/test_arena" \
	"$build/tests/unit/test_api" "$build/tests/unit/test_retire" \
	"$build/tests/unit/test_symbol" "$build/tests/unit/test_define" \
	"$build/tests/unit/test_poller" "$build/tests/unit/test_metric_expire" \
	"$build/tests/unit/test_known_threads" \
	"$build/tests/unit/test_metric_threads" \
	"$build/tests/unit/test_ring_read" "$build/tests/unit/test_fd_peer" \
	"$build/libshim.a"
for test in thread arena api retire symbol define poller metric_expire \
	known_threads metric_threads ring_read fd_peer; do
	setarch -R "$build/tests/unit/test_$test"
done

# T95 as a whole: 100000 times.  The public functions are weak references, which
# take nothing from an archive by themselves.
wanted=
for name in $(grep -oE '\btelemetry_[a-z_]+\(' shim/include/telemetry/telemetry.h |
	tr -d '(' | sort -u); do
	nm -A "$build/libshim.a" 2>/dev/null | grep -q "T $name\$" &&
		wanted="$wanted -Wl,-u,$name"
done
# Without them it is a test of nothing.
[ "$(echo "$wanted" | wc -w)" -ge 10 ] || { echo "only these:$wanted"; exit 1; }
flags='-std=gnu11 -O1 -g1 -D_GNU_SOURCE -fsanitize=thread -Ishim/include'
# shellcheck disable=SC2086 # lists of options
{
	gcc $flags -Ishim -DTELEMETRY_BUILDING_SHIM -ftls-model=initial-exec \
		-c -o "$build/event_only.o" tests/lib/event_only.c
	gcc $flags -Wno-format-truncation -Itests/lib $wanted -o "$build/T95" \
		tests/parity/T95_stress.c "$build/event_only.o" -lc \
		"$build/libshim.a" -lurcu-bp -lpthread -lm
}
setarch -R "$build/T95" 2>"$build/log" || {
	status=$?
	grep -v 'error: handler "' "$build/log"
	exit $status
}
