/*
 * holder.c - who has the port or the socket that we wanted.
 *
 * Another exporter's thread has a descriptor table of its own, so for threads
 * of that name the table is looked at too.
 */
#define _GNU_SOURCE
#include "common/holder.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INODES 8 /* sockets that may be in the way */
#define LISTENS 0x0a

struct wanted {
	char address[33]; /* as /proc/net has it */
	unsigned int port;
	unsigned long inodes[INODES];
	size_t count;
};

static void describe(struct wanted *w, const struct sockaddr *address)
{
	const struct sockaddr_in6 *six = (const void *)address;
	const struct sockaddr_in *four = (const void *)address;
	uint32_t words[4];

	memset(w, 0, sizeof(*w));
	if (address->sa_family == AF_INET) {
		w->port = ntohs(four->sin_port);
		snprintf(w->address, sizeof(w->address), "%08X",
			 four->sin_addr.s_addr);
		return;
	}
	w->port = ntohs(six->sin6_port);
	memcpy(words, &six->sin6_addr, sizeof(words));
	snprintf(w->address, sizeof(w->address), "%08X%08X%08X%08X", words[0],
		 words[1], words[2], words[3]);
}

static bool is_any(const char *address)
{
	return address[strspn(address, "0")] == '\0';
}

static void look_into(struct wanted *w, const char *table)
{
	FILE *file = fopen(table, "re");
	char line[512], address[33];
	unsigned int port, state;
	unsigned long inode;

	if (!file)
		return;
	while (w->count < INODES && fgets(line, sizeof(line), file)) {
		if (sscanf(line,
			   " %*u: %32[0-9A-F]:%x %*32[0-9A-F]:%*x %x"
			   " %*x:%*x %*x:%*x %*x %*u %*u %lu",
			   address, &port, &state, &inode) != 4)
			continue;
		if (state == LISTENS && port == w->port &&
		    (is_any(address) || is_any(w->address) ||
		     !strcmp(address, w->address)))
			w->inodes[w->count++] = inode;
	}
	fclose(file);
}

/* Is one of them open in /proc/...  /fd? */
static bool has_socket(const struct wanted *w, const char *folder)
{
	char target[64], wanted[64];
	struct dirent *entry;
	bool found = false;
	DIR *dir = opendir(folder);

	if (!dir)
		return false;
	while (!found && (entry = readdir(dir))) {
		ssize_t length = readlinkat(dirfd(dir), entry->d_name, target,
					    sizeof(target) - 1);
		size_t i;

		target[length < 0 ? 0 : length] = '\0';
		for (i = 0; i < w->count && !found; i++) {
			snprintf(wanted, sizeof(wanted), "socket:[%lu]",
				 w->inodes[i]);
			found = !strcmp(target, wanted);
		}
	}
	closedir(dir);
	return found;
}

static bool is_exporter(const char *folder)
{
	char path[128], name[17] = "";
	FILE *file;

	snprintf(path, sizeof(path), "%s/comm", folder);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(name, sizeof(name), file))
		*name = '\0';
	fclose(file);
	return !strcmp(name, "telemetry\n");
}

static bool is_number(const char *name)
{
	return *name && name[strspn(name, "0123456789")] == '\0';
}

static bool has_exporter_with(const struct wanted *w, const char *pid)
{
	char folder[64], thread[96], fds[128];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	snprintf(folder, sizeof(folder), "/proc/%.20s/task", pid);
	dir = opendir(folder);
	if (!dir)
		return false;
	while (!found && (entry = readdir(dir))) {
		if (!is_number(entry->d_name))
			continue;
		snprintf(thread, sizeof(thread), "%s/%.20s", folder,
			 entry->d_name);
		snprintf(fds, sizeof(fds), "%s/fd", thread);
		found = is_exporter(thread) && has_socket(w, fds);
	}
	closedir(dir);
	return found;
}

static void name_process(const char *pid, struct text *out)
{
	char path[64], name[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	file = fopen(path, "re");
	if (file && !fgets(name, sizeof(name), file))
		*name = '\0';
	if (file)
		fclose(file);
	name[strcspn(name, "\n")] = '\0';
	text_str(out, " by process ");
	text_str(out, pid);
	text_str(out, *name ? " (" : "");
	text_plain(out, name, 64);
	text_str(out, *name ? ")" : "");
}

void holder_of_port(const struct sockaddr *address, struct text *out)
{
	struct dirent *entry;
	struct wanted w;
	DIR *dir;

	describe(&w, address);
	look_into(&w, "/proc/net/tcp");
	look_into(&w, "/proc/net/tcp6");
	dir = w.count ? opendir("/proc") : NULL;
	while (dir && (entry = readdir(dir))) {
		char fds[64];

		if (!is_number(entry->d_name))
			continue;
		snprintf(fds, sizeof(fds), "/proc/%.20s/fd", entry->d_name);
		if (has_socket(&w, fds) ||
		    has_exporter_with(&w, entry->d_name)) {
			name_process(entry->d_name, out);
			break;
		}
	}
	if (dir)
		closedir(dir);
}

void holder_of_socket(int fd, struct text *out)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);
	char pid[24];

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0 ||
	    peer.pid <= 0)
		return;
	snprintf(pid, sizeof(pid), "%d", (int)peer.pid);
	name_process(pid, out);
}
