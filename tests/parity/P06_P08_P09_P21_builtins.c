/*
 * P06, P08, P09, P21 and the prose on built-ins: what they say of this process,
 * compared with what it knows of itself, with getrusage() and with /proc.
 *
 * env: TELEMETRY_LOG_FILE=log
 */
#include "polled.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

/* P06 */
static void memory(void)
{
	struct last *last = &all[0];
	int handle = poll_one(last, "process.memory");
	double rss = known(last, "rss"), vms = known(last, "vms"), limit;
	char expected[200], *block;

	snprintf(expected, sizeof(expected), "{process.pid=%d,", getpid());
	CHECK(!strncmp(last->metadata, expected, strlen(expected)));
	CHECK(strstr(last->metadata, ",service.name="));
	block = mmap(NULL, 64 * MIB, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(block != MAP_FAILED);
	memset(block, 1, 48 * MIB);
	fresh(last);
	CHECK(known(last, "rss") >= rss + 47 * MIB);
	CHECK(known(last, "rss") <= rss + 80 * MIB);
	CHECK(known(last, "vms") >= vms + 63 * MIB);
	limit = known(last, "rss");
	if (value(last, "uss") >= 0) {
		CHECK(known(last, "uss") >= 47 * MIB);
		CHECK(known(last, "pss") >= known(last, "uss"));
	}
	CHECK(known(last, "peak_rss") >= 47 * MIB);
	CHECK(known(last, "shared") >= 0 && known(last, "data") >= 48 * MIB);
	CHECK(value(last, "swap") == in_file("/proc/self/status", "VmSwap"));
	munmap(block, 64 * MIB);
	fresh(last);
	CHECK(known(last, "rss") <= limit - 40 * MIB);
	CHECK(known(last, "peak_rss") >= limit - 40 * MIB);
	end(last, handle);
}

static double used(double *switches)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	*switches = (double)(r.ru_nvcsw + r.ru_nivcsw);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1e9 +
	       (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) * 1e3;
}

static void cpu(void)
{
	struct last *last = &all[1];
	int handle = poll_one(last, "process.cpu");
	double before, after, switched, switches;

	before = used(&switched);
	fresh(last);
	pthread_mutex_lock(&lock);
	after = used(&switches);
	pthread_mutex_unlock(&lock);
	CHECK(known(last, "user") + known(last, "system") >= before);
	CHECK(known(last, "voluntary") + known(last, "involuntary") >=
	      switched);
	end(last, handle);
	after = used(&switches);
	CHECK(known(last, "user") + known(last, "system") <= after);
	CHECK(known(last, "voluntary") + known(last, "involuntary") <=
	      switches);
	CHECK(known(last, "minor_faults") >= 100);
	CHECK(known(last, "major_faults") >= 0);
}

/* P09 */
static void counts(void)
{
	struct last *last = &all[2], *sockets = &all[3];
	int handle = poll_one(last, "process.counts");
	int other = poll_one(sockets, "process.sockets"), fds[40][2], i;
	double before = known(last, "fds"), open = known(sockets, "open");
	double maps = known(last, "mappings");
	struct rlimit limit;
	char *pages;

	CHECK(known(last, "sockets") == open);
	CHECK(known(last, "threads") >= 2);
	for (i = 0; i < 40; i++)
		CHECK(!(i % 2 ? pipe(fds[i])
			      : socketpair(AF_UNIX, SOCK_DGRAM, 0, fds[i])));
	pages = mmap(NULL, 64 * 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
		     -1, 0);
	for (i = 0; i < 64; i += 2)
		CHECK(!mprotect(pages + i * 4096, 4096, PROT_NONE));
	fresh(last);
	fresh(sockets);
	/* A reporter may have opened some in between. */
	CHECK(known(last, "fds") >= before + 80);
	CHECK(known(last, "fds") <= before + 90);
	CHECK(known(last, "sockets") >= open + 40);
	CHECK(known(last, "sockets") <= open + 45);
	CHECK(known(sockets, "open") == known(last, "sockets"));
	CHECK(known(last, "mappings") >= maps + 60);
	for (i = 0; i < 40; i++)
		close(fds[i][0]), close(fds[i][1]);
	munmap(pages, 64 * 4096);
	CHECK(!getrlimit(RLIMIT_NOFILE, &limit));
	CHECK(known(last, "fd_limit") == (double)limit.rlim_cur);
	CHECK(!getrlimit(RLIMIT_NPROC, &limit));
	CHECK(value(last, "thread_limit") ==
	      (limit.rlim_cur == RLIM_INFINITY ? -1 : (double)limit.rlim_cur));
	CHECK(value(last, "map_limit") ==
	      in_file("/proc/sys/vm/max_map_count", ""));
	end(sockets, other);
	end(last, handle);
}

