/*
 * openssl_io.c - OpenSSL: tls.read and tls.write.
 *
 * Bytes are what the program got or gave: SSL_peek() takes none.  A call that
 * has to wait is a span of 0 bytes, as it is on a socket.  One that drives the
 * handshake, because the program has left that to it, is a span as well, with
 * the handshake inside: whatever it waits for after that counts as the
 * handshake's.
 */
#include "wrap/openssl.h"

struct openssl_io {
	struct wrap_call call;
	struct tls_drive drive;
	bool drives;
};

static void io_abandoned(struct openssl_io *io)
{
	wrap_abandoned(&io->drive.call);
	wrap_abandoned(&io->call);
}

static bool io_wanted(const struct wrap_site *site)
{
	return wrap_wanted(site) || wrap_wanted(&SITE(SSL_do_handshake));
}

static bool io_begin(struct openssl_io *io, const struct openssl_next *next,
		     const struct wrap_site *site, void *frame, SSL *ssl)
{
	io->drives = false;
	if (wrap_wanted(site))
		wrap_begin(&io->call, site, frame, NULL, 0);
	/* The frame of what is inside is below, or it would pass for left. */
	if (wrap_wanted(&SITE(SSL_do_handshake)) &&
	    !next->SSL_is_init_finished(ssl))
		io->drives = openssl_drive_begin(&io->drive, next,
						 &SITE(SSL_do_handshake),
						 &io->drive, ssl);
	io->drive.function = site->function;
	return io->call.open || io->drives;
}

/* Why a call that moved nothing failed; NULL: it did not. */
static const struct symbol *failure(const struct openssl_next *next,
				    const SSL *ssl, bool reads, size_t size,
				    int error)
{
	if (openssl_is_waiting(next, ssl))
		return NULL;
	if (!openssl_is_broken(next, ssl)) {
		/* The end of what the peer has to say. */
		if (reads &&
		    next->SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN)
			return NULL;
		/* Only there to drive the handshake. */
		if (!reads && size == 0)
			return NULL;
	}
	return openssl_reason(next, ssl, error);
}

struct moved {
	bool reads, ok;
	size_t size; /* asked for */
	uint64_t bytes;
};

static void io_end(struct openssl_io *io, const struct openssl_next *next,
		   SSL *ssl, struct moved moved)
{
	struct tls_fields f = {
		.direction = moved.reads ? &SYM_receive : &SYM_transmit,
	};
	bool seen = io->call.open;

	if (seen)
		wrap_returned(&io->call);
	if (io->drives)
		openssl_drive_end(&io->drive, next, ssl, moved.ok);
	if (!seen)
		return;
	f.function = io->call.site->function;
	openssl_describe(next, ssl, &f);
	if (!moved.ok)
		f.reason = failure(next, ssl, moved.reads, moved.size,
				   io->call.exit_errno);
	f.has_bytes = !f.reason;
	f.bytes = moved.bytes;
	tls_leave(&io->call, &f);
}

/* What is not observed has no frame, and costs two tests.  moved_bytes is
 * looked at if the call did something. */
#define IO(type, fn, is_read, moved_bytes, ...)                                \
	static NOINLINE type seen_##fn(const struct openssl_next *next,        \
				       PARAMS(__VA_ARGS__))                    \
	{                                                                      \
		struct openssl_io io CLEANUP(io_abandoned);                    \
		type ret;                                                      \
                                                                               \
		io.call.open = io.drive.call.open = false;                     \
		if (!io_begin(&io, next, &SITE(fn), FRAME(), ssl))             \
			return next->fn(ARGS(__VA_ARGS__));                    \
		ret = next->fn(ARGS(__VA_ARGS__));                             \
		io_end(&io, next, ssl,                                         \
		       (struct moved){ is_read, ret > 0, (size_t)size,         \
				       ret > 0 ? (uint64_t)(moved_bytes)       \
					       : 0 });                         \
		return ret;                                                    \
	}                                                                      \
	type fn##_body(const struct openssl_next *next, PARAMS(__VA_ARGS__))   \
	{                                                                      \
		if (likely(!io_wanted(&SITE(fn))) || !ssl)                     \
			return next->fn(ARGS(__VA_ARGS__));                    \
		return seen_##fn(next, ARGS(__VA_ARGS__));                     \
	}

IO(int, SSL_read, true, ret, (SSL *, ssl), (void *, data), (int, size))
IO(int, SSL_read_ex, true, *done, (SSL *, ssl), (void *, data), (size_t, size),
   (size_t *, done))
IO(int, SSL_read_early_data, true, *done, (SSL *, ssl), (void *, data),
   (size_t, size), (size_t *, done))
IO(int, SSL_peek, true, 0, (SSL *, ssl), (void *, data), (int, size))
IO(int, SSL_peek_ex, true, 0, (SSL *, ssl), (void *, data), (size_t, size),
   (size_t *, done))
IO(int, SSL_write, false, ret, (SSL *, ssl), (const void *, data), (int, size))
IO(int, SSL_write_ex, false, *done, (SSL *, ssl), (const void *, data),
   (size_t, size), (size_t *, done))
IO(int, SSL_write_early_data, false, *done, (SSL *, ssl), (const void *, data),
   (size_t, size), (size_t *, done))
IO(ssize_t, SSL_sendfile, false, ret, (SSL *, ssl), (int, fd), (off_t, offset),
   (size_t, size), (int, flags))
