/*
 * socket_fields.h - the fields of a socket's spans, for the files that end
 * them.
 */
#ifndef SHIM_WRAP_SOCKET_FIELDS_H
#define SHIM_WRAP_SOCKET_FIELDS_H

#include "wrap/socket.h"

/* What is known of a socket. */
struct socket_facts {
	struct fd_kind kind;
	struct fd_peer peer;
	int fd;
};

/* Fields of a socket's spans, behind the places reserved for span_close(). */
struct socket_fields {
	struct telemetry_field m[SPAN_RESERVED + 4];
	struct telemetry_field d[SPAN_RESERVED + 12];
	size_t measurements, metadata;
};

static inline void socket_measure(struct socket_fields *f,
				  const struct symbol *key, uint64_t value)
{
	field_set_u64(&f->m[SPAN_RESERVED + f->measurements++], key, value);
}

static inline void socket_describe(struct socket_fields *f,
				   const struct symbol *key,
				   const struct symbol *value)
{
	if (value)
		f->d[SPAN_RESERVED + f->metadata++] = field_symbol(key, value);
}

/* Appends; where the next one goes. */
static inline struct telemetry_field *socket_put(struct telemetry_field *to,
						 const struct symbol *key,
						 const struct symbol *value)
{
	if (!value)
		return to;
	field_set_symbol(to, key, value);
	return to + 1;
}

/* What many sockets have in common, and what is one's own. */
static inline struct telemetry_field *
socket_put_kind(struct telemetry_field *to, const struct socket_facts *s)
{
	to = socket_put(to, &SYM_network_transport,
			fd_transports[s->kind.transport]);
	to = socket_put(to, &SYM_network_type, fd_types[s->kind.type]);
	return socket_put(to, &SYM_role, fd_roles[s->kind.role]);
}

static ALWAYS_INLINE struct telemetry_field *
socket_put_own(struct telemetry_field *to, const struct socket_facts *s)
{
	field_set_i64(to++, &SYM_fd, s->fd);
	to = socket_put(to, &SYM_network_peer_address, s->peer.address);
	if (s->peer.port)
		field_set_i64(to++, &SYM_network_peer_port, s->peer.port);
	return to;
}

/* One way to end it, without errno. */
typedef void (*socket_ending)(const struct wrap_call *call,
			      const struct known *known);
/* Ends a send or receive in one way, with all that fits its values. */
void socket_io_facts(const struct wrap_call *call, socket_ending end);

/* wrap_leave() for a span that stopped, without errno. */
void socket_stop_known(const struct wrap_call *call, const struct known *known);
/* wrap_leave() for one that failed with this errno. */
void socket_fail_known(struct wrap_call *call, const struct known *known,
		       int error);

/* Ends the span: error is an errno value, 0 or SOCKET_GIVEN_UP. */
void socket_finish(struct wrap_call *call, struct socket_fields *f, int error);

#endif
