/*
 * telemetry-host.c - exports a group from a process of its own, so that
 * none of the observed processes has a thread of ours or loads a reporter.
 *
 * What it does is the shim's (runtime/exporter_host.c).  Here: its arguments,
 * its signals, and what it says.  Status 0: it was told to end; 1: it cannot
 * work; 2: usage.
 */
#include "base/arena.h"
#include "base/clock.h"
#include "base/env.h"
#include "base/segment.h"
#include "base/thread.h"
#include "event/symbol.h"
#include "recorder/ring.h"
#include "runtime/definitions.h"
#include "runtime/exporter_host.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

static const char usage[] =
	"usage: telemetry-host [--reporters LIST] [--group DIR]\n"
	"       telemetry-host [--group DIR] --release\n"
	"Exports what the processes of a group record.\n"
	"  --reporters LIST  in place of TELEMETRY_REPORTERS; the group is "
	"that\n"
	"                    of processes that have no reporters themselves\n"
	"  --group DIR       a group by its folder, or by that folder's name;\n"
	"                    else the one of the variables, as in any process\n"
	"  --release         the group's processes report for themselves "
	"again\n";

static struct {
	const char *reporters, *group;
	bool release;
} args;

static char directory[1100]; /* of the group's folder */
static char group[17];

static void say(const char *text)
{
	fprintf(stderr, "telemetry-host: %s/%s: %s\n", directory, group, text);
}

