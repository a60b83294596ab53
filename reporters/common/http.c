/*
 * http.c - a small HTTP server for reporters that listen: its life.
 *
 * What is answered to a request is http_request.c's.
 *
 * libmicrohttpd ends the process when it meets what it thinks cannot be, and
 * it is somebody else's process: its descriptors are looked at before it is
 * called, and if it wants to end it all the same, it is left as it is and never
 * called again.
 */
#include "common/http_server.h"

#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MS 1000000ull
#define MEMORY 16384 /* of a connection: the head of a request and an answer */
#define RETRY_FIRST_MS 1000
#define RETRY_LAST_MS 30000
#define CROWDED_MS 10 /* some are about to be closed: look after them */
#define REST_MS 1000 /* no more descriptors: libmicrohttpd would try for ever */

static struct {
	jmp_buf way_out;
	long thread; /* in libmicrohttpd for us; 0: nobody */
} guard;

/* The host may use libmicrohttpd too: its thread fares as without us. */
static void panic(void *unused, const char *file, unsigned int line,
		  const char *reason)
{
	(void)unused;
	(void)file;
	(void)line;
	(void)reason;
	if (guard.thread && guard.thread == syscall(SYS_gettid))
		_longjmp(guard.way_out, 1);
	abort();
}

static bool is_guarded(struct http *s, void (*call)(struct http *))
{
	guard.thread = syscall(SYS_gettid);
	if (_setjmp(guard.way_out)) {
		guard.thread = 0;
		return false;
	}
	call(s);
	guard.thread = 0;
	return true;
}

void http_say(struct http *s, int level, struct text *what)
{
	text_char(what, '\0');
	if (!what->failed)
		s->settings.host->log(s->settings.host->context, level,
				      what->data);
	text_free(what);
}

uint64_t http_now(const struct http *s)
{
	return s->settings.host->monotonic_ns(s->settings.host->context);
}

/* ---- begin and end ------------------------------------------------------- */

int http_new(struct http **server, const struct http_settings *settings)
{
	struct http *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->settings = *settings;
	s->options.port = settings->port;
	s->options.mode = 0600;
	s->listener.fd = -1;
	s->retry_ms = RETRY_FIRST_MS;
	*server = s;
	return 0;
}

int http_configure(struct http *s, const char *key, const char *value,
		   const char **expected)
{
	return http_options_set(&s->options, key, value, expected);
}

int http_start(struct http *s)
{
	struct text why = { 0 };
	int error;

	text_str(&why, s->settings.prefix);
	error = credentials_load(&s->credentials, &s->options, &why);
	s->is_private = s->options.insecure ||
			credentials_are_set(&s->credentials) ||
			!http_options_are_public(&s->options);
	if (!error && !s->settings.is_open && !s->is_private) {
		error = -EACCES;
		text_str(&why, "ADDRESS: ");
		text_str(&why, s->options.address);
		text_str(&why, " can be reached from elsewhere; expected "
			       "USERNAME and PASSWORD, or TOKEN, or "
			       "INSECURE=true as well");
	}
	if (error)
		http_say(s, 0, &why);
	else
		text_free(&why);
	return error;
}

/* All of their kind have the same, but no file and no socket has it. */
static ino_t inode_of(int epoll)
{
	struct stat st;

	return fstat(epoll, &st) == 0 && !(st.st_mode & S_IFMT) ? st.st_ino : 0;
}

static void start_daemon(struct http *s)
{
	const union MHD_DaemonInfo *info;

	MHD_set_panic_func(panic, NULL);
	s->daemon = MHD_start_daemon(
		MHD_USE_EPOLL, 0, NULL, NULL, http_handle, s,
		MHD_OPTION_LISTEN_SOCKET, s->listener.fd,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned int)CONNECTIONS_MOST,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_CONNECTION,
		http_connected, s, MHD_OPTION_NOTIFY_COMPLETED, http_completed,
		s, MHD_OPTION_END);
	info = s->daemon ? MHD_get_daemon_info(s->daemon,
					       MHD_DAEMON_INFO_EPOLL_FD)
			 : NULL;
	s->epoll = info ? info->epoll_fd : -1;
	s->epoll_inode = inode_of(s->epoll);
}

static void stop_daemon(struct http *s)
{
	MHD_stop_daemon(s->daemon);
}

/* Its memory stays: nobody knows what state it is in. */
static void abandon(struct http *s, const char *reason)
{
	struct text why = { 0 };

	text_str(&why, "the server is lost: ");
	text_str(&why, reason);
	text_str(&why, "; it begins again");
	http_say(s, 1, &why);
	s->daemon = NULL;
	connections_abandon(&s->connections);
	if (connections_is_socket(s->listener.fd, s->listener.inode))
		close(s->listener.fd);
	s->listener.fd = -1;
	s->next_try = http_now(s) + RETRY_FIRST_MS * MS;
}

