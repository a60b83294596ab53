/*
 * tls.h - what the wrappers of TLS libraries share: handshakes that take more
 * than one call, and the fields of the spans.
 */
#ifndef SHIM_WRAP_TLS_H
#define SHIM_WRAP_TLS_H

#include "base/compiler.h"
#include "event/span.h"
#include "event/symbol.h"
#include "wrap/call.h"

/*
 * A handshake that has begun and goes on after the call that began it: keyed by
 * the address of the library's session.
 */
struct tls_handshake {
	const void *session;
	struct span span; /* on no thread's stack */
	const struct symbol *function, *library;
};

/* How many there are. */
extern uint32_t tls_kept_count;

/* All under the guard.  keep: takes the span of the call off the thread's
 * stack; false when the table is full, which is counted in DROP_MEMORY: the
 * span is in *handshake.  take: removes; false if there is none. */
bool tls_keep(struct wrap_call *call, struct tls_handshake *handshake);
bool tls_is_kept(const void *session);
bool tls_take(const void *session, struct tls_handshake *handshake);
/* The child of a fork has none: their spans are the parent's.  torn: as for
 * db_after_fork(). */
void tls_after_fork(bool torn);

/* Metadata of a TLS span; NULL is left out. */
struct tls_fields {
	const struct symbol *library, *function, *role, *direction;
	const struct symbol *protocol, *version, *resumed;
	const char *server; /* name that the client asked for */
	bool has_bytes;
	uint64_t bytes;
	const struct symbol *reason; /* NULL: it worked */
};

/* Ends a span begun with wrap_begin(); after wrap_returned(). */
void tls_leave(struct wrap_call *call, const struct tls_fields *fields);
/* Ends one that was kept; under the guard. */
void tls_close(struct span *span, uint64_t end,
	       const struct tls_fields *fields);

/* protocol and version from the number that the protocol itself uses (0x0304:
 * TLS 1.3); NULL if it is none that we know. */
void tls_name_version(struct tls_fields *fields, int number);
/* "certificate verify failed" is CERTIFICATE_VERIFY_FAILED.  Takes the
 * guard. */
const struct symbol *tls_reason(const char *text);

#endif
