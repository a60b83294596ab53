/*
 * measure_cgroup.c - numbers and limits of a process's control group, of either
 * version.
 *
 * A hierarchy of version 1 has one controller and a folder of its own; what no
 * such hierarchy has is looked for in version 2.  In a container the path that
 * the kernel tells may be the host's: then the group is the root that is seen.
 */
#include "runtime/measure.h"

#include "base/buf.h"
#include "base/proc.h"
#include "runtime/measure_cgroup.h"

#include <errno.h>
#include <string.h>

#define US 1000		      /* in ns */
#define NO_LIMIT (1ull << 62) /* version 1 says "none" as a huge number */

static const char *root = "/sys/fs/cgroup";

void measure_set_cgroup_root(const char *path)
{
	root = path;
}

/* ---- where --------------------------------------------------------------- */

/* "cpu" in "cpu,cpuacct"? */
static bool names(const char *list, size_t length, const char *controller)
{
	size_t size = strlen(controller), part;

	while (length >= size) {
		for (part = 0; part < length && list[part] != ','; part++)
			;
		if (part == size && memcmp(list, controller, size) == 0)
			return true;
		if (part == length)
			return false;
		list += part + 1;
		length -= part + 1;
	}
	return false;
}

/* Path in the line "<n>:<list>:<path>" of a controller, "" of version 2. */
static const char *path_in(const char *text, const char *controller,
			   size_t *length)
{
	const char *line, *list, *path;

	for (line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		list = strchr(line, ':');
		path = list ? strchr(list + 1, ':') : NULL;
		if (!path)
			return NULL;
		list++;
		if (*controller ? names(list, (size_t)(path - list), controller)
				: path == list) {
			*length = strcspn(path + 1, "\n");
			return path + 1;
		}
	}
	return NULL;
}

/* False: it is in none. */
static bool locate(struct cgroup *group, uint32_t pid, const char *controller)
{
	char text[1024];
	const char *path;
	size_t length;

	if (proc_read(pid, "cgroup", text, sizeof(text)) <= 0)
		return false;
	path = path_in(text, controller, &length);
	group->is_v1 = path != NULL;
	group->controller = controller;
	if (!path)
		path = path_in(text, "", &length);
	if (!path || *path != '/' || length >= sizeof(group->path))
		return false;
	memcpy(group->path, path, length);
	group->path[length] = '\0';
	if (length == 1)
		group->path[0] = '\0';
	return true;
}

static ssize_t read_in(const char *folder, const char *path, const char *name,
		       char *text, size_t size)
{
	char whole[800];
	struct buf b = BUF(whole);

	buf_printf(&b, "%s%s%s%s/%s", root, *folder ? "/" : "", folder, path,
		   name);
	return b.cut ? -ENAMETOOLONG : proc_read_path(whole, text, size);
}

static ssize_t read_file(const struct cgroup *group, const char *name,
			 char *text, size_t size)
{
	const char *folder = group->is_v1 ? group->controller : "";
	ssize_t length = read_in(folder, group->path, name, text, size);

	if (length == -ENOENT && *group->path)
		length = read_in(folder, "", name, text, size);
	if (length == -ENOENT && !group->is_v1)
		length = read_in("unified", group->path, name, text, size);
	return length;
}

static void add_file(struct measured *to, const char *key,
		     const struct cgroup *group, const char *name,
		     uint64_t unit)
{
	char text[64];
	const char *at = text;
	uint64_t value;

	/* "max" and "-1" are no numbers: no limit, no measurement. */
	if (read_file(group, name, text, sizeof(text)) <= 0 ||
	    !proc_number(&at, &value) || value >= NO_LIMIT ||
	    __builtin_mul_overflow(value, unit, &value))
		return;
	measured_add(to, key, value);
}

void measure_cgroup(struct measure_target *target)
{
	struct cgroup group;
	struct buf b = BUF(target->cgroup);

	if (locate(&group, target->pid, "memory"))
		buf_str(&b, *group.path ? group.path : "/");
}

/* ---- processor ----------------------------------------------------------- */

static void add_quota(struct measured *to, const struct cgroup *group)
{
	char text[64];
	const char *at = text;
	uint64_t quota, period;
	bool limited;

	if (read_file(group, "cpu.max", text, sizeof(text)) <= 0)
		return;
	limited = proc_number(&at, &quota);
	if (!limited)
		at += strcspn(at, " \n");
	if (limited && quota < NO_LIMIT / US)
		measured_add(to, "quota", quota * US);
	if (proc_number(&at, &period) && period < NO_LIMIT / US)
		measured_add(to, "period", period * US);
}

/* With a group and a text of its own: not in the frame of its caller. */
static NOINLINE void read_cpu_v1(const struct measure_target *target,
				 const struct cgroup *group,
				 struct measured *to)
{
	struct cgroup account;
	char text[512];

	if (locate(&account, target->pid, "cpuacct") && account.is_v1) {
		add_file(to, "usage", &account, "cpuacct.usage", 1);
		read_file(&account, "cpuacct.stat", text, sizeof(text));
		measured_find(to, "user", text, "user", PROC_TICK_NS);
		measured_find(to, "system", text, "system", PROC_TICK_NS);
	}
	read_file(group, "cpu.stat", text, sizeof(text));
	measured_find(to, "periods", text, "nr_periods", 1);
	measured_find(to, "throttled_periods", text, "nr_throttled", 1);
	measured_find(to, "throttled", text, "throttled_time", 1);
	add_file(to, "quota", group, "cpu.cfs_quota_us", US);
	add_file(to, "period", group, "cpu.cfs_period_us", US);
}

void measure_read_cgroup_cpu(const struct measure_target *target,
			     struct measured *to)
{
	struct cgroup group;
	char text[768];

	if (!locate(&group, target->pid, "cpu"))
		return;
	if (group.is_v1) {
		read_cpu_v1(target, &group, to);
		return;
	}
	read_file(&group, "cpu.stat", text, sizeof(text));
	measured_find(to, "usage", text, "usage_usec", US);
	measured_find(to, "user", text, "user_usec", US);
	measured_find(to, "system", text, "system_usec", US);
	measured_find(to, "periods", text, "nr_periods", 1);
	measured_find(to, "throttled_periods", text, "nr_throttled", 1);
	measured_find(to, "throttled", text, "throttled_usec", US);
	add_quota(to, &group);
}

/* ---- memory -------------------------------------------------------------- */

void measure_read_cgroup_memory(const struct measure_target *target,
				struct measured *to)
{
	struct cgroup group;
	char text[768];

	if (!locate(&group, target->pid, "memory"))
		return;
	if (group.is_v1) {
		add_file(to, "usage", &group, "memory.usage_in_bytes", 1);
		add_file(to, "peak", &group, "memory.max_usage_in_bytes", 1);
		add_file(to, "limit", &group, "memory.limit_in_bytes", 1);
		read_file(&group, "memory.oom_control", text, sizeof(text));
		measured_find(to, "oom_kills", text, "oom_kill", 1);
		return;
	}
	add_file(to, "usage", &group, "memory.current", 1);
	add_file(to, "peak", &group, "memory.peak", 1);
	add_file(to, "limit", &group, "memory.max", 1);
	add_file(to, "swap", &group, "memory.swap.current", 1);
	add_file(to, "swap_limit", &group, "memory.swap.max", 1);
	read_file(&group, "memory.events", text, sizeof(text));
	measured_find(to, "oom_kills", text, "oom_kill", 1);
}
