/*
 * test_measure.c - what is made of files that are odd, cut, hostile or missing:
 * a folder in the place of /proc, another in the place of /sys/fs/cgroup.
 */
#include "base/proc.h"
#include "runtime/measure.h"
#include "runtime/measure_cgroup.h"

#include "test.h"

#include <stdarg.h>
#include <sys/stat.h>

static char root[] = "/tmp/test-measure.XXXXXX", cgroups[64];

static void remove_root(void)
{
	char command[100];

	snprintf(command, sizeof(command), "rm -rf %s", root);
	if (system(command) != 0)
		printf("# %s stays\n", root);
}

static void setup(void)
{
	CHECK(mkdtemp(root));
	snprintf(cgroups, sizeof(cgroups), "%s/cgroup", root);
	proc_set_root(root);
	measure_set_cgroup_root(cgroups);
}

static void put(const char *name, const char *text)
{
	char path[300], *slash;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	for (slash = path + strlen(root) + 1; (slash = strchr(slash, '/'));
	     slash++) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
	f = fopen(path, "w");
	CHECK(f);
	fputs(text, f);
	fclose(f);
}

static char seen[1024];

static void see(const char *event, const struct telemetry_field *m, size_t n,
		const struct telemetry_field *d, size_t dn)
{
	size_t at = (size_t)snprintf(seen, sizeof(seen), "%s", event), i;

	(void)d, (void)dn;
	for (i = 0; i < n; i++) {
		CHECK(m[i].value.type == TELEMETRY_UINT64 ||
		      m[i].value.type == TELEMETRY_DOUBLE);
		if (m[i].value.type == TELEMETRY_UINT64)
			at += (size_t)snprintf(
				seen + at, sizeof(seen) - at, " %s=%llu",
				m[i].key,
				(unsigned long long)m[i].value.as.u64);
		else
			at += (size_t)snprintf(seen + at, sizeof(seen) - at,
					       " %s=%g", m[i].key,
					       m[i].value.as.f64);
	}
}

static const char *take(const char *event)
{
	struct measure_target target = { .pid = 7,
					 .executable = "/bin/shop",
					 .service = "shop" };

	seen[0] = '\0';
	measure_cgroup(&target);
	measure_take(measure_find(event), &target, see);
	return seen;
}

TEST(nothing_there)
{
	size_t i;

	setup();
	for (i = 0; measure_at(i); i++)
		CHECK_STR(take(measure_at(i)->event), "");
	CHECK_INT(i, 12);
	CHECK(!measure_find("process"));
	remove_root();
}

TEST(empty_files)
{
	static const char *const names[] = {
		"7/stat",
		"7/statm",
		"7/status",
		"7/smaps_rollup",
		"7/limits",
		"7/io",
		"7/cgroup",
		"7/net/sockstat",
		"loadavg",
		"meminfo",
		"7/maps",
		"pressure/cpu",
		"pressure/memory",
		"pressure/io",
		"7/task/7/stat",
		"7/task/7/schedstat",
		"sys/vm/max_map_count",
	};
	size_t i;

	setup();
	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		put(names[i], "");
	for (i = 0; measure_at(i); i++)
		if (strcmp(measure_at(i)->event, "process.run_queue"))
			CHECK_STR(take(measure_at(i)->event), "");
	/* No thread could be looked at. */
	CHECK_STR(take("process.run_queue"), "process.run_queue runnable=0");
	remove_root();
}

