/*
 * tls_drive.c - see tls_drive.h.
 */
#include "wrap/tls_drive.h"

#include "base/clock.h"

bool tls_drives(const void *session)
{
	struct thread *t = &thread_self;
	bool kept = false;

	if (unlikely(load_relaxed(&tls_kept_count) != 0) && thread_claim(t)) {
		kept = tls_is_kept(session);
		thread_release(t);
	}
	return kept;
}

static void end_kept(const void *session, uint64_t now, struct tls_fields *f)
{
	struct thread *t = &thread_self;
	struct tls_handshake h;

	if (!thread_claim(t))
		return;
	if (tls_take(session, &h)) {
		f->function = h.function;
		f->library = h.library;
		tls_close(&h.span, now, f);
	}
	thread_release(t);
}

void tls_drive_forget(const void *session, struct tls_fields *f)
{
	int saved = errno;

	end_kept(session, clock_ns(), f);
	errno = saved;
}

bool tls_drive_begin(struct tls_drive *d, const struct wrap_site *site,
		     void *frame, const void *session, bool fresh)
{
	int saved = errno;

	d->session = session;
	d->function = site->function;
	d->began = false;
	if (!fresh) {
		bool kept = tls_drives(session);

		errno = saved;
		return kept;
	}
	if (unlikely(tls_drives(session))) {
		struct tls_fields f = { .reason = &SYM_closed };

		tls_drive_forget(session, &f);
	}
	errno = saved;
	d->began = wrap_begin(&d->call, site, frame, NULL, 0);
	return d->began;
}

void tls_drive_returned(struct tls_drive *d)
{
	d->error = errno;
	if (d->began)
		wrap_returned(&d->call);
	else
		d->now = clock_ns();
}

/* The call is over, the handshake is not. */
static void keep(struct tls_drive *d, struct tls_fields *f)
{
	struct tls_handshake h = { .session = d->session,
				   .function = d->function,
				   .library = f->library };
	struct thread *t = &thread_self;

	if (!thread_claim(t))
		return;
	if (!tls_keep(&d->call, &h)) {
		f->reason = &SYM_untracked;
		tls_close(&h.span, d->call.end, f);
	}
	thread_release(t);
}

void tls_drive_end(struct tls_drive *d, bool ended, struct tls_fields *f)
{
	f->function = d->function;
	if (ended && d->began)
		tls_leave(&d->call, f);
	else if (ended)
		end_kept(d->session, d->now, f);
	else if (d->began)
		keep(d, f);
	errno = d->error;
}

void tls_drive_abandoned(struct tls_drive *d)
{
	wrap_abandoned(&d->call);
}
