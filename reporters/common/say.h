/*
 * say.h - when trouble is worth a line in the log.
 *
 * When it begins, when it becomes another and when it is over; the first few of
 * these, and then one a minute: what comes and goes ten times a second must not
 * fill somebody's disk.
 */
#ifndef REPORTERS_COMMON_SAY_H
#define REPORTERS_COMMON_SAY_H

#include <stdbool.h>
#include <stdint.h>

#define SAY_FREELY 8
#define SAY_PAUSE_MS 60000

/* Zeroed at first: no trouble. */
struct say {
	int error; /* the last one that was told of; 0: none */
	unsigned int times;
	int64_t last_ms;
};

/* Is the error (0: none) to be told of?  Then it has been. */
bool say_is_due(struct say *say, int error);

#endif
