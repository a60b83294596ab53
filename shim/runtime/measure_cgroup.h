/* measure_cgroup.h - where the files of a control group are. */
#ifndef SHIM_RUNTIME_MEASURE_CGROUP_H
#define SHIM_RUNTIME_MEASURE_CGROUP_H

#include "base/compiler.h"

struct cgroup {
	const char *controller;
	bool is_v1;
	char path[512]; /* "" is the root */
};

/* For tests: another place than "/sys/fs/cgroup". */
void measure_set_cgroup_root(const char *path);

#endif
