/*
 * measure_os.c - numbers of the whole machine, or of what this process is shown
 * of it.
 */
#include "runtime/measure.h"

#include "base/buf.h"
#include "base/proc.h"

#include <string.h>

#define KIB 1024
#define US 1000 /* in ns */

/* A number with a fraction, up to a blank, a slash or the end of the line. */
static bool take_real(const char **at, double *value)
{
	size_t length;

	while (**at == ' ')
		++*at;
	length = strcspn(*at, " /\n");
	if (!parse_double(*at, length, value))
		return false;
	*at += length + ((*at)[length] != '\0');
	return true;
}

/* "0.20 0.18 0.12 1/80 11206" */
void measure_read_os_load(const struct measure_target *target UNUSED,
			  struct measured *to)
{
	static const char *const keys[] = { "load1", "load5", "load15" };
	uint64_t running, tasks;
	char text[128];
	const char *at = text;
	double value;
	size_t i;

	proc_read(0, "loadavg", text, sizeof(text));
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		if (!take_real(&at, &value))
			return;
		measured_add_real(to, keys[i], value);
	}
	if (!proc_number(&at, &running) || *at++ != '/' ||
	    !proc_number(&at, &tasks))
		return;
	measured_add(to, "runnable", running);
	measured_add(to, "tasks", tasks);
}

void measure_read_os_memory(const struct measure_target *target UNUSED,
			    struct measured *to)
{
	char text[1536];

	if (proc_read(0, "meminfo", text, sizeof(text)) < 0)
		return;
	measured_find(to, "total", text, "MemTotal", KIB);
	measured_find(to, "free", text, "MemFree", KIB);
	measured_find(to, "available", text, "MemAvailable", KIB);
	measured_find(to, "cached", text, "Cached", KIB);
	measured_find(to, "swap_total", text, "SwapTotal", KIB);
	measured_find(to, "swap_free", text, "SwapFree", KIB);
}

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=0" */
static void add_pressure(struct measured *to, const char *text,
			 const char *line, const char *average,
			 const char *total)
{
	size_t length;
	const char *at = proc_line(text, line, &length);
	const char *sum = at ? strstr(at, "total=") : NULL;
	uint64_t value;
	double real;

	if (!sum || sum > at + length || strncmp(at, "avg10=", 6) != 0)
		return;
	at += 6;
	if (!take_real(&at, &real))
		return;
	measured_add_real(to, average, real);
	sum += 6;
	if (proc_number(&sum, &value) && value < UINT64_MAX / US)
		measured_add(to, total, value * US);
}

void measure_read_os_psi(const struct measure_target *target UNUSED,
			 struct measured *to)
{
	char text[512];

	if (proc_read(0, "pressure/cpu", text, sizeof(text)) > 0)
		add_pressure(to, text, "some", "cpu_some_avg10", "cpu_some");
	if (proc_read(0, "pressure/memory", text, sizeof(text)) > 0) {
		add_pressure(to, text, "some", "memory_some_avg10",
			     "memory_some");
		add_pressure(to, text, "full", "memory_full_avg10",
			     "memory_full");
	}
	if (proc_read(0, "pressure/io", text, sizeof(text)) <= 0)
		return;
	add_pressure(to, text, "some", "io_some_avg10", "io_some");
	add_pressure(to, text, "full", "io_full_avg10", "io_full");
}
