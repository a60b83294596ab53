/*
 * http_options.c - where a server listens, and whom it answers: the options.
 *
 * Judges each one by itself; whether they make sense together is
 * http_start()'s.
 */
#include "common/http_options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

static int set_text(char **to, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(*to);
	*to = copy;
	return 0;
}

static int set_path(char **to, const char *value, const char **expected)
{
	*expected = "an absolute path";
	return *value == '/' ? set_text(to, value) : -EINVAL;
}

static int set_socket(struct http_options *o, const char *value,
		      const char **expected)
{
	struct sockaddr_un address;

	if (strlen(value) < sizeof(address.sun_path))
		return set_path(&o->socket, value, expected);
	*expected = "an absolute path of less than 108 bytes";
	return -EINVAL;
}

static int set_number(unsigned int *to, const char *value, int base,
		      unsigned long most)
{
	char *end;
	unsigned long number = strtoul(value, &end, base);

	if (*value < '0' || *value > '9' || *end || number > most)
		return -EINVAL;
	*to = (unsigned int)number;
	return 0;
}

static int set_address(struct http_options *o, const char *value,
		       const char **expected)
{
	struct in6_addr any;

	if (!strcmp(value, "localhost"))
		value = "127.0.0.1";
	*expected = "a numeric address, as 127.0.0.1, 0.0.0.0 or ::1";
	if (inet_pton(AF_INET, value, &any) != 1 &&
	    inet_pton(AF_INET6, value, &any) != 1)
		return -EINVAL;
	return set_text(&o->address, value);
}

static int set_bool(bool *to, const char *value, const char **expected)
{
	*expected = "true or false";
	if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
		return -EINVAL;
	*to = *value == 't';
	return 0;
}

/* A colon would end the name, as the header is built. */
static int set_username(struct http_options *o, const char *value,
			const char **expected)
{
	*expected = "a name without a colon";
	return strchr(value, ':') ? -EINVAL : set_text(&o->username, value);
}

static int set_place(struct http_options *o, const char *key, const char *value,
		     const char **expected)
{
	if (!strcmp(key, "port")) {
		*expected = "a number from 0 (any) to 65535";
		return set_number(&o->port, value, 10, 65535);
	}
	if (!strcmp(key, "address"))
		return set_address(o, value, expected);
	if (!strcmp(key, "socket"))
		return set_socket(o, value, expected);
	if (!strcmp(key, "socket_mode")) {
		*expected = "octal permissions, as 0660";
		return set_number(&o->mode, value, 8, 0777);
	}
	if (!strcmp(key, "port_file"))
		return set_path(&o->port_file, value, expected);
	return -ENOENT;
}

int http_options_set(struct http_options *o, const char *key, const char *value,
		     const char **expected)
{
	if (!strcmp(key, "username"))
		return set_username(o, value, expected);
	if (!strcmp(key, "password"))
		return set_text(&o->password, value);
	if (!strcmp(key, "password_file"))
		return set_path(&o->password_file, value, expected);
	if (!strcmp(key, "token"))
		return set_text(&o->token, value);
	if (!strcmp(key, "token_file"))
		return set_path(&o->token_file, value, expected);
	if (!strcmp(key, "insecure"))
		return set_bool(&o->insecure, value, expected);
	return set_place(o, key, value, expected);
}

static void forget(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

void http_options_free(struct http_options *o)
{
	free(o->address);
	free(o->socket);
	free(o->port_file);
	free(o->username);
	forget(o->password);
	free(o->password_file);
	forget(o->token);
	free(o->token_file);
	memset(o, 0, sizeof(*o));
}

bool http_options_are_public(const struct http_options *o)
{
	const char *address = o->address ? o->address : "127.0.0.1";
	struct in6_addr six;
	struct in_addr four;

	if (o->socket)
		return false;
	if (inet_pton(AF_INET, address, &four) == 1)
		return ntohl(four.s_addr) >> 24 != 127;
	if (inet_pton(AF_INET6, address, &six) != 1)
		return true;
	if (IN6_IS_ADDR_V4MAPPED(&six))
		return six.s6_addr[12] != 127;
	return !IN6_IS_ADDR_LOOPBACK(&six);
}
