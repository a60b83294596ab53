/*
 * dns.c - libc.dns.lookup: name look-ups, one row per function.
 *
 * libc's own traffic to the name servers does not pass through us; the look-up
 * as a whole does.
 */
#include "wrap/expand.h"

#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

/* Names come from outside: as field texts, never as symbols. */
static void done(struct wrap_call *call, const char *question, uint64_t answers,
		 const struct span_failure *failure)
{
	struct telemetry_field m[SPAN_RESERVED + 1], d[SPAN_RESERVED + 2];
	size_t n = 1;

	m[SPAN_RESERVED] = field_u64(&SYM_answers, answers);
	d[SPAN_RESERVED] = field_symbol(&SYM_function, call->site->function);
	if (question)
		d[SPAN_RESERVED + n++] = field_text(&SYM_dns_question_name,
						    question, strlen(question));
	wrap_leave(call, failure, m + SPAN_RESERVED, 1, d + SPAN_RESERVED, n);
}

static const struct symbol *gai_symbol(int code)
{
	switch (code) {
#define CODE(name)                                                             \
	case name:                                                             \
		return &SYM_##name;
		CODE(EAI_ADDRFAMILY)
		CODE(EAI_AGAIN)
		CODE(EAI_BADFLAGS)
		CODE(EAI_FAIL)
		CODE(EAI_FAMILY)
		CODE(EAI_MEMORY)
		CODE(EAI_NODATA)
		CODE(EAI_NONAME)
		CODE(EAI_OVERFLOW)
		CODE(EAI_SERVICE)
		CODE(EAI_SOCKTYPE)
		CODE(EAI_SYSTEM)
#undef CODE
	default:
		return NULL;
	}
}

static const struct symbol *herrno_symbol(int code)
{
	switch (code) {
	case HOST_NOT_FOUND:
		return &SYM_HOST_NOT_FOUND;
	case TRY_AGAIN:
		return &SYM_TRY_AGAIN;
	case NO_RECOVERY:
		return &SYM_NO_RECOVERY;
	case NO_DATA:
		return &SYM_NO_DATA;
	default:
		return NULL;
	}
}

static void gai_done(struct wrap_call *call, const char *question, int code,
		     uint64_t answers)
{
	const struct symbol *name = gai_symbol(code);
	struct span_failure failure = { .kind = &SYM_kind_gai };

	failure.reason = name ? field_symbol(&SYM_reason, name).value
			      : field_i64(&SYM_reason, code).value;
	done(call, question, answers, code ? &failure : NULL);
}

static void host_done(struct wrap_call *call, const char *question,
		      const struct hostent *host, int code)
{
	const struct symbol *name = herrno_symbol(code);
	struct span_failure failure = { .kind = &SYM_kind_gai };
	uint64_t answers = 0;

	failure.reason = name ? field_symbol(&SYM_reason, name).value
			      : field_i64(&SYM_reason, code).value;
	while (host && host->h_addr_list && host->h_addr_list[answers])
		answers++;
	done(call, question, answers, host ? NULL : &failure);
}

static uint64_t count_answers(const struct addrinfo *list)
{
	uint64_t n = 0;

	for (; list; list = list->ai_next)
		n++;
	return n;
}

#define ALWAYS (&wrap_hooks)
#define LOOKUP(type, fn, body, ...)                                            \
	WRAP(FAMILY_DNS, type, fn, "libc.dns.lookup", ALWAYS, body, __VA_ARGS__)

LOOKUP(int, getaddrinfo,
       gai_done(&call, name, ret, ret == 0 ? count_answers(*result) : 0),
       (const char *, name), (const char *, service),
       (const struct addrinfo *, hints), (struct addrinfo **, result))
LOOKUP(int, getnameinfo, gai_done(&call, NULL, ret, ret == 0 ? 1 : 0),
       (const struct sockaddr *, addr), (socklen_t, addr_size), (char *, host),
       (socklen_t, host_size), (char *, service), (socklen_t, service_size),
       (int, flags))

/* h_errno is the caller's to read after a failure; nothing here sets it. */
#define HOST(fn, question, ...)                                                \
	LOOKUP(struct hostent *, fn,                                           \
	       host_done(&call, question, ret, ret ? 0 : h_errno),             \
	       __VA_ARGS__)
#define HOST_R(fn, question, ...)                                              \
	LOOKUP(int, fn,                                                        \
	       host_done(&call, question, ret == 0 ? *result : NULL,           \
			 (ret == 0 && *result) || !code ? 0 : *code),          \
	       __VA_ARGS__)

HOST(gethostbyname, name, (const char *, name))
HOST(gethostbyname2, name, (const char *, name), (int, family))
HOST(gethostbyaddr, NULL, (const void *, addr), (socklen_t, size),
     (int, family))
HOST_R(gethostbyname_r, name, (const char *, name), (struct hostent *, host),
       (char *, buf), (size_t, size), (struct hostent **, result),
       (int *, code))
HOST_R(gethostbyname2_r, name, (const char *, name), (int, family),
       (struct hostent *, host), (char *, buf), (size_t, size),
       (struct hostent **, result), (int *, code))
HOST_R(gethostbyaddr_r, NULL, (const void *, addr), (socklen_t, addr_size),
       (int, family), (struct hostent *, host), (char *, buf), (size_t, size),
       (struct hostent **, result), (int *, code))
