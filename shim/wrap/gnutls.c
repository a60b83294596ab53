/*
 * gnutls.c - GnuTLS: what a session says of itself, and the table of its
 * functions.
 */
#include "wrap/gnutls.h"

/* Its own numbers of versions; the protocol's. */
static const struct {
	int number, protocol;
} versions[] = {
	{ 1, 0x0300 }, { 2, 0x0301 },	{ 3, 0x0302 },	 { 4, 0x0303 },
	{ 5, 0x0304 }, { 201, 0xfeff }, { 202, 0xfefd },
};

bool gnutls_is_agreed(const struct gnutls_next *next, gnutls_session_t session)
{
	return next->gnutls_cipher_get(session) != GNUTLS_CIPHER_NULL;
}

void gnutls_describe(const struct gnutls_next *next, gnutls_session_t session,
		     struct tls_fields *f)
{
	int number;
	size_t i;

	f->library = &SYM_gnutls;
	gnutls_remembered(session, f);
	if (!gnutls_is_agreed(next, session))
		return;
	number = next->gnutls_protocol_get_version(session);
	for (i = 0; i < ARRAY_SIZE(versions); i++)
		if (versions[i].number == number)
			tls_name_version(f, versions[i].protocol);
}

const struct symbol *gnutls_reason(const struct gnutls_next *next,
				   gnutls_session_t session, int error,
				   int number)
{
	const struct symbol *system = NULL;
	const char *name;

	if (error >= 0 || !next->gnutls_error_is_fatal(error))
		return NULL;
	if (error == GNUTLS_E_PUSH_ERROR || error == GNUTLS_E_PULL_ERROR)
		system = errno_symbol(number);
	if (system)
		return system;
	name = error == GNUTLS_E_FATAL_ALERT_RECEIVED
		       ? next->gnutls_alert_get_strname(
				 next->gnutls_alert_get(session))
		       : NULL;
	if (!name)
		name = next->gnutls_strerror_name(error);
	return name ? tls_reason(name) : &SYM_kind_error;
}

/* As in OpenSSL: a session may carry another one. */
#define PROVIDER_LIBRARY LIBRARY_NONE
#include "wrap/provider_rows.h"

const struct redirect_library redirect_gnutls = {
	.family = FAMILY_TLS,
	.name = "GnuTLS",
	.key = "gnutls_handshake",
	PROVIDER_TABLES,
};
