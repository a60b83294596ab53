/*
 * pace.c - nanoseconds of the work of pace.h at the full pace of this processor.
 * pace.c FULL - the speed of this processor until stdin is closed, times that
 * full one: the mean, and of how many looks.  Runs beside what is measured, for
 * 0.5 % of the time.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <stdio.h>

#include "pace.h"

int main(int argc, char **argv)
{
	struct pollfd input = { .fd = 0, .events = POLLIN };
	double full, sum = 0;
	int count = 0;

	if (argc < 2) {
		printf("%.0f\n", pace_full(1));
		return 0;
	}
	full = atof(argv[1]);
	if (full <= 0)
		return 2;
	/* Of its own time: others take turns with it. */
	do {
		sum += full / pace_work(CLOCK_THREAD_CPUTIME_ID);
		count++;
	} while (poll(&input, 1, 2) == 0);
	printf("%.4f %d\n", sum / count, count);
	return 0;
}
