/*
 * tls_drive.h - a call that drives a handshake: the first one begins the span,
 * which goes on until one finds the handshake done or failed.
 *
 *	struct tls_drive d CLEANUP(tls_drive_abandoned);
 *
 *	d.call.open = false;
 *	if (!wrap_wanted(&site) || !tls_drive_begin(&d, &site, ...))
 *		return next->...(...);
 *	ret = next->...(...);
 *	tls_drive_returned(&d);
 *	... has it ended, and how ...
 *	tls_drive_end(&d, ended, &fields);
 */
#ifndef SHIM_WRAP_TLS_DRIVE_H
#define SHIM_WRAP_TLS_DRIVE_H

#include "wrap/tls.h"

struct tls_drive {
	struct wrap_call call; /* open: the handshake has begun here */
	const void *session;
	const struct symbol *function;
	uint64_t now;
	int error;
	bool began; /* here; else before */
};

/* fresh: nothing has happened in this session yet.  One that is kept for its
 * address is another's then, which went away unseen.  False: this call drives
 * no handshake that is observed.  Restores errno. */
bool tls_drive_begin(struct tls_drive *drive, const struct wrap_site *site,
		     void *frame, const void *session, bool fresh);
/* Saves errno and reads the clock. */
void tls_drive_returned(struct tls_drive *drive);
/* `function` is filled in.  Restores errno. */
void tls_drive_end(struct tls_drive *drive, bool ended,
		   struct tls_fields *fields);
void tls_drive_abandoned(struct tls_drive *drive);

/* Is one kept?  Cheap if there is none at all. */
bool tls_drives(const void *session);
/* Ends the one that is kept, as its session goes.  Restores errno. */
void tls_drive_forget(const void *session, struct tls_fields *fields);

#endif
