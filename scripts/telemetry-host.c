/*
 * telemetry-host.c - exports a group, or all groups of a user, from a process
 * of its own, so that none of the observed processes has a thread of ours or
 * loads a reporter.
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
#include "runtime/group_holder.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static const char usage[] =
	"usage: telemetry-host [--reporters LIST] [--group DIR | --all]\n"
	"       telemetry-host [--group DIR | --all] --release\n"
	"Exports what the processes of a group record.\n"
	"  --reporters LIST  in place of TELEMETRY_REPORTERS; the group is "
	"that\n"
	"                    of processes that have no reporters themselves\n"
	"  --group DIR       a group by its folder, or by that folder's name;\n"
	"                    else the one of the variables, as in any process\n"
	"  --all             every group of this user in TELEMETRY_DIR or\n"
	"                    /dev/shm/telemetry-UID, those that come later "
	"too\n"
	"  --release         the group's processes report for themselves "
	"again\n";

static struct {
	const char *reporters, *group, *executable;
	bool all, release;
	char **argv;
} args;

static volatile sig_atomic_t reloads;

static char directory[1100]; /* of the group's folder */
static char group[17];

static void say(const char *text)
{
	fprintf(stderr, "telemetry-host: %s: %s\n", segment_directory(), text);
}

/* Is it all groups, and not one of them? */
static bool is_about_all(void)
{
	return args.all && !strcmp(segment_directory(), directory);
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

/* ---- which group --------------------------------------------------------- */

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
	if (!args.group) {
		length = (int)strlen(directory);
		while (length > 1 && directory[length - 1] == '/')
			directory[--length] = '\0';
		return 0;
	}
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

/* ---- who has the lock ---------------------------------------------------- */

static void describe_holder(char *text, size_t size)
{
	char path[64], name[32] = "?";
	int pid = group_lock_holder();
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
	snprintf(text, sizeof(text), "%s exports %s; waiting for its end",
		 holder, is_about_all() ? "all groups" : "this group");
	say(text);
	if (!args.all || is_about_all())
		notify("READY=1\nSTATUS=waiting for another exporter to end");
}

/* ---- running ------------------------------------------------------------- */

static void end(int number)
{
	int saved = errno;

	(void)number;
	exporter_host_end();
	errno = saved;
}

/* The same program once more, in the same process: it reads its configuration
 * and loads its reporters as a new one does. */
static void reload(int number)
{
	reloads = 1;
	end(number);
}

/* All others are blocked, as in the thread of a process: what wakes that one
 * must not end this one. */
static void set_signals(void)
{
	static const int open[] = { SIGTERM, SIGINT,  SIGHUP,  SIGTSTP,
				    SIGTTIN, SIGTTOU, SIGSEGV, SIGBUS,
				    SIGFPE,  SIGILL,  SIGABRT };
	const struct sigaction ends = { .sa_handler = end };
	const struct sigaction again = { .sa_handler = reload };
	sigset_t blocked;
	size_t i;

	sigfillset(&blocked);
	for (i = 0; i < ARRAY_SIZE(open); i++)
		sigdelset(&blocked, open[i]);
	sigaction(SIGTERM, &ends, NULL);
	sigaction(SIGINT, &ends, NULL);
	sigaction(SIGHUP, &again, NULL);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
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

static void cannot_release(int error)
{
	char holder[80], text[200];

	if (error == -EPERM) {
		snprintf(text, sizeof(text),
			 "all groups are telemetry-host's; release them "
			 "with --all");
	} else if (error == -EBUSY) {
		describe_holder(holder, sizeof(holder));
		snprintf(text, sizeof(text), "%s exports %s; end it first",
			 holder, is_about_all() ? "all groups" : "this group");
	} else {
		snprintf(text, sizeof(text), "%s", strerror(-error));
	}
	say(text);
}

static int release(void)
{
	int error;

	if (args.all)
		return exporter_host_release_all(directory, cannot_release) !=
		       0;
	error = exporter_host_release();
	if (error)
		cannot_release(error);
	return error != 0;
}

/* From here on as after an exec by somebody else: what is open is closed, and
 * the counters go on. */
static int begin_again(void)
{
	/* The others stay blocked: what woke this thread may be pending. */
	signal(SIGHUP, SIG_IGN);
	/* What has been installed meanwhile, if it is there. */
	execv(args.executable, args.argv);
	execv("/proc/self/exe", args.argv);
	fprintf(stderr, "telemetry-host: cannot begin again: %s\n",
		strerror(errno));
	return 1;
}

static void tell_reload(void)
{
	struct timespec now;
	char text[80];

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%llu",
		 (unsigned long long)now.tv_sec * 1000000 +
			 (unsigned long long)now.tv_nsec / 1000);
	notify(text);
}

static int run(void)
{
	int error = args.all ? exporter_host_take_all(directory, say_who_waits)
			     : exporter_host_take(say_who_waits);

	if (error == -EINTR)
		return reloads ? begin_again() : 0;
	if (error == -ENOEXEC)
		say("none of the reporters can be used");
	else if (error)
		say(strerror(-error));
	if (error)
		return 1;
	notify("READY=1\nSTATUS=exporting");
	exporter_host_run();
	if (reloads)
		tell_reload();
	else
		notify("STOPPING=1\nSTATUS=the last report");
	exporter_host_finish();
	return reloads ? begin_again() : 0;
}

static int parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "reporters", required_argument, NULL, 'r' },
		{ "group", required_argument, NULL, 'g' },
		{ "all", no_argument, NULL, 'a' },
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
		else if (option == 'a')
			args.all = true;
		else if (option == 'x')
			args.release = true;
		else if (option == 'h')
			return printf("%s", usage) < 0;
		else
			return 2;
	}
	args.argv = argv;
	if (!args.all || !args.group)
		return optind < argc ? 2 : -1;
	fputs("telemetry-host: --all is every group, --group is one; expected "
	      "one of the two\n",
	      stderr);
	return 2;
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
	args.executable = config->executable;
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
