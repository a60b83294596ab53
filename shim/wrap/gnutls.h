/*
 * gnutls.h - GnuTLS as we know it, and what the wrappers of its functions
 * share.
 */
#ifndef SHIM_WRAP_GNUTLS_H
#define SHIM_WRAP_GNUTLS_H

#include "wrap/tls_drive.h"

#include <sys/types.h>

typedef struct gnutls_session_int *gnutls_session_t;

/* From gnutls/gnutls.h; numbers of the ABI. */
#define GNUTLS_SERVER 1
#define GNUTLS_NAME_DNS 1
#define GNUTLS_CIPHER_NULL 1
#define GNUTLS_E_FATAL_ALERT_RECEIVED (-12)
#define GNUTLS_E_PUSH_ERROR (-53)
#define GNUTLS_E_PULL_ERROR (-54)
#define GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE (-56)

/* The bodies of the wrappers: gnutls_session.c, gnutls_io.c. */
#define PROVIDER gnutls
#define PROVIDER_TABLE "wrap/gnutls.def"
#include "wrap/provider.h"

/* Has it agreed upon keys? */
bool gnutls_is_agreed(const struct gnutls_next *next, gnutls_session_t session);
/* Fields that the session knows, and what is remembered of it; texts are
 * borrowed. */
void gnutls_describe(const struct gnutls_next *next, gnutls_session_t session,
		     struct tls_fields *fields);
/* NULL: the error is none, or the program is expected to call again.
 * number: errno after the call.  Takes the guard. */
const struct symbol *gnutls_reason(const struct gnutls_next *next,
				   gnutls_session_t session, int error,
				   int number);
/* What the session cannot be asked: who it is, and whom it wants.  Texts hold
 * until it is freed. */
void gnutls_remembered(gnutls_session_t session, struct tls_fields *fields);

#endif
