/* probe.c - see probe.h. */
#include "health/probe.h"

#include <stdio.h>
#include <string.h>

static void put_u32(struct text *out, uint32_t value)
{
	const uint8_t bytes[] = { (uint8_t)(value >> 24),
				  (uint8_t)(value >> 16), (uint8_t)(value >> 8),
				  (uint8_t)value };

	text_bytes(out, (const char *)bytes, sizeof(bytes));
}

static uint32_t get_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static void put_string(struct text *out, const char *string)
{
	text_bytes(out, string, strlen(string) + 1);
}

static enum verdict down(struct exchange *x, const char *front,
			 const char *detail, int length)
{
	snprintf(x->reason, sizeof(x->reason), "%s%.*s", front, length, detail);
	return PROBE_DOWN;
}

/* A whole line is there: its length without "\r\n", or -1. */
static int line_of(const struct exchange *x)
{
	const uint8_t *end = memchr(x->in, '\n', x->length);

	if (!end)
		return -1;
	return (int)(end - x->in) - (end > x->in && end[-1] == '\r');
}

/* ---- HTTP ---------------------------------------------------------------- */

static void http_begin(struct exchange *x)
{
	const struct target *t = x->target;

	text_str(&x->out, "GET ");
	text_str(&x->out, t->path ? t->path : "/");
	text_str(&x->out, " HTTP/1.1\r\nHost: ");
	text_str(&x->out, t->host ? t->host : "localhost");
	if (t->host && t->port != t->probe->port) {
		text_char(&x->out, ':');
		text_u64(&x->out, t->port);
	}
	text_str(&x->out, "\r\nUser-Agent: libtelemetry_shim-health\r\n"
			  "Accept: */*\r\nConnection: close\r\n\r\n");
}

static enum verdict http_judge(struct exchange *x)
{
	const char *line = (const char *)x->in;
	int length = line_of(x);

	if (length < 0)
		return PROBE_MORE;
	if (length < 12 || memcmp(line, "HTTP/1.", 7) != 0 || line[8] != ' ')
		return down(x, "no HTTP", "", 0);
	if (line[9] == '2' || line[9] == '3')
		return PROBE_UP;
	return down(x, "HTTP ", line + 9, 3);
}

/* ---- Redis --------------------------------------------------------------- */

static void redis_word(struct text *out, const char *word)
{
	text_char(out, '$');
	text_u64(out, strlen(word));
	text_str(out, "\r\n");
	text_str(out, word);
	text_str(out, "\r\n");
}

static void redis_begin(struct exchange *x)
{
	const struct target *t = x->target;

	if (t->password) {
		text_str(&x->out, t->user ? "*3\r\n" : "*2\r\n");
		redis_word(&x->out, "AUTH");
		if (t->user)
			redis_word(&x->out, t->user);
		redis_word(&x->out, t->password);
	} else {
		x->step = 1;
	}
	text_str(&x->out, "*1\r\n$4\r\nPING\r\n");
}

/* Answers to AUTH, if it was sent, and to PING. */
static enum verdict redis_judge(struct exchange *x)
{
	const char *line = (const char *)x->in;
	int length = line_of(x), word;

	if (length < 0)
		return PROBE_MORE;
	if (x->step == 0 && line[0] == '+') {
		size_t used = (size_t)((const uint8_t *)memchr(x->in, '\n',
							       x->length) -
				       x->in) +
			      1;

		x->step = 1;
		x->in += used;
		x->length -= used;
		return redis_judge(x);
	}
	/* It serves, if not us. */
	if ((length == 5 && !memcmp(line, "+PONG", 5)) ||
	    (length > 7 && !memcmp(line, "-NOAUTH", 7) && !x->target->password))
		return PROBE_UP;
	if (line[0] != '-')
		return down(x, "no Redis", "", 0);
	word = (int)strcspn(line + 1, " \r\n");
	if (word >= length)
		word = length - 1;
	return down(x, word ? "" : "error", line + 1, word);
}

/* ---- PostgreSQL ---------------------------------------------------------- */

static void postgresql_begin(struct exchange *x)
{
	const struct target *t = x->target;
	const char *user = t->user ? t->user : "health";
	const char *database = t->database ? t->database : "postgres";
	struct text body = { 0 };

	put_u32(&body, 3 << 16);
	put_string(&body, "user");
	put_string(&body, user);
	put_string(&body, "database");
	put_string(&body, database);
	put_string(&body, "application_name");
	put_string(&body, "telemetry-health");
	text_char(&body, '\0');
	put_u32(&x->out, (uint32_t)body.length + 4);
	text_bytes(&x->out, body.data, body.length);
	x->out.failed |= body.failed;
	text_free(&body);
}

/* The value of a field of an error message; "" if it has none. */
static const char *postgresql_field(const uint8_t *p, const uint8_t *end,
				    char field)
{
	while (p < end && *p != '\0') {
		const uint8_t *zero = memchr(p, '\0', (size_t)(end - p));

		if (!zero)
			break;
		if (*p == (uint8_t)field)
			return (const char *)p + 1;
		p = zero + 1;
	}
	return "";
}