static int leave;

static void *spin(void *arg)
{
	prctl(PR_SET_NAME, "p08 worker)");
	while (!__atomic_load_n(&leave, __ATOMIC_RELAXED))
		;
	return arg;
}

/* P08, P21; run_queue with something that runs. */
static void threads(void)
{
	const char *keys[] = { "user", "system", "voluntary", "timeslices" };
	struct last *last = &all[6], *queue = &all[7];
	struct telemetry_measurement m[] = {
		telemetry_poll_threads("p.absent", "p08 nobody*", keys, 4),
		telemetry_poll_threads("p.thread", "p08 w*", keys, 4),
	};
	struct telemetry_poller_options o = telemetry_poller_defaults(m, 2);
	int handle, other = poll_one(queue, "process.run_queue");
	pthread_t thread;
	double user;

	CHECK(!telemetry_attach("absent", "p.absent", keep, &all[8]));
	CHECK(!telemetry_attach("thread", "p.thread", keep, last));
	last->event = "p.thread";
	o.period_ms = 1;
	handle = telemetry_poller_start(&o);
	CHECK(handle > 0);
	CHECK(!pthread_create(&thread, NULL, spin, NULL));
	WAIT_FOR(count_of(last) >= 1);
	CHECK(!strncmp(last->metadata, "{name=p08 worker),thread.id=", 27));
	CHECK(last->fields <= 4);
	user = known(last, "user");
	WAIT_FOR(known(last, "user") + known(last, "system") >=
		 user + 20000000);
	WAIT_FOR(known(queue, "runnable") >= 1);
	if (in_file("/proc/self/schedstat", "") > 0)
		CHECK(known(queue, "timeslices") > 0 &&
		      known(queue, "run_delay") >= 0);
	__atomic_store_n(&leave, 1, __ATOMIC_RELAXED);
	CHECK(!pthread_join(thread, NULL));
	CHECK(all[8].count == 0);
	CHECK(!telemetry_poller_stop(handle));
	CHECK(!telemetry_detach("absent") && !telemetry_detach("thread"));
	end(queue, other);
}

static void machine(void)
{
	struct last *memory = &all[9], *load = &all[10], *psi = &all[11];
	int one = poll_one(memory, "os.memory"),
	    two = poll_one(load, "os.load");
	int three;

	CHECK(known(memory, "total") ==
	      in_file("/proc/meminfo", "MemTotal") * 1024);
	CHECK(known(memory, "available") <= known(memory, "total"));
	CHECK(!strcmp(memory->metadata, "{}"));
	CHECK(known(load, "load1") >= 0 && known(load, "load15") >= 0);
	CHECK(known(load, "tasks") >= known(load, "runnable"));
	end(memory, one);
	end(load, two);
	if (access("/proc/pressure/memory", R_OK))
		return;
	three = poll_one(psi, "os.psi");
	CHECK(known(psi, "memory_some_avg10") <= 100);
	CHECK(known(psi, "cpu_some") >= 0);
	end(psi, three);
}

static void group(void)
{
	struct last *last = &all[12];
	double before;
	int handle;

	if (access("/sys/fs/cgroup/memory/memory.usage_in_bytes", R_OK) &&
	    access("/sys/fs/cgroup/memory.current", R_OK))
		return;
	handle = poll_one(last, "cgroup.memory");
	CHECK(known(last, "usage") > 4096);
	CHECK(!strncmp(last->metadata, "{cgroup=/", 9));
	end(last, handle);
	last = &all[13];
	handle = poll_one(last, "cgroup.cpu");
	before = value(last, "usage");
	if (before >= 0) {
		fresh(last);
		CHECK(known(last, "usage") > before);
	}
	end(last, handle);
}

static void parity(void)
{
	memory();
	cpu();
	counts();
	threads();
	machine();
	group();
	/* No poller, no thread. */
	WAIT_FOR(count_threads(true) == 0 || has_reporter());
}
