/*
 * gnutls_io.c - GnuTLS: tls.read and tls.write.
 *
 * A call that has to wait is a span of 0 bytes, as it is on a socket.  What is
 * corked counts when the program hands it over.
 */
#include "wrap/gnutls.h"

static void moved(struct wrap_call *call, const struct gnutls_next *next,
		  gnutls_session_t session, bool reads, ssize_t ret,
		  size_t bytes)
{
	struct tls_fields f = {
		.function = call->site->function,
		.direction = reads ? &SYM_receive : &SYM_transmit,
	};

	gnutls_describe(next, session, &f);
	if (ret != GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
		f.reason =
			gnutls_reason(next, session, (int)(ret < 0 ? ret : 0),
				      call->exit_errno);
	f.has_bytes = !f.reason;
	f.bytes = ret < 0 ? 0 : bytes;
	tls_leave(call, &f);
}

/* What is not observed has no frame, and costs a test. */
#define IO(fn, reads, bytes, ...)                                              \
	static NOINLINE ssize_t seen_##fn(const struct gnutls_next *next,      \
					  PARAMS(__VA_ARGS__))                 \
	{                                                                      \
		struct wrap_call call WRAP_ON_UNWIND;                          \
		ssize_t ret;                                                   \
                                                                               \
		call.open = false;                                             \
		if (!wrap_begin(&call, &SITE(fn), FRAME(), NULL, 0))           \
			return next->fn(ARGS(__VA_ARGS__));                    \
		ret = next->fn(ARGS(__VA_ARGS__));                             \
		wrap_returned(&call);                                          \
		moved(&call, next, session, reads, ret, (size_t)(bytes));      \
		return ret;                                                    \
	}                                                                      \
	ssize_t fn##_body(const struct gnutls_next *next, PARAMS(__VA_ARGS__)) \
	{                                                                      \
		if (likely(!wrap_wanted(&SITE(fn))) || !session)               \
			return next->fn(ARGS(__VA_ARGS__));                    \
		return seen_##fn(next, ARGS(__VA_ARGS__));                     \
	}

IO(gnutls_record_recv, true, ret, (gnutls_session_t, session), (void *, data),
   (size_t, size))
IO(gnutls_record_recv_seq, true, ret, (gnutls_session_t, session),
   (void *, data), (size_t, size), (unsigned char *, sequence))
IO(gnutls_record_recv_packet, true, ret, (gnutls_session_t, session),
   (void *, packet))
IO(gnutls_record_recv_early_data, true, ret, (gnutls_session_t, session),
   (void *, data), (size_t, size))
IO(gnutls_record_send, false, ret, (gnutls_session_t, session),
   (const void *, data), (size_t, size))
IO(gnutls_record_send2, false, ret, (gnutls_session_t, session),
   (const void *, data), (size_t, size), (size_t, pad), (unsigned int, flags))
IO(gnutls_record_send_range, false, ret, (gnutls_session_t, session),
   (const void *, data), (size_t, size), (const void *, range))
/* Returns 0 when it has taken all. */
IO(gnutls_record_send_early_data, false, size, (gnutls_session_t, session),
   (const void *, data), (size_t, size))
IO(gnutls_record_send_file, false, ret, (gnutls_session_t, session), (int, fd),
   (off_t *, offset), (size_t, size))