/* 57P03 is starting up or shutting down, 53300 too many connections.  Whom it
 * lets in is its own affair: a role or a database that is not there (28000,
 * 28P01, 3D000) shows that it serves. */
static enum verdict postgresql_error(struct exchange *x, const uint8_t *p,
				     const uint8_t *end)
{
	const char *state = postgresql_field(p, end, 'C');

	if (!x->target->user &&
	    (!strncmp(state, "28", 2) || !strncmp(state, "3D", 2)))
		return PROBE_UP;
	return down(x, *state ? "SQLSTATE " : "error", state, 5);
}

static enum verdict postgresql_judge(struct exchange *x)
{
	const uint8_t *p = x->in, *end = p + x->length;

	while (end - p >= 5) {
		uint32_t size = get_u32(p + 1);
		char type = (char)*p;

		if (!strchr("RSKZENv", type) || size < 4 || size > 65536)
			return down(x, "no PostgreSQL", "", 0);
		if ((size_t)(end - p) < size + 1)
			break;
		if (type == 'E')
			return postgresql_error(x, p + 5, p + 1 + size);
		/* It asks for a password. */
		if (type == 'R' && size >= 8 && get_u32(p + 5) != 0)
			return PROBE_UP;
		if (type == 'Z') {
			text_bytes(&x->out, "X\0\0\0\4", 5);
			return PROBE_UP;
		}
		p += size + 1;
	}
	return PROBE_MORE;
}

/* ---- MySQL --------------------------------------------------------------- */

#define MYSQL_PROTOCOL_41 0x200u
#define MYSQL_SECURE_CONNECTION 0x8000u
#define MYSQL_PLUGIN_AUTH 0x80000u

static void mysql_packet(struct text *out, unsigned int number,
			 const struct text *body)
{
	const uint8_t header[] = { (uint8_t)body->length,
				   (uint8_t)(body->length >> 8),
				   (uint8_t)(body->length >> 16),
				   (uint8_t)number };

	text_bytes(out, (const char *)header, sizeof(header));
	text_bytes(out, body->data, body->length);
	out->failed |= body->failed;
}

/* A login without a password, whatever comes of it: a connection that ends
 * before it counts towards max_connect_errors. */
static void mysql_login(struct exchange *x, unsigned int number)
{
	const uint32_t flags =
		MYSQL_PROTOCOL_41 | MYSQL_SECURE_CONNECTION | MYSQL_PLUGIN_AUTH;
	const uint8_t fixed[32] = { (uint8_t)flags,
				    (uint8_t)(flags >> 8),
				    (uint8_t)(flags >> 16),
				    0,
				    0,
				    0,
				    0,
				    1, /* largest packet: 16 MiB */
				    45 /* utf8mb4 */ };
	struct text body = { 0 };

	text_bytes(&body, (const char *)fixed, sizeof(fixed));
	put_string(&body, x->target->user ? x->target->user : "health");
	text_char(&body, '\0'); /* the answer is empty */
	put_string(&body, "mysql_native_password");
	mysql_packet(&x->out, number, &body);
	text_free(&body);
}

static void mysql_quit(struct exchange *x)
{
	text_bytes(&x->out, "\1\0\0\0\1", 5);
}

/* 1045 and its kin: it serves, if not us. */
static enum verdict mysql_error(struct exchange *x, const uint8_t *p,
				uint32_t size)
{
	unsigned int code = size >= 3 ? p[1] | (unsigned int)p[2] << 8 : 0;
	char text[16];

	if (x->step == 1 && !x->target->user && (code == 1045 || code == 1698))
		return PROBE_UP;
	snprintf(text, sizeof(text), "%u", code);
	return down(x, "error ", text, (int)sizeof(text));
}

static enum verdict mysql_judge(struct exchange *x)
{
	const uint8_t *p = x->in;
	uint32_t size;

	if (x->length < 5)
		return PROBE_MORE;
	size = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;
	if (size == 0 || size > 65535)
		return down(x, "no MySQL", "", 0);
	if (x->length < size + 4)
		return PROBE_MORE;
	if (p[4] == 0xff)
		return mysql_error(x, p + 4, size);
	if (x->step == 1) {
		/* In, or asked for more: it serves. */
		mysql_quit(x);
		return PROBE_UP;
	}
	if (p[4] != 10)
		return down(x, "no MySQL", "", 0);
	x->step = 1;
	x->in += size + 4;
	x->length -= size + 4;
	mysql_login(x, p[3] + 1u);
	return PROBE_MORE;
}

/* ---- all ----------------------------------------------------------------- */

const struct probe *probe_find(const char *scheme)
{
	static const struct probe probes[] = {
		{ "tcp", 0, NULL, NULL },
		{ "http", 80, http_begin, http_judge },
		{ "redis", 6379, redis_begin, redis_judge },
		{ "postgresql", 5432, postgresql_begin, postgresql_judge },
		{ "mysql", 3306, NULL, mysql_judge },
	};
	size_t i;

	for (i = 0; i < sizeof(probes) / sizeof(probes[0]); i++)
		if (!strcmp(scheme, probes[i].scheme))
			return &probes[i];
	return NULL;
}
