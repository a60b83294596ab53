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

/* Its functions run callbacks of the program, for what they send and get. */
#define WRAPPED(type, fn, span_name, ...)                                      \
	struct wrap_site SITE(fn) = {                                          \
		.armed = &wrap_disarmed,                                       \
		.name = #fn,                                                   \
		.span = span_name,                                             \
		.library = LIBRARY_NONE,                                       \
		.calls_back = 1,                                               \
	};
#define NEWER WRAPPED
#define QUIET(type, fn, ...)
#define CALLED QUIET
#include "wrap/gnutls.def"
#undef WRAPPED
#undef NEWER
#undef QUIET
#undef CALLED

static struct gnutls_next originals[REDIRECT_CLONES];

#define WRAPPED(type, fn, span, ...)                                           \
	REDIRECT_CLONES_OF(originals, type, fn, __VA_ARGS__)
#define NEWER WRAPPED
#define QUIET(type, fn, ...)                                                   \
	REDIRECT_CLONES_OF(originals, type, fn, __VA_ARGS__)
#define CALLED(type, fn, ...)
#include "wrap/gnutls.def"
#undef WRAPPED
#undef NEWER
#undef QUIET
#undef CALLED

static const struct redirect_function functions[] = {
#define WRAPPED(type, fn, span, ...)                                           \
	{ #fn, REDIRECT_WRAPPERS(fn), offsetof(struct gnutls_next, fn), false },
#define NEWER(type, fn, span, ...)                                             \
	{ #fn, REDIRECT_WRAPPERS(fn), offsetof(struct gnutls_next, fn), true },
#define QUIET(type, fn, ...) WRAPPED(type, fn, 0, 0)
#define CALLED(type, fn, ...)                                                  \
	{ #fn, { NULL }, offsetof(struct gnutls_next, fn), false },
#include "wrap/gnutls.def"
#undef WRAPPED
#undef NEWER
#undef QUIET
#undef CALLED
};

static struct wrap_site *const sites[] = {
#define WRAPPED(type, fn, span, ...) &SITE(fn),
#define NEWER WRAPPED
#define QUIET(type, fn, ...)
#define CALLED QUIET
#include "wrap/gnutls.def"
#undef WRAPPED
#undef NEWER
#undef QUIET
#undef CALLED
};

const struct redirect_library redirect_gnutls = {
	.family = FAMILY_TLS,
	.name = "GnuTLS",
	.key = "gnutls_handshake",
	.functions = functions,
	.function_count = ARRAY_SIZE(functions),
	.originals = originals,
	.table_size = sizeof(originals[0]),
	.sites = sites,
	.site_count = ARRAY_SIZE(sites),
};
