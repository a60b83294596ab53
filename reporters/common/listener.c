/*
 * listener.c - the socket that a server listens at, and its traces in the file
 * system.
 */
#include "common/listener.h"

#include "common/holder.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 64

union address {
	struct sockaddr any;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
	struct sockaddr_un local;
};

static int open_socket(struct listener *l, int family)
{
	struct stat st;

	l->fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd < 0)
		return -errno;
	if (fstat(l->fd, &st) == 0)
		l->inode = st.st_ino;
	return 0;
}

static int give_up(struct listener *l, int error)
{
	close(l->fd);
	l->fd = -1;
	return error;
}

/* ---- TCP ----------------------------------------------------------------- */

static socklen_t parse_address(union address *to, const struct http_options *o)
{
	const char *address = o->address ? o->address : "127.0.0.1";

	memset(to, 0, sizeof(*to));
	if (inet_pton(AF_INET, address, &to->four.sin_addr) == 1) {
		to->four.sin_family = AF_INET;
		to->four.sin_port = htons((uint16_t)o->port);
		return sizeof(to->four);
	}
	inet_pton(AF_INET6, address, &to->six.sin6_addr);
	to->six.sin6_family = AF_INET6;
	to->six.sin6_port = htons((uint16_t)o->port);
	return sizeof(to->six);
}

static void explain_tcp(struct text *why, const struct http_options *o,
			const union address *address, bool who, int error)
{
	text_str(why, o->port < 1024 && error == -EACCES ? "PORT: "
		      : error == -EADDRINUSE		 ? "PORT: "
							 : "ADDRESS: ");
	text_str(why, o->address ? o->address : "127.0.0.1");
	text_str(why, " port ");
	text_u64(why, o->port);
	if (error == -EADDRINUSE) {
		text_str(why, " is taken");
		if (who)
			holder_of_port(&address->any, why);
	} else {
		text_str(why, " cannot be listened at: ");
		text_str(why, strerror(-error));
	}
}

static int listen_tcp(struct listener *l, const struct http_options *o,
		      bool who, struct text *why)
{
	union address address;
	socklen_t length = parse_address(&address, o);
	int one = 1, error = open_socket(l, address.any.sa_family);

	if (error) {
		explain_tcp(why, o, &address, who, error);
		return error;
	}
	/* Connections of a server before us may still linger. */
	setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(l->fd, &address.any, length) < 0 ||
	    listen(l->fd, BACKLOG) < 0 ||
	    getsockname(l->fd, &address.any, &length) < 0) {
		error = give_up(l, -errno);
		explain_tcp(why, o, &address, who, error);
		return error;
	}
	l->port =
		ntohs(address.any.sa_family == AF_INET ? address.four.sin_port
						       : address.six.sin6_port);
	return 0;
}

/* By a rename: nobody sees half a number. */
static int write_port(const struct listener *l, const struct http_options *o,
		      struct text *why)
{
	char path[4096], line[16];
	int length = snprintf(path, sizeof(path), "%s.%d", o->port_file,
			      (int)getpid());
	int fd, error = 0;

	if (length >= (int)sizeof(path))
		return -ENAMETOOLONG;
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	length = snprintf(line, sizeof(line), "%u\n", l->port);
	if (fd < 0 || write(fd, line, (size_t)length) != length)
		error = -errno;
	if (fd >= 0)
		close(fd);
	if (!error && rename(path, o->port_file) < 0)
		error = -errno;
	if (!error)
		return 0;
	unlink(path);
	text_str(why, "PORT_FILE: ");
	text_plain(why, o->port_file, 200);
	text_str(why, " cannot be written: ");
	text_str(why, strerror(-error));
	return error;
}

/* ---- UNIX ---------------------------------------------------------------- */

/* Somebody listens there: -EADDRINUSE.  Nobody does: 0, and a socket that a
 * process before us has left is gone. */
static int make_room(const union address *address, struct text *why)
{
	const char *path = address->local.sun_path;
	int fd, error;
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	error = connect(fd, &address->any, sizeof(address->local)) < 0 ? -errno
								       : 0;
	if (!error || error == -EAGAIN) {
		text_str(why, " is taken");
		holder_of_socket(fd, why);
		error = -EADDRINUSE;
	} else if (error == -ECONNREFUSED) {
		error = unlink(path) < 0 && errno != ENOENT ? -errno : 0;
	}
	close(fd);
	return error;
}

static int bind_unix(struct listener *l, const struct http_options *o,
		     const union address *address)
{
	struct stat st;

	/* Before bind(): there is no moment when it is open to more; and after
	 * it, because the host's umask may have taken away too much. */
	if (fchmod(l->fd, o->mode) < 0 ||
	    bind(l->fd, &address->any, sizeof(address->local)) < 0)
		return -errno;
	if (chmod(o->socket, o->mode) < 0 || lstat(o->socket, &st) < 0 ||
	    listen(l->fd, BACKLOG) < 0)
		return -errno;
	l->file = st.st_ino;
	return 0;
}

static int listen_unix(struct listener *l, const struct http_options *o,
		       struct text *why)
{
	union address address = { .local.sun_family = AF_UNIX };
	int error;

	strcpy(address.local.sun_path, o->socket);
	text_str(why, "SOCKET: ");
	text_plain(why, o->socket, 200);
	error = make_room(&address, why);
	if (!error)
		error = open_socket(l, AF_UNIX);
	if (!error) {
		error = bind_unix(l, o, &address);
		if (error)
			give_up(l, error);
	}
	if (error == -EEXIST) {
		text_str(why, " is no socket; expected a free path");
	} else if (error && error != -EADDRINUSE) {
		text_str(why, " cannot be listened at: ");
		text_str(why, strerror(-error));
	}
	return error;
}

int listener_open(struct listener *l, const struct http_options *o, bool who,
		  struct text *why)
{
	int error;

	memset(l, 0, sizeof(*l));
	l->fd = -1;
	if (o->socket)
		return listen_unix(l, o, why);
	error = listen_tcp(l, o, who, why);
	if (!error && o->port_file)
		error = write_port(l, o, why);
	if (error && l->fd >= 0)
		give_up(l, error);
	return error;
}

/* Is it still the one that we wrote? */
static bool has_our_port(const struct listener *l, const char *path)
{
	/* Whatever is there by now: nothing is waited for. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW |
				    O_NOCTTY);
	char line[16] = "";
	ssize_t length;

	if (fd < 0)
		return false;
	length = read(fd, line, sizeof(line) - 1);
	close(fd);
	return length > 0 && strtoul(line, NULL, 10) == l->port;
}

void listener_remove_files(const struct listener *l,
			   const struct http_options *o)
{
	struct stat st;

	if (o->socket && lstat(o->socket, &st) == 0 && st.st_ino == l->file)
		unlink(o->socket);
	if (!o->socket && o->port_file && has_our_port(l, o->port_file))
		unlink(o->port_file);
}
