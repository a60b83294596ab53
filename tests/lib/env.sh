# env.sh - sourced by shell tests and by run.sh: where things are, and an
# environment without traces of whoever runs the tests.
#
#   TEST_ROOT   the source tree        TEST_BUILD  the build folder
#   TEST_SHIM   the shared object      TEST_TMP    scratch, removed at the end
#
# shellcheck shell=sh

for variable in $(env | sed -n 's/^\(\(TELEMETRY\|OTEL\)_[A-Za-z0-9_]*\)=.*/\1/p'); do
	unset "$variable"
done
unset variable LD_PRELOAD

if [ -z "${TEST_ROOT-}" ]; then
	TEST_ROOT=$(cd "${TEST_LIB:-"$(dirname "$0")/../lib"}/../.." && pwd)
fi
TEST_LIB=$TEST_ROOT/tests/lib
TEST_BUILD=${TEST_BUILD:-${B:-$TEST_ROOT/build}}
case $TEST_BUILD in
/*) ;;
*) TEST_BUILD=$TEST_ROOT/$TEST_BUILD ;;
esac
TEST_SHIM=$TEST_BUILD/libtelemetry_shim.so
B=$TEST_BUILD
export TEST_ROOT TEST_LIB TEST_BUILD TEST_SHIM B

# Segments of the tests, away from those of the user's own programs.
if [ -z "${TEST_SEGMENTS-}" ]; then
	TEST_SEGMENTS=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
	export TEST_SEGMENTS
fi
export TELEMETRY_DIR="$TEST_SEGMENTS"

# The system's programs before others of the same name.
PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
export PATH

LC_ALL=C
TZ=UTC
export LC_ALL TZ

# A test that runs alone makes its own scratch folder.
if [ -z "${TEST_TMP-}" ] && [ -z "${TEST_ALL-}" ]; then
	TEST_TMP=$(mktemp -d)
	chmod 755 "$TEST_TMP"
	export TEST_TMP
	trap 'rm -rf "$TEST_TMP" "$TEST_SEGMENTS"' EXIT
	trap 'exit 1' HUP INT TERM
fi
