# grow.sh - for tests of what grows: runs lib/grow.c under the shim, and looks at
# its memory, in KiB, and at what is reported of it.
#
#   grow ARGUMENT...   sets first_* and last_*: rss, private, segment
#   at_most WHAT NUMBER LIMIT
#   count METRIC       of all its series; drops REASON
#
# shellcheck shell=sh disable=SC2034

# shellcheck source=tests/lib/e2e.sh
. "${TEST_LIB:-"$(dirname "$0")/../lib"}/e2e.sh"
need cc

cd "$TEST_TMP" || exit 1
cc -O2 -I"$TEST_ROOT/shim/include" -o grow "$TEST_LIB/grow.c" -lpthread ||
	fail "cannot build grow.c"
cc -shared -fPIC -I"$TEST_ROOT/shim/include" -o dump.so \
	"$TEST_LIB/dump_reporter.c" || fail "cannot build the reporter"

TELEMETRY_DIR=$TEST_SEGMENTS/$$
TELEMETRY_LOG_FILE=$TEST_TMP/log
TELEMETRY_EXIT_TIMEOUT=60000
TELEMETRY_DUMP_FILE=$TEST_TMP/dump
TELEMETRY_REPORTERS=$TEST_TMP/dump.so
TELEMETRY_METRICS='counter(events, event=grow.event);
	distribution(spans, span=grow.span, measurement=duration, buckets=[1000,1000000])'
export TELEMETRY_DIR TELEMETRY_LOG_FILE TELEMETRY_EXIT_TIMEOUT \
	TELEMETRY_DUMP_FILE TELEMETRY_REPORTERS TELEMETRY_METRICS

# Into `first_...` and `last_...`.
read_figures() { # FILE
	read -r first_rss first_private first_segment <<-END
		$(sed -n 's/^first //p' "$1")
	END
	read -r last_rss last_private last_segment <<-END
		$(sed -n 's/^last //p' "$1")
	END
	[ "$last_segment" ] || fail "no figures: $(cat "$1")"
}

grow() {
	rm -rf "$TELEMETRY_DIR" dump log
	mkdir -m 700 "$TELEMETRY_DIR"
	: >log
	LD_PRELOAD=$TEST_SHIM ./grow "$@" >out 2>err || {
		status=$?
		[ $status != 77 ] || skip "$(tail -n 1 out)"
		fail "grow $*: status $status: $(cat out err)"
	}
	read_figures out
	[ -s dump ] || fail "grow $*: no report: $(cat log err)"
	echo "grow $*: resident $first_rss, then $last_rss KiB;" \
		"segment $first_segment, then $last_segment KiB"
}

at_most() { # WHAT NUMBER LIMIT
	[ "$2" -le "$3" ] || fail "$1: $2, expected at most $3: $(cat out)"
}

is() { # WHAT NUMBER EXPECTED
	[ "$2" = "$3" ] || fail "$1: $2, expected $3: $(head -c 3000 out dump log)"
}

# The sum over the lines that begin with a text.
total() { # TEXT
	awk -v text="$1" 'index($0, text) == 1 && match($0, / count=[0-9]+/) {
		sum += substr($0, RSTART + 7, RLENGTH - 7) }
		END { printf "%d\n", sum }' dump
}

count() {
	total "$1 "
}

drops() { # [REASON]
	total "telemetry.dropped counter - {${1:+reason=\"$1\"\}}"
}
