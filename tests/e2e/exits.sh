#!/bin/sh
# The last report from wherever a process ends: in a signal handler that has
# interrupted malloc, in two threads at once, with a reader of stderr that does
# not read.  The exit status is the program's, and it ends.
. "$(dirname "$0")/../lib/e2e.sh"

TELEMETRY_DIR=$TEST_SEGMENTS/$$
TELEMETRY_REPORTERS=console
export TELEMETRY_DIR TELEMETRY_REPORTERS
mkdir -m 700 "$TELEMETRY_DIR"
cd "$TEST_TMP" || exit 1

cat >host.c <<'END'
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static const char *mode;
static pthread_barrier_t barrier;

static void handle(int number)
{
	(void)number;
	if (!strcmp(mode, "_exit"))
		_exit(7);
	exit(7);
}

static void *wait_for_ever(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void *end(void *unused)
{
	pthread_barrier_wait(&barrier);
	exit(7);
	return unused;
}

int main(int argc, char **argv)
{
	struct itimerval timer = { { 0, 0 }, { 0, 0 } };
	pthread_t thread;
	void *volatile block; /* or the compiler leaves it out */
	size_t size;

	mode = argv[1];
	pthread_barrier_init(&barrier, NULL, 2);
	if (!strcmp(mode, "two") || !strcmp(mode, "other"))
		pthread_create(&thread, NULL, end, NULL);
	if (!strcmp(mode, "two"))
		end(NULL);
	if (!strcmp(mode, "other")) {
		pthread_barrier_wait(&barrier);
		pthread_exit(NULL);
	}
	if (!strcmp(mode, "quick"))
		quick_exit(7);
	/* With a second thread malloc takes locks. */
	if (argc > 3)
		pthread_create(&thread, NULL, wait_for_ever, NULL);
	signal(SIGALRM, handle);
	timer.it_value.tv_usec = 1000 + 97 * atoi(argv[2]);
	setitimer(ITIMER_REAL, &timer, NULL);
	/* Beyond the sizes that each thread caches for itself; and where it is
	 * about the lock, most of the time under it. */
	for (size = 2000;; size = size % 60000 + 1999) {
		block = malloc(size);
		free(block);
		if (argc > 3)
			malloc_trim(0);
	}
}
END
cc -O1 -pthread -o host host.c || fail "cannot build"

# Long enough for a slow machine; what hangs hangs for all of it.
TELEMETRY_EXIT_TIMEOUT=20000
export TELEMETRY_EXIT_TIMEOUT
observe() { # mode [delay]
	# timeout itself must not be one that would report for it.
	timeout -s KILL "${LIMIT:-60}" env LD_PRELOAD="$TEST_SHIM" \
		./host "$@" 2>err
	got=$?
	[ $got = 7 ] || fail "$*: status $got"
	[ "$(grep -c '^telemetry: host .*, 1 process)' err)" = 1 ] ||
		fail "$*: no report: $(cat err)"
}
for mode in quick two other; do
	observe $mode
done
# Where malloc is interrupted depends on the delay; with a second thread it has
# taken its lock, without one its heap may be in pieces.
for delay in 1 2 3 4 5 6 7 8; do
	observe _exit $delay
	observe _exit $delay locked
	observe exit $delay
done

# Nobody reads: it gives up in time, and the next one reports it.
rm -rf "${TELEMETRY_DIR:?}"/*
mkfifo pipe
exec 9<>pipe
dd if=/dev/zero of=/proc/self/fd/9 bs=4096 oflag=nonblock 2>/dev/null
timeout -s KILL "${LIMIT:-60}" env LD_PRELOAD="$TEST_SHIM" \
	TELEMETRY_EXIT_TIMEOUT=200 sh -c 'exit 5' 2>&9
[ $? = 5 ] || fail "a full pipe: another status"
# It leaves as much time to the reporter behind it.
cc -shared -fPIC -I"$TEST_ROOT/shim/include" -o dump.so \
	"$TEST_LIB/dump_reporter.c" || fail "cannot build the reporter"
timeout -s KILL "${LIMIT:-60}" env LD_PRELOAD="$TEST_SHIM" \
	TELEMETRY_REPORTERS="$TELEMETRY_REPORTERS,$PWD/dump.so" \
	TELEMETRY_DUMP_FILE="$PWD/dump" TELEMETRY_EXIT_TIMEOUT=2000 \
	sh -c 'exit 6' 2>&9
[ $? = 6 ] || fail "a full pipe, two reporters: another status"
grep -q '^process.uptime .* process=\(sh\|dash\)$' dump ||
	fail "the slow one has left no time to the other: $(cat dump)"
exec 9>&-
LD_PRELOAD=$TEST_SHIM /bin/true 2>err
grep -q '^telemetry: sh\|^telemetry: dash' err ||
	fail "what was not written is lost: $(cat err)"

# Descriptor 2 is closed, or is a file of the program.
LD_PRELOAD=$TEST_SHIM sh -c 'exit 5' 2>&- || [ $? = 5 ] || fail "no stderr"
LD_PRELOAD=$TEST_SHIM sh -c 'exit 5' 2<>data || [ $? = 5 ] || fail "data"
[ ! -s data ] || fail "wrote into a file of the program: $(cat data)"
