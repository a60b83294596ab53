/* test_tls.c - handshakes that are kept between two calls, and names. */
#include "event_fixture.h"
#include "wrap/tls.h"

static struct wrap_site site = { .name = "f", .span = "tls.handshake" };

static struct wrap_call begin(void)
{
	struct wrap_call call = { .site = &site };

	span_open(&call.span, class_of("tls.handshake"), FRAME(), LIBRARY_NONE,
		  NULL, 0);
	call.open = true;
	return call;
}

static bool keep(const void *session)
{
	struct tls_handshake h = { .session = session };
	struct wrap_call call = begin();
	bool kept = tls_keep(&call, &h);

	CHECK(!call.open && thread_self.owner->depth == 0);
	CHECK(h.span.id == call.span.id);
	return kept;
}

static const void *session(size_t n)
{
	return (const void *)(0x1000 + 64 * n);
}

TEST(keeps)
{
	struct tls_handshake h;

	setup();
	CHECK(!tls_is_kept(session(1)) && !tls_take(session(1), &h));
	CHECK(keep(session(1)));
	CHECK(keep(session(2)));
	CHECK_INT(tls_kept_count, 2);
	CHECK(tls_is_kept(session(1)) && !tls_is_kept(session(3)));
	CHECK(tls_take(session(1), &h) && h.session == session(1));
	CHECK(!tls_take(session(1), &h) && tls_is_kept(session(2)));
	CHECK_INT(tls_kept_count, 1);
}

TEST(keeps_the_first)
{
	struct tls_handshake h;

	setup();
	CHECK(keep(session(1)));
	CHECK(!keep(session(1)));
	CHECK_INT(dropped(DROP_MEMORY), 1);
	CHECK(tls_take(session(1), &h) && !tls_is_kept(session(1)));
}

/* Bounded, and what was given back is used again. */
TEST(is_bounded)
{
	struct tls_handshake h;
	size_t i, count = 0;

	setup();
	while (count < 1000000 && keep(session(count)))
		count++;
	CHECK(count > 10000 && count <= 65536);
	CHECK_INT(tls_kept_count, count);
	CHECK_INT(dropped(DROP_MEMORY), 1);
	for (i = 0; i < count; i++)
		CHECK(tls_take(session(i), &h));
	CHECK_INT(tls_kept_count, 0);
	CHECK(keep(session(count)));
}

TEST(child_has_none)
{
	setup();
	CHECK(keep(session(1)) && keep(session(2)));
	tls_after_fork(false);
	CHECK(tls_kept_count == 0 && !tls_is_kept(session(1)));
	CHECK(keep(session(1)));
	tls_after_fork(true);
	CHECK(tls_kept_count == 0 && !tls_is_kept(session(1)));
	CHECK(keep(session(1)) && tls_is_kept(session(1)));
}

TEST(versions)
{
	struct tls_fields f = { 0 };

	setup();
	tls_name_version(&f, 0x0304);
	CHECK_STR(f.protocol->text, "tls");
	CHECK_STR(f.version->text, "1.3");
	tls_name_version(&f, 0xfefd);
	CHECK_STR(f.protocol->text, "dtls");
	CHECK_STR(f.version->text, "1.2");
	f = (struct tls_fields){ 0 };
	tls_name_version(&f, 0x7777);
	CHECK(!f.protocol && !f.version);
}

TEST(reasons)
{
	char text[300];

	setup();
	thread_release(&thread_self);
	CHECK_STR(tls_reason("certificate verify failed")->text,
		  "CERTIFICATE_VERIFY_FAILED");
	CHECK_STR(tls_reason("ssl/tls alert\n1")->text, "SSL_TLS_ALERT_1");
	memset(text, 'x', sizeof(text));
	text[299] = '\0';
	CHECK_INT(tls_reason(text)->length, 96);
}
