/*
 * P01, P19, P20 where it is hard: pollers from a constructor, stopped from
 * inside and while they run, in children, around unshare(), a failing exec and
 * a system call filter, at the end; their thread, and what they may do.
 *
 * libs: -pthread
 * env: TELEMETRY_LOG_FILE=log
 */
#include "parity.h"

#include <telemetry/poller.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

static unsigned int calls, destroyed, slow_state, early_calls;
static int early, self;

static int call(void *arg)
{
	__atomic_fetch_add((unsigned int *)arg, 1, __ATOMIC_RELEASE);
	return 0;
}

static unsigned int at(unsigned int *n)
{
	return __atomic_load_n(n, __ATOMIC_ACQUIRE);
}

static void destroy(void *arg)
{
	(void)arg;
	__atomic_fetch_add(&destroyed, 1, __ATOMIC_RELEASE);
}

static int start(telemetry_poll_function function, void *config)
{
	struct telemetry_measurement m =
		telemetry_poll_call("f", function, config);
	struct telemetry_poller_options o = telemetry_poller_defaults(&m, 1);

	m.destroy = destroy;
	o.period_ms = 1;
	return telemetry_poller_start(&o);
}

__attribute__((constructor)) static void construct(void)
{
	if (telemetry_is_loaded())
		early = start(call, &early_calls);
}

/* No thread before main; then it runs. */
static void from_constructor(void)
{
	CHECK(early > 0);
	WAIT_FOR(at(&early_calls) >= 2);
	CHECK(!telemetry_poller_stop(early));
	CHECK(destroyed == 1);
}

static int look_at_thread(void *arg)
{
	char name[32] = "", path[64];

	prctl(PR_GET_NAME, name);
	CHECK(!strcmp(name, "telemetry-poll"));
	snprintf(path, sizeof(path), "%ld", syscall(SYS_gettid));
	CHECK(is_ours(path) && gettid() != getpid());
	return call(arg);
}

/* What it calls emits nothing; what it executes does. */
static unsigned long sends;
static struct seen seen;

static int work(void *arg)
{
	int pair[2];
	char *block = malloc(100000);

	CHECK(block && !socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	CHECK(send(pair[0], "x", 1, 0) == 1);
	close(pair[0]);
	close(pair[1]);
	free(block);
	errno = 7;
	if (at(arg) == 0)
		CHECK(execute("p.inside") == 0 && errno == 7);
	return call(arg);
}

static void thread_and_work(void)
{
	int one = start(look_at_thread, &calls), two;

	WAIT_FOR(at(&calls) >= 2);
	CHECK(!telemetry_poller_stop(one));
	calls = 0;
	listen_to_span("libc.socket.send", count_event, &sends);
	see_event("inside", "p.inside", &seen);
	two = start(work, &calls);
	WAIT_FOR(at(&calls) >= 3);
	CHECK(!telemetry_poller_stop(two));
	CHECK(sends == 0 && seen.count == 1);
}

static int stop_self(void *arg)
{
	int other;

	/* Its handle is known to the other thread first. */
	if (!__atomic_load_n(&self, __ATOMIC_ACQUIRE))
		return 0;
	other = start(call, arg);
	CHECK(other > 0 && !telemetry_poller_stop(other));
	CHECK(!telemetry_poller_stop(self));
	CHECK(telemetry_poller_stop(self) == -ENOENT);
	return call(arg);
}

static int slow(void *arg)
{
	uint32_t *state = arg;

	__atomic_store_n(state, 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(state, __ATOMIC_ACQUIRE) != 2)
		hazard_pause();
	hazard_pause();
	__atomic_store_n(state, 3, __ATOMIC_RELEASE);
	return 0;
}

static void *release(void *arg)
{
	hazard_pause();
	__atomic_store_n((unsigned int *)arg, 2, __ATOMIC_RELEASE);
	return NULL;
}

static void stopping(void)
{
	pthread_t thread;
	int handle;

	calls = destroyed = 0;
	handle = start(stop_self, &calls);
	__atomic_store_n(&self, handle, __ATOMIC_RELEASE);
	WAIT_FOR(at(&destroyed) == 2);
	CHECK(calls >= 1 && telemetry_poller_stop(handle) == -ENOENT);
	/* Returns when it does. */
	handle = start(slow, &slow_state);
	WAIT_FOR(at(&slow_state) == 1);
	CHECK(!pthread_create(&thread, NULL, release, &slow_state));
	CHECK(!telemetry_poller_stop(handle));
	CHECK(slow_state == 3 && destroyed == 3);
	CHECK(!pthread_join(thread, NULL));
}

static void in_child(void)
{
	unsigned int before;
	int handle, status;
	pid_t pid;

	calls = 0;
	handle = start(call, &calls);
	WAIT_FOR(at(&calls) >= 2);
	pid = fork();
	if (pid == 0) {
		CHECK(telemetry_poller_stop(handle) == -ENOENT);
		before = at(&calls);
		CHECK(count_threads(true) == 0);
		handle = start(call, &calls);
		CHECK(handle > 0);
		WAIT_FOR(at(&calls) >= before + 2);
		exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	before = at(&calls);
	WAIT_FOR(at(&calls) >= before + 2);
	/* The end of a vfork's child is none of ours. */
	pid = vfork();
	if (pid == 0)
		_exit(0);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	before = at(&calls);
	WAIT_FOR(at(&calls) >= before + 2);
	CHECK(!telemetry_poller_stop(handle));
}

/* Something to wait for. */
static bool ping(const int *pair)
{
	struct pollfd fd = { pair[1], POLLIN, 0 };
	char byte;

	return send(pair[0], "x", 1, 0) == 1 && poll(&fd, 1, -1) == 1 &&
	       recv(pair[1], &byte, 1, 0) == 1;
}

/* The thread is not in the way of what only a process of one thread may do, and
 * comes back at the next wait. */
static void alone(void)
{
	int handle = start(call, &calls), pair[2];
	unsigned int before;

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	WAIT_FOR(at(&calls) >= 2);
	if (unshare(CLONE_NEWUSER))
		CHECK(errno != EINVAL);
	before = at(&calls);
	WAIT_FOR(ping(pair) && at(&calls) >= before + 2);
	close(pair[0]);
	close(pair[1]);
	execl("/nowhere", "nowhere", NULL);
	before = at(&calls);
	WAIT_FOR(at(&calls) >= before + 2);
	CHECK(!telemetry_poller_stop(handle));
}

static void filtered(void)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { 1, &allow };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int handle = start(call, &calls);

		WAIT_FOR(at(&calls) >= 2);
		CHECK(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
		CHECK(!prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
		CHECK(count_threads(true) == 0);
		CHECK(start(call, &calls) == -EPERM);
		CHECK(!telemetry_poller_stop(handle));
		exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

/* At the end nothing runs any more when the program's own handlers do. */
static int is_over;

static int only_before(void *arg)
{
	CHECK(!__atomic_load_n(&is_over, __ATOMIC_SEQ_CST));
	return call(arg);
}

static void at_exit(void)
{
	__atomic_store_n(&is_over, 1, __ATOMIC_SEQ_CST);
	CHECK(start(call, &calls) == -EAGAIN);
	usleep(5000);
}

static void ending(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		calls = 0;
		atexit(at_exit);
		CHECK(start(only_before, &calls) > 0);
		WAIT_FOR(at(&calls) >= 2);
		exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void parity(void)
{
	from_constructor();
	thread_and_work();
	stopping();
	in_child();
	alone();
	filtered();
	ending();
	/* No poller, no thread. */
	WAIT_FOR(count_threads(true) == 0 || has_reporter());
}
