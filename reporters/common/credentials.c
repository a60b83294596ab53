/*
 * credentials.c - who may read: a name and a password, or a bearer token.
 */
#include "common/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define SECRET_MAX 4096

static void put_base64(struct text *out, const char *bytes, size_t length)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t i, j;

	for (i = 0; i < length; i += 3) {
		uint32_t three = 0;

		for (j = 0; j < 3; j++)
			three = three << 8 |
				(i + j < length ? (unsigned char)bytes[i + j]
						: 0);
		for (j = 0; j < 4; j++)
			text_char(out,
				  i + j > length
					  ? '='
					  : digits[three >> (18 - 6 * j) & 63]);
	}
}

/* The first line of a file. */
static int read_secret(const char *path, char secret[SECRET_MAX])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	ssize_t length;

	if (fd < 0)
		return -errno;
	length = read(fd, secret, SECRET_MAX - 1);
	if (length < 0)
		length = -errno;
	close(fd);
	if (length < 0)
		return (int)length;
	secret[length] = '\0';
	secret[strcspn(secret, "\r\n")] = '\0';
	return *secret ? 0 : -ENODATA;
}

static void complain(struct text *why, const char *option, const char *path,
		     int error)
{
	text_str(why, option);
	text_str(why, ": ");
	text_plain(why, path, 200);
	text_str(why, error == -ENODATA ? " is empty" : " cannot be read: ");
	if (error != -ENODATA)
		text_str(why, strerror(-error));
	text_str(why, "; expected a file with one line, the secret");
}

/* The value, or what is in the file; "" if neither is set. */
static int get_secret(char secret[SECRET_MAX], const char *value,
		      const char *path, const char *option, struct text *why)
{
	int error;

	*secret = '\0';
	if (path) {
		error = read_secret(path, secret);
		if (error)
			complain(why, option, path, error);
		return error;
	}
	if (value && strlen(value) >= SECRET_MAX) {
		text_str(why, option);
		text_str(why, ": too long; expected less than 4096 bytes");
		return -E2BIG;
	}
	if (value)
		strcpy(secret, value);
	return 0;
}

static int load_basic(struct credentials *c, const struct http_options *o,
		      char secret[SECRET_MAX], struct text *why)
{
	struct text pair = { 0 };
	int error = get_secret(secret, o->password, o->password_file,
			       "PASSWORD_FILE", why);

	if (error)
		return error;
	if (!o->username && !*secret)
		return 0;
	if (!o->username || !*secret) {
		text_str(why, o->username ? "USERNAME: set without PASSWORD or "
					    "PASSWORD_FILE; expected both"
					  : "PASSWORD: set without USERNAME; "
					    "expected both");
		return -EINVAL;
	}
	text_str(&pair, o->username);
	text_char(&pair, ':');
	text_str(&pair, secret);
	if (!pair.failed) {
		put_base64(&c->basic, pair.data, pair.length);
		explicit_bzero(pair.data, pair.length);
	}
	error = pair.failed || c->basic.failed ? -ENOMEM : 0;
	text_free(&pair);
	return error;
}

int credentials_load(struct credentials *c, const struct http_options *o,
		     struct text *why)
{
	char secret[SECRET_MAX];
	int error = load_basic(c, o, secret, why);

	if (!error)
		error = get_secret(secret, o->token, o->token_file,
				   "TOKEN_FILE", why);
	if (!error)
		text_str(&c->bearer, secret);
	if (c->bearer.failed)
		error = -ENOMEM;
	explicit_bzero(secret, sizeof(secret));
	return error;
}

static void forget(struct text *secret)
{
	if (secret->data)
		explicit_bzero(secret->data, secret->size);
	text_free(secret);
}

void credentials_free(struct credentials *c)
{
	forget(&c->basic);
	forget(&c->bearer);
}

bool credentials_are_set(const struct credentials *c)
{
	return c->basic.length || c->bearer.length;
}

/* Looks at all that was given; only its length, which is the asker's own, shows
 * in the time that it takes. */
static bool is_same(const struct text *secret, const char *given)
{
	size_t length = strlen(given), i;
	volatile unsigned int differ = length != secret->length;

	if (!secret->length)
		return false;
	for (i = 0; i < length; i++)
		differ |= (unsigned char)(given[i] ^
					  secret->data[i % secret->length]);
	return !differ;
}

bool credentials_accept(const struct credentials *c, const char *header)
{
	const struct text *secret;
	size_t scheme;

	if (!credentials_are_set(c))
		return true;
	scheme = header ? strcspn(header, " ") : 0;
	if (scheme == 5 && !strncasecmp(header, "Basic", 5))
		secret = &c->basic;
	else if (scheme == 6 && !strncasecmp(header, "Bearer", 6))
		secret = &c->bearer;
	else
		return false;
	header += scheme;
	return is_same(secret, header + strspn(header, " "));
}