/* To the service manager, if one wants to know. */
static void notify(const char *state)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	size_t length = path ? strlen(path) : 0;
	int fd;

	if (length < 2 || length >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, path, length);
	if (*path == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	sendto(fd, state, strlen(state), MSG_NOSIGNAL, (void *)&to,
	       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
	close(fd);
}

/* ---- which group ----------------------------------------------------------- */

static int cannot(const char *path, const char *why)
{
	fprintf(stderr, "telemetry-host: %s: %s\n", path, why);
	return 1;
}

/* A folder that somebody names has to be there, and ours. */
static int check_folder(const char *path)
{
	struct stat st;

	if (lstat(path, &st))
		return cannot(path, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return cannot(path, "no folder; expected that of a group");
	if (st.st_uid == geteuid())
		return 0;
	fprintf(stderr,
		"telemetry-host: %s: is of user %u; expected one of user %u, "
		"who runs this\n",
		path, st.st_uid, geteuid());
	return 1;
}

static int choose_group(const struct config *config)
{
	char path[sizeof(directory) + sizeof(group) + 1];
	const char *slash, *name;
	int length;

	if (config->dir)
		snprintf(directory, sizeof(directory), "%s", config->dir);
	else
		snprintf(directory, sizeof(directory), "/dev/shm/telemetry-%u",
			 geteuid());
	strcpy(group, config->group);
	if (!args.group)
		return 0;
	length = (int)strlen(args.group);
	while (length > 1 && args.group[length - 1] == '/')
		length--;
	snprintf(path, sizeof(path), "%.*s", length, args.group);
	slash = strrchr(path, '/');
	name = slash ? slash + 1 : path;
	if (strspn(name, "0123456789abcdef") != 16 || strlen(name) != 16 ||
	    (slash && *path != '/'))
		return cannot(args.group,
			      "expected the folder of a group, or its name of "
			      "16 hexadecimal digits");
	if (slash)
		snprintf(directory, sizeof(directory), "%.*s",
			 (int)(slash - path), path);
	strcpy(group, name);
	snprintf(path, sizeof(path), "%s/%s", directory, group);
	return check_folder(path);
}

/* ---- who has the lock ------------------------------------------------------ */

/* The process that /proc/locks shows for the group's lock; 0: none. */
static int find_holder(void)
{
	char path[sizeof(directory) + 32], line[256];
	unsigned int major, minor;
	unsigned long inode;
	struct stat st;
	int pid, found = 0;
	FILE *locks;

	snprintf(path, sizeof(path), "%s/%s/lock", directory, group);
	locks = stat(path, &st) == 0 ? fopen("/proc/locks", "re") : NULL;
	if (!locks)
		return 0;
	while (!found && fgets(line, sizeof(line), locks))
		if (sscanf(line, "%*s FLOCK %*s WRITE %d %x:%x:%lu", &pid,
			   &major, &minor, &inode) == 4 &&
		    inode == st.st_ino && major == major(st.st_dev) &&
		    minor == minor(st.st_dev))
			found = pid;
	fclose(locks);
	return found;
}

static void describe_holder(char *text, size_t size)
{
	char path[64], name[32] = "?";
	int pid = find_holder();
	FILE *comm;

	if (pid <= 0) {
		snprintf(text, size, "another process");
		return;
	}
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	comm = fopen(path, "re");
	if (comm && fgets(name, sizeof(name), comm))
		name[strcspn(name, "\n")] = '\0';
	if (comm)
		fclose(comm);
	snprintf(text, size, "process %d (%s)", pid, name);
}

static void say_who_waits(void)
{
	char holder[80], text[160];

	describe_holder(holder, sizeof(holder));
	snprintf(text, sizeof(text),
		 "%s exports this group; waiting for its end", holder);
	say(text);
	notify("READY=1\nSTATUS=waiting for another exporter to end");
}

/* ---- running --------------------------------------------------------------- */

static void end(int number)
{
	int saved = errno;

	(void)number;
	exporter_host_end();
	errno = saved;
}

/* All others are blocked, as in the thread of a process: what wakes that one
 * must not end this one. */
static void set_signals(void)
{
	static const int open[] = {
		SIGTERM, SIGINT, SIGTSTP, SIGTTIN, SIGTTOU,
		SIGSEGV, SIGBUS, SIGFPE,  SIGILL,  SIGABRT
	};
	const struct sigaction ends = { .sa_handler = end };
	sigset_t blocked;
	size_t i;

	sigfillset(&blocked);
	for (i = 0; i < ARRAY_SIZE(open); i++)
		sigdelset(&blocked, open[i]);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	/* Reporters open their files for each batch: there is nothing to open
	 * again. */
	signal(SIGHUP, SIG_IGN);
	sigaction(SIGTERM, &ends, NULL);
	sigaction(SIGINT, &ends, NULL);
}

static void configure(const struct config *config)
{
	struct segment_options options = {
		.dir = config->dir ? directory : NULL,
		.limit = config->memory_limit,
		.executable = config->executable,
		.service = config->service,
		.attributes = config->attributes,
	};

	if (args.group)
		options.dir = directory;
	strcpy(options.group, group);
	arena_set_limit(config->memory_limit);
	segment_configure(&options);
	if (!thread_claim(&thread_self))
		exit(1);
	symbol_init();
	/* Of another group they are not known. */
	if (!strcmp(group, config->group)) {
		recorder_start(config->record);
		definitions_add(config);
	}
	thread_release(&thread_self);
}

static int release(void)
{
	int error = exporter_host_release();
	char holder[80], text[160];

	if (!error)
		return 0;
	if (error != -EBUSY) {
		say(strerror(-error));
		return 1;
	}
	describe_holder(holder, sizeof(holder));
	snprintf(text, sizeof(text), "%s exports this group; end it first",
		 holder);
	say(text);
	return 1;
}

static int run(void)
{
	int error = exporter_host_take(say_who_waits);

	if (error == -EINTR)
		return 0;
	if (error == -ENOEXEC)
		say("none of the reporters can be used");
	else if (error)
		say(strerror(-error));
	if (error)
		return 1;
	notify("READY=1\nSTATUS=exporting");
	exporter_host_run();
	notify("STOPPING=1\nSTATUS=the last report");
	exporter_host_finish();
	return 0;
}

static int parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "reporters", required_argument, NULL, 'r' },
		{ "group", required_argument, NULL, 'g' },
		{ "release", no_argument, NULL, 'x' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == 'r' && *optarg)
			args.reporters = optarg;
		else if (option == 'g' && *optarg)
			args.group = optarg;
		else if (option == 'x')
			args.release = true;
		else if (option == 'h')
			return printf("%s", usage) < 0;
		else
			return 2;
	}
	return optind < argc ? 2 : -1;
}

int main(int argc, char **argv)
{
	static struct config released;
	const struct config *config;
	int status = parse(argc, argv);

	if (status == 2)
		fputs(usage, stderr);
	if (status >= 0)
		return status;
	env_capture(environ);
	clock_init();
	thread_init();
	config = config_load_host(args.reporters);
	if (!config->reporters && !args.release) {
		fputs("telemetry-host: no reporters; expected --reporters LIST "
		      "or TELEMETRY_REPORTERS\n",
		      stderr);
		return 2;
	}
	status = choose_group(config);
	if (status)
		return status;
	set_signals();
	configure(config);
	/* What is released is not reported. */
	released = *config;
	released.reporters = NULL;
	exporter_host_init(args.release ? &released : config);
	return args.release ? release() : run();
}