TEST(memory)
{
	char expected[300];
	unsigned long page = (unsigned long)getpagesize();

	setup();
	put("7/statm", "9 5 3 1 0 2 0\n");
	put("7/status", "Name:\ta\\nVmHWM: 7 kB\nVmHWM:\t    44 kB\n"
			"VmSwap:\t18446744073709551615 kB\n");
	put("7/smaps_rollup", "Pss:  10 kB\nPss_Dirty: 9 kB\nPrivate_Clean: 3 "
			      "kB\nPrivate_Dirty: 4 kB\n");
	snprintf(expected, sizeof(expected),
		 "process.memory vms=%lu rss=%lu shared=%lu text=%lu data=%lu "
		 "peak_rss=45056 pss=10240 uss=7168",
		 9 * page, 5 * page, 3 * page, page, 2 * page);
	CHECK_STR(take("process.memory"), expected);
	/* Too large to be walked through; too large for any number. */
	put("7/statm", "9 99999999 3 1 0 2 0\n");
	CHECK(!strstr(take("process.memory"), "pss="));
	put("7/statm", "18446744073709551615 1 1\n");
	CHECK_STR(take("process.memory"), "process.memory peak_rss=45056");
	put("7/statm", "text");
	put("7/status", "VmHWM");
	CHECK_STR(take("process.memory"), "");
	remove_root();
}

TEST(limits_and_sockets)
{
	setup();
	put("7/stat", "7 (a) S 1 1 1 0 -1 4 1 2 3 4 5 6 7 8 20 0 3 0 9 1 1 1");
	put("7/limits",
	    "Limit                     Soft Limit           Hard Limit\n"
	    "Max processes             unlimited            unlimited  p\n"
	    "Max open files            1024                 4096       f\n");
	put("7/maps", "a\nb\nc\n");
	put("sys/vm/max_map_count", "65530\n");
	CHECK_STR(take("process.counts"), "process.counts threads=3 mappings=3 "
					  "fd_limit=1024 map_limit=65530");
	put("7/net/sockstat", "sockets: used 9\nTCP: inuse 3 orphan 0 tw 12 "
			      "alloc 5 mem 1\nUDP: inuse 2 mem 2\n");
	CHECK_STR(take("process.sockets"),
		  "process.sockets namespace_tcp=3 namespace_tcp_orphaned=0 "
		  "namespace_tcp_time_wait=12 namespace_udp=2");
	put("7/net/sockstat", "TCP: inuse\nUDP: inuse x\n");
	CHECK_STR(take("process.sockets"), "");
	remove_root();
}

/* A kernel without CONFIG_SCHEDSTATS has no such file, or zeros in it. */
TEST(run_queue)
{
	setup();
	put("7/task/7/stat",
	    "7 (x) R) R 1 1 1 0 -1 4 1 2 3 4 5 6 7 8 20 0 3 0 9 1 1 1");
	put("7/task/8/stat", "8 (");
	put("7/task/x/stat", "8 (a) R 1 1 1 0 -1 4 1 2 3 4 5 6 7 8 20 0 3 0 9 1"
			     " 1 1");
	CHECK_STR(take("process.run_queue"), "process.run_queue runnable=1");
	put("7/task/7/schedstat", "5 6\n");
	CHECK_STR(take("process.run_queue"), "process.run_queue runnable=1");
	put("7/task/7/schedstat", "5 6 7\n");
	CHECK_STR(take("process.run_queue"),
		  "process.run_queue runnable=1 run_delay=6 timeslices=7");
	remove_root();
}

TEST(machine)
{
	setup();
	put("loadavg", "0.20 1.18 12.12 1/80 11206\n");
	CHECK_STR(take("os.load"), "os.load load1=0.2 load5=1.18 load15=12.12 "
				   "runnable=1 tasks=80");
	put("loadavg", "0.20 1.18");
	CHECK_STR(take("os.load"), "os.load load1=0.2 load5=1.18");
	put("loadavg", "nan 1 2");
	CHECK_STR(take("os.load"), "");
	put("pressure/cpu", "some avg10=0.50 avg60=0.00 avg300=0.00 total=3\n");
	put("pressure/io",
	    "some avg10=0.50 avg60=0.00\nfull avg10=x total=1\n");
	CHECK_STR(take("os.psi"), "os.psi cpu_some_avg10=0.5 cpu_some=3000");
	remove_root();
}

