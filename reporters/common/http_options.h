/*
 * http_options.h - where a server listens, and whom it answers.
 */
#ifndef REPORTERS_COMMON_HTTP_OPTIONS_H
#define REPORTERS_COMMON_HTTP_OPTIONS_H

#include <stdbool.h>

struct http_options {
	char *address; /* numeric; NULL: 127.0.0.1 */
	unsigned int port;
	char *socket; /* a path; NULL: TCP */
	unsigned int mode;
	char *port_file;
	char *username, *password, *password_file;
	char *token, *token_file;
	bool insecure;
};

/* Like configure() of a reporter. */
int http_options_set(struct http_options *options, const char *key,
		     const char *value, const char **expected);
void http_options_free(struct http_options *options);

/* Does the address reach beyond this machine? */
bool http_options_are_public(const struct http_options *options);

#endif
