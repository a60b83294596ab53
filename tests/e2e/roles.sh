#!/bin/sh
# Who reports: one summary per tree of processes, with all of its numbers,
# whatever way its processes end.
. "$(dirname "$0")/../lib/e2e.sh"
need bash perl flock

TELEMETRY_DIR=$TEST_SEGMENTS/$$
TELEMETRY_CONSOLE_FILE=$TEST_TMP/report
TELEMETRY_REPORTERS=console
TELEMETRY_LOG_FILE=$TEST_TMP/log
TELEMETRY_EXIT_TIMEOUT=30000
export TELEMETRY_DIR TELEMETRY_CONSOLE_FILE TELEMETRY_REPORTERS \
	TELEMETRY_LOG_FILE TELEMETRY_EXIT_TIMEOUT
mkdir -m 700 "$TELEMETRY_DIR"
cd "$TEST_TMP" || exit 1

# observe STATUS COMMAND...
observe() {
	expected=$1
	shift
	rm -f report log
	LD_PRELOAD=$TEST_SHIM "$@" >out 2>err
	got=$?
	[ $got = "$expected" ] || fail "$*: status $got, not $expected"
	[ ! -s log ] || fail "$*: logged $(cat log)"
	[ ! -s err ] || fail "$*: wrote $(cat err)"
}

# shows COUNT PROGRAM PROCESSES: lines for a program with so many processes.
shows() {
	count=$(grep -cE "^telemetry: $2 .*, $3 process" report)
	[ "$count" = "$1" ] ||
		fail "$count lines of $2 with $3 processes, not $1: $(cat report)"
}

left() {
	find "$TELEMETRY_DIR" -name '[0-9]*.[0-9]*' | wc -l
}

nothing_left() {
	[ "$(left)" = 0 ] || fail "segments are left after: $*"
}

# shellcheck disable=SC2016
observe 3 bash -c 'for i in {1..50}; do /bin/true; done; exit 3'
shows 1 true 50
shows 1 bash 51
grep -qE '^  libc.process.fork +50 +0 ' report || fail "forks: $(cat report)"
nothing_left "50 children"

# Grandchildren, and a process that was somebody else before.
observe 0 sh -c 'sh -c "/bin/true; exec /bin/ls /dev/null"; sh -c "/bin/true; :"'
shows 1 true 2
shows 1 ls 1
nothing_left "grandchildren"

# exec: what it was before is reported by what it is at the end.
observe 0 bash -c 'exec -a x bash -c "exec /bin/true"'
shows 1 true 1
shows 1 bash 2
nothing_left exec

# exec that fails: it goes on to be the one it was.
observe 6 perl -e 'system("/bin/true"); exec {"/"} "x"; exit 6'
shows 1 true 1
shows 1 perl '[12]'
nothing_left "exec that fails"

# A child that is killed is reported like one that ends.
mkfifo never
cat >kill.sh <<'END'
exec 2>/dev/null # bash says that it was killed
/bin/cat <never & child=$!
until grep -qs /cat "$TELEMETRY_DIR"/*/$child.1; do :; done
kill -9 $child
wait $child 2>/dev/null
exit 0
END
exec 8<>never
observe 0 bash kill.sh
exec 8>&-
shows 1 cat 1
nothing_left "kill -9"

# A root that is killed reports nothing; the next one does it all.
# shellcheck disable=SC2016
LD_PRELOAD=$TEST_SHIM bash -c '/bin/true; kill -9 $$' 2>/dev/null
[ "$(left)" -ge 2 ] || fail "a killed process left no segment"
observe 0 /bin/ls /dev/null
shows 1 ls 1
shows 1 true 1
nothing_left "a killed root"

# A child that lives longer is shown as it is, and reports itself later.
mkfifo fifo up
observe 0 bash -c 'bash -c "echo up >up; read x <fifo; exit 0" & read x <up'
grep -q 'still running' report || fail "no child runs: $(cat report)"
rm report
echo go >fifo
child_reports() {
	grep -qE '^telemetry: bash .*, [12] process' report && [ "$(left)" = 0 ]
}
wait_for child_reports || fail "the child did not report: $(cat report)"

# Two trees of the same group at once keep to themselves.
mkfifo one two
LD_PRELOAD=$TEST_SHIM \
	bash -c '/bin/true; echo ready >one; read x <two; /bin/true; exit 0' &
first=$!
read -r x <one
: "$x"
observe 0 bash -c '/bin/ls /dev/null; exit 0'
shows 0 true '[0-9]+'
shows 1 ls 1
rm report
echo go >two
wait $first || fail "the first tree failed"
shows 1 true 2
shows 0 ls '[0-9]+'
nothing_left "two trees"

# Somebody exports for the group already: then nobody else does.
group=$(echo "$TELEMETRY_DIR"/*)
exec 9>>"$group/lock"
flock 9
echo >&9
observe 0 /bin/true
[ ! -e report ] || fail "two exporters: $(cat report)"
[ "$(left)" = 1 ] || fail "$(left) segments for the exporter"
exec 9>&-
observe 0 /bin/true
shows 1 true 2
nothing_left "another exporter"

# No time for a report: what was recorded is there for others.
TELEMETRY_EXIT_TIMEOUT=0
observe 4 sh -c 'exit 4'
[ ! -e report ] || fail "a report without time for one"
[ "$(left)" = 1 ] || fail "$(left) segments without a report"
TELEMETRY_EXIT_TIMEOUT=30000
observe 0 /bin/true
nothing_left "a report with time"

# Record only: an orderly end leaves nothing, a crash does; the former selves
# of a process that called exec go with it.
TELEMETRY_REPORTERS=
observe 0 bash -c '/bin/true; exec /bin/true'
nothing_left "record only"
# shellcheck disable=SC2016
LD_PRELOAD=$TEST_SHIM sh -c 'kill -9 $$' 2>/dev/null
[ "$(left)" = 1 ] || fail "$(left) segments after a crash"