TEST(cgroup_2)
{
	setup();
	put("7/cgroup", "0::/a/b\n");
	put("cgroup/a/b/cpu.stat",
	    "usage_usec 10\nuser_usec 6\nsystem_usec 4\nnr_periods 3\n"
	    "nr_throttled 2\nthrottled_usec 9\n");
	put("cgroup/a/b/cpu.max", "50000 100000\n");
	CHECK_STR(take("cgroup.cpu"),
		  "cgroup.cpu usage=10000 user=6000 system=4000 periods=3 "
		  "throttled_periods=2 throttled=9000 quota=50000000 "
		  "period=100000000");
	put("cgroup/a/b/cpu.max", "max 100000\n");
	CHECK(strstr(take("cgroup.cpu"), "throttled=9000 period=100000000"));
	put("cgroup/a/b/memory.current", "4096\n");
	put("cgroup/a/b/memory.max", "max\n");
	put("cgroup/a/b/memory.events", "oom 3\noom_kill 1\n");
	CHECK_STR(take("cgroup.memory"),
		  "cgroup.memory usage=4096 oom_kills=1");
	put("cgroup/a/b/memory.max", "8192\n");
	CHECK(strstr(take("cgroup.memory"), " limit=8192"));
	/* The host's path, in a container. */
	put("7/cgroup", "0::/not/seen\n");
	put("cgroup/memory.current", "77\n");
	CHECK_STR(take("cgroup.memory"), "cgroup.memory usage=77");
	put("7/cgroup", "0::/\n");
	CHECK_STR(take("cgroup.memory"), "cgroup.memory usage=77");
	remove_root();
}

TEST(cgroup_1)
{
	setup();
	put("7/cgroup", "9:name=systemd:/\n8:cpuset:/x\n4:cpu,cpuacct:/a\n"
			"3:memory:/m:n\n0::/two\n");
	put("cgroup/cpuacct/a/cpuacct.usage", "55\n");
	put("cgroup/cpuacct/a/cpuacct.stat", "user 2\nsystem 1\n");
	put("cgroup/cpu/a/cpu.stat", "nr_periods 1\nthrottled_time 8\n");
	put("cgroup/cpu/a/cpu.cfs_quota_us", "-1\n");
	put("cgroup/cpu/a/cpu.cfs_period_us", "100000\n");
	CHECK_STR(take("cgroup.cpu"),
		  "cgroup.cpu usage=55 user=20000000 system=10000000 periods=1 "
		  "throttled=8 period=100000000");
	put("cgroup/memory/m:n/memory.usage_in_bytes", "99\n");
	put("cgroup/memory/m:n/memory.limit_in_bytes", "9223372036854771712\n");
	put("cgroup/memory/m:n/memory.oom_control",
	    "oom_kill_disable 0\nunder_oom 0\noom_kill 4\n");
	CHECK_STR(take("cgroup.memory"), "cgroup.memory usage=99 oom_kills=4");
	remove_root();
}

TEST(hostile_groups)
{
	static const char *const texts[] = {
		"0:",	    "0::",	 "::",
		":::",	    "\n\n\n",	 "memory",
		"1:memory", "1:memory:", "1:memorymemory:/a\n",
		"0::\n:",
	};
	char text[1500];
	size_t i;

	setup();
	put("cgroup/memory/memory.usage_in_bytes", "1\n");
	put("cgroup/memory.current", "1\n");
	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		put("7/cgroup", texts[i]);
		CHECK_STR(take("cgroup.memory"), "");
	}
	memset(text, 'a', sizeof(text));
	memcpy(text, "0::/", 4);
	text[sizeof(text) - 1] = '\0';
	put("7/cgroup", text);
	CHECK_STR(take("cgroup.memory"), "");
	remove_root();
}

TEST(io)
{
	setup();
	put("7/io", "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 5\n"
		    "write_bytes: 6\ncancelled_write_bytes: 7\n");
	CHECK_STR(take("process.io"),
		  "process.io rchar=1 wchar=2 syscr=3 syscw=4 read_bytes=5 "
		  "write_bytes=6 cancelled_write_bytes=7");
	put("7/io", "rchar: 99999999999999999999\nwchar: 2");
	CHECK_STR(take("process.io"), "process.io wchar=2");
	remove_root();
}
