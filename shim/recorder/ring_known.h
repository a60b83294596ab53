/*
 * ring_known.h - records of which most has been written before: metadata that
 * comes again and again (struct known_metadata) is copied from a template.
 */
#ifndef SHIM_RECORDER_RING_KNOWN_H
#define SHIM_RECORDER_RING_KNOWN_H

#include "recorder/ring.h"

#define TEMPLATES 16

/* A record of metadata that comes again and again.  Slots of fields that differ
 * have their values filled in each time. */
struct template
{
	uint64_t same; /* struct known_metadata */
	const struct event *event;
	uint32_t name;
	uint32_t left_out;
	uint8_t kind;
	/* Slots from 0: measurements but for times, own metadata, the rest. */
	uint8_t measurements, own;
	struct ring_slot slots[RING_SLOTS];
};

/* Writes all of the record but its numbers, with a template of this thread's,
 * making one if there is none.  False: it has to be written field by field. */
bool ring_write_known(struct template *templates, struct ring_record *record,
		      const struct occurrence *occurrence);

#endif
