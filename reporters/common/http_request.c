/*
 * http_request.c - a small HTTP server for reporters that listen: its answers.
 */
#include "common/http_server.h"

#include "common/gzip.h"
#include "common/negotiate.h"

#include <stdlib.h>
#include <string.h>

#define PACKED_FROM 1024 /* bytes: less is not worth it */

static struct connection *state_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

void http_connected(void *server, struct MHD_Connection *connection,
		    void **context, enum MHD_ConnectionNotificationCode code)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct http *s = server;

	if (code == MHD_CONNECTION_NOTIFY_STARTED && info)
		*context = connections_add(&s->connections, info->connect_fd,
					   http_now(s));
	else if (code == MHD_CONNECTION_NOTIFY_CLOSED && *context)
		connections_remove(&s->connections, *context);
}

void http_completed(void *server, struct MHD_Connection *connection,
		    void **request, enum MHD_RequestTerminationCode code)
{
	struct connection *state = state_of(connection);
	struct http *s = server;

	(void)request;
	if (!state)
		return;
	if (!state->asks && code != MHD_REQUEST_TERMINATED_COMPLETED_OK)
		s->counts.aborted++;
	connections_answered(state, http_now(s));
}

const char *http_header(const struct http_request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
					   name);
}

/* ---- answers ------------------------------------------------------------- */

static void refuse(struct http *s, struct http_answer *answer,
		   unsigned int status, const char *text)
{
	s->counts.refused++;
	answer->status = status;
	answer->type = "text/plain; charset=utf-8";
	text_str(&answer->body, text);
}

static void ask_for_credentials(struct http *s, struct http_answer *answer)
{
	refuse(s, answer, MHD_HTTP_UNAUTHORIZED,
	       "this needs a name and a password, or a token\n");
	s->counts.refused--;
	s->counts.unauthorized++;
}

static struct MHD_Response *make(struct http_answer *answer)
{
	struct text *body = &answer->body;
	struct MHD_Response *response;

	if (body->failed) {
		text_free(body);
		answer->status = MHD_HTTP_SERVICE_UNAVAILABLE;
	}
	response = MHD_create_response_from_buffer_with_free_callback(
		body->length, body->data ? body->data : malloc(1), free);
	if (!response)
		text_free(body);
	return response;
}

static void add_headers(const struct http *s, struct MHD_Response *response,
			const struct http_answer *answer, bool packed)
{
	if (answer->type)
		MHD_add_response_header(response, "Content-Type", answer->type);
	if (packed)
		MHD_add_response_header(response, "Content-Encoding", "gzip");
	MHD_add_response_header(response, "Vary", "Accept, Accept-Encoding");
	if (answer->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, "Allow", "GET, HEAD");
	if (answer->status != MHD_HTTP_UNAUTHORIZED)
		return;
	if (s->credentials.basic.length)
		MHD_add_response_header(response, "WWW-Authenticate",
					"Basic realm=\"telemetry\", "
					"charset=\"UTF-8\"");
	if (s->credentials.bearer.length)
		MHD_add_response_header(response, "WWW-Authenticate",
					"Bearer realm=\"telemetry\"");
}

static enum MHD_Result send_answer(struct http *s,
				   const struct http_request *request,
				   struct http_answer *answer)
{
	struct connection *state = state_of(request->connection);
	struct MHD_Response *response;
	enum MHD_Result result;
	bool packed = !answer->body.failed &&
		      answer->body.length >= PACKED_FROM &&
		      negotiate_gzip(http_header(request, "Accept-Encoding")) &&
		      gzip_pack(&answer->body);
	size_t bytes = answer->body.length;

	response = make(answer);
	if (!response)
		return MHD_NO;
	add_headers(s, response, answer, packed);
	if (state)
		connections_answer(&s->connections, state, bytes, http_now(s));
	result = MHD_queue_response(request->connection, answer->status,
				    response);
	MHD_destroy_response(response);
	s->counts.bytes += bytes;
	return result;
}

/* ---- requests ------------------------------------------------------------ */

static bool has_body(const struct http_request *request)
{
	const char *length = http_header(request, "Content-Length");

	return http_header(request, "Transfer-Encoding") ||
	       (length && strcmp(length, "0") != 0);
}

/* Answered before its body is read: the connection ends with it. */
static bool is_unwanted(struct http *s, const struct http_request *request,
			const char *method, struct http_answer *answer)
{
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		refuse(s, answer, MHD_HTTP_METHOD_NOT_ALLOWED,
		       "only GET and HEAD\n");
	else if (has_body(request))
		refuse(s, answer, MHD_HTTP_CONTENT_TOO_LARGE,
		       "no body is expected\n");
	else
		return false;
	return true;
}

static bool is_authorized(const struct http *s, struct http_request *request)
{
	request->is_authorized =
		s->is_private &&
		credentials_accept(&s->credentials,
				   http_header(request, "Authorization"));
	return request->is_authorized;
}

enum MHD_Result http_handle(void *server, struct MHD_Connection *connection,
			    const char *path, const char *method,
			    const char *version, const char *upload,
			    size_t *upload_size, void **request)
{
	struct http_request asked = { .path = path, .connection = connection };
	struct http_answer answer = { .status = MHD_HTTP_OK };
	struct http *s = server;

	(void)version;
	(void)upload;
	*upload_size = 0;
	if (!*request) {
		/* The next call is for the same request, now complete. */
		*request = s;
		if (!is_unwanted(s, &asked, method, &answer))
			return MHD_YES;
	} else if (!is_authorized(s, &asked) && !s->settings.is_open) {
		ask_for_credentials(s, &answer);
	} else {
		s->settings.answer(s->settings.context, &asked, &answer);
		s->counts.refused +=
			answer.status >= 400 && answer.status < 500;
	}
	return send_answer(s, &asked, &answer);
}