static bool is_intact(const struct http *s)
{
	return connections_is_socket(s->listener.fd, s->listener.inode) &&
	       s->epoll_inode && inode_of(s->epoll) == s->epoll_inode &&
	       connections_are_ours(&s->connections);
}

static bool call(struct http *s, void (*what)(struct http *))
{
	const char *reason = !is_intact(s) ? "the program has closed its "
					     "descriptors"
			     : !is_guarded(s, what) ? "libmicrohttpd gave up"
						    : NULL;

	if (reason)
		abandon(s, reason);
	return !reason;
}

void http_free(struct http *s)
{
	if (s->daemon)
		listener_remove_files(&s->listener, &s->options);
	if (s->daemon)
		call(s, stop_daemon);
	credentials_free(&s->credentials);
	http_options_free(&s->options);
	text_free(&s->complaint);
	free(s);
}

/* ---- the loop ------------------------------------------------------------ */

/* The same reason is said once, and who it is is looked for once. */
static void complain(struct http *s, struct text *why)
{
	if (!why->failed && s->complaint.length >= why->length &&
	    !memcmp(s->complaint.data, why->data, why->length)) {
		text_free(why);
		return;
	}
	text_free(&s->complaint);
	text_bytes(&s->complaint, why->data, why->length);
	http_say(s, 0, why);
}

static void announce(struct http *s)
{
	bool six = s->options.address && strchr(s->options.address, ':');
	struct text line = { 0 };

	text_str(&line, "listening at ");
	if (s->options.socket) {
		text_plain(&line, s->options.socket, 200);
	} else {
		text_str(&line, six ? "[" : "");
		text_str(&line,
			 s->options.address ? s->options.address : "127.0.0.1");
		text_str(&line, six ? "]:" : ":");
		text_u64(&line, s->listener.port);
	}
	http_say(s, 2, &line);
	text_free(&s->complaint);
}

static void begin(struct http *s)
{
	struct text why = { 0 };

	text_str(&why, s->settings.prefix);
	if (listener_open(&s->listener, &s->options, !s->complaint.length,
			  &why) == 0) {
		if (is_guarded(s, start_daemon) && s->daemon) {
			text_free(&why);
			announce(s);
			s->retry_ms = RETRY_FIRST_MS;
			return;
		}
		listener_remove_files(&s->listener, &s->options);
		close(s->listener.fd);
		s->listener.fd = -1;
		text_str(&why, "PORT: libmicrohttpd does not start");
	}
	complain(s, &why);
	s->next_try = http_now(s) + s->retry_ms * MS;
	s->retry_ms = s->retry_ms * 2 < RETRY_LAST_MS ? s->retry_ms * 2
						      : RETRY_LAST_MS;
}

static void lower(int *timeout_ms, uint64_t now, uint64_t when)
{
	uint64_t left = when > now ? (when - now + MS - 1) / MS : 0;

	if (when != UINT64_MAX &&
	    (*timeout_ms < 0 || left < (uint64_t)*timeout_ms))
		*timeout_ms = (int)left;
}

int http_wait(struct http *s, struct pollfd *fds, int max, int *timeout_ms)
{
	uint64_t now = http_now(s);
	MHD_UNSIGNED_LONG_LONG left;

	if (!s->daemon && now >= s->next_try)
		begin(s);
	if (!s->daemon) {
		lower(timeout_ms, now, s->next_try);
		return 0;
	}
	lower(timeout_ms, now, connections_sweep(&s->connections, now));
	if (now < s->rest_until) {
		lower(timeout_ms, now, s->rest_until);
		return 0;
	}
	if (s->connections.count > CONNECTIONS)
		lower(timeout_ms, now, now + CROWDED_MS * MS);
	if (MHD_get_timeout(s->daemon, &left) == MHD_YES)
		lower(timeout_ms, now, now + left * MS);
	if (max < 1)
		return 0;
	fds[0] = (struct pollfd){ .fd = s->epoll, .events = POLLIN };
	return 1;
}

static void run(struct http *s)
{
	MHD_run(s->daemon);
}

/* Somebody waits to be accepted, nobody was, and nobody will go. */
static bool is_stuck(const struct http *s)
{
	struct pollfd poller = { .fd = s->listener.fd, .events = POLLIN };

	return !s->connections.count && poll(&poller, 1, 0) != 0;
}

void http_serve(struct http *s)
{
	uint64_t now = http_now(s);
	bool was_alone = !s->connections.count;

	if (!s->daemon || now < s->rest_until || !call(s, run))
		return;
	connections_sweep(&s->connections, now);
	if (was_alone && is_stuck(s))
		s->rest_until = now + REST_MS * MS;
}

const struct http_counts *http_counts(const struct http *server)
{
	struct http *s = (struct http *)server;

	s->counts.late = s->connections.late;
	s->counts.evicted = s->connections.evicted;
	return &s->counts;
}
