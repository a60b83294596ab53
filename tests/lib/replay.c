/*
 * replay.c - replays one snippet in every situation it offers, each in a
 * process of its own, and prints the transcripts.  Compares nothing: that is
 * replay.sh, which calls this without and with a library to preload.
 *
 *	replay [--preload LIBRARY] [--armed] [--mode MODE] SNIPPET
 *	replay --list
 *
 * The launcher itself is never preloaded, and a child starts with the
 * descriptors 0, 1 and 2 and six variables.
 */
#include "replay_run.h"

#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

const char *const replay_mode_names[MODES] = {
	[MODE_PLAIN] = "plain",	     [MODE_THREADS] = "threads",
	[MODE_CTOR] = "constructor", [MODE_INIT] = "init",
	[MODE_FINI] = "destructor",  [MODE_DEAD] = "dead thread",
	[MODE_FORK] = "fork",	     [MODE_RAWFORK] = "raw fork",
	[MODE_SIGNAL] = "signal",    [MODE_NESTED] = "nested",
	[MODE_PENDING] = "pending",  [MODE_CANCEL] = "cancel",
	[MODE_EINTR] = "eintr",	     [MODE_LONGJMP] = "longjmp",
	[MODE_FULL] = "full",
};

/* What every child gets; the LD_PRELOAD and REPLAY_ARMED slots may be NULL. */
struct launch {
	const char *preload;
	int armed, deadline; /* s */
	char preload_entry[PATH_MAX + 16];
	char *env[8];
	int transcript, output; /* files */
	struct shared *shared;
};

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static void prepare_env(struct launch *launch)
{
	static char directory[PATH_MAX + 16];
	const char *own = getenv("TELEMETRY_DIR");
	int n = 0;

	launch->env[n++] = "PATH=/usr/bin:/bin";
	launch->env[n++] = "LC_ALL=C";
	snprintf(directory, sizeof(directory), "TELEMETRY_DIR=%s",
		 own ? own : "/nonexistent");
	launch->env[n++] = directory;
	if (launch->preload) {
		snprintf(launch->preload_entry, sizeof(launch->preload_entry),
			 "LD_PRELOAD=%s", launch->preload);
		launch->env[n++] = launch->preload_entry;
	}
	if (launch->armed)
		launch->env[n++] = "REPLAY_ARMED=1";
}

static void prepare(struct launch *launch)
{
	const char *deadline = getenv("REPLAY_DEADLINE");
	struct rlimit no_core = { 0, 0 };
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	signal(SIGPIPE, SIG_DFL);
	setrlimit(RLIMIT_CORE, &no_core);
	launch->deadline = deadline ? atoi(deadline) : 30;
	launch->transcript = memfd_create("transcript", MFD_CLOEXEC);
	launch->output = memfd_create("output", MFD_CLOEXEC);
	if (launch->transcript < 0 || launch->output < 0 ||
	    ftruncate(launch->transcript, sizeof(struct shared)) != 0)
		die("memfd");
	fcntl(launch->output, F_SETFL, O_APPEND);
	launch->shared =
		mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE,
		     MAP_SHARED, launch->transcript, 0);
	if (launch->shared == MAP_FAILED)
		die("mmap");
	prepare_env(launch);
}

static pid_t start(struct launch *launch, const char *name, enum mode mode)
{
	char number[16], path[64], *argv[6] = { "replay", "--child", number };
	struct rlimit files = { 1024, 1024 };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	pid_t pid = -1;
	int error;

	snprintf(number, sizeof(number), "%d", mode);
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", getpid(),
		 launch->transcript);
	argv[3] = (char *)name;
	argv[4] = path;
	if (mode == MODE_FULL)
		files.rlim_cur = 48;
	setrlimit(RLIMIT_NOFILE, &files);
	sigemptyset(&none);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK |
						      POSIX_SPAWN_SETPGROUP);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, launch->output, 1);
	posix_spawn_file_actions_adddup2(&actions, launch->output, 2);
	posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	error = posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, argv,
			    launch->env);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	if (error) {
		errno = error;
		die("posix_spawn");
	}
	return pid;
}

/* Its wait status; -1 when it had to be killed. */
static int await(const struct launch *launch, pid_t pid)
{
	struct timespec patience = { .tv_sec = launch->deadline };
	int status = 0, late = 0;
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	while (waitpid(pid, &status, WNOHANG) == 0)
		if (sigtimedwait(&child, NULL, &patience) < 0 &&
		    errno == EAGAIN) {
			late = 1;
			kill(-pid, SIGKILL);
			waitpid(pid, &status, 0);
			break;
		}
	return late ? -1 : status;
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Threads print in any order. */
static void print_output(const struct launch *launch, enum mode mode)
{
	char text[65536], *lines[1024], *line;
	ssize_t length = pread(launch->output, text, sizeof(text) - 1, 0);
	size_t count = 0, i;

	if (length <= 0)
		return;
	text[length] = '\0';
	for (line = strtok(text, "\n"); line && count < 1024;
	     line = strtok(NULL, "\n"))
		lines[count++] = line;
	if (mode == MODE_THREADS)
		qsort(lines, count, sizeof(*lines), compare_lines);
	printf("standard output and error:\n");
	for (i = 0; i < count; i++)
		puts(lines[i]);
}

static void print_channels(const struct shared *shared, enum mode mode)
{
	int count = mode == MODE_THREADS ? REPLAY_THREADS : 1, i;

	for (i = 0; i < count; i++) {
		const struct channel *out = &shared->channels[i];

		if (count > 1)
			printf("thread %d:\n", i);
		printf("%.*s%s", (int)out->length, out->text,
		       out->truncated ? "TRANSCRIPT TOO LONG\n" : "");
	}
}

/* 0 when the process came to an end by itself. */
static int replay_mode(struct launch *launch, const char *name, enum mode mode)
{
	int status;

	memset(launch->shared, 0, sizeof(*launch->shared));
	if (ftruncate(launch->output, 0) != 0)
		die("ftruncate");
	status = await(launch, start(launch, name, mode));
	printf("== %s\n", replay_mode_names[mode]);
	print_channels(launch->shared, mode);
	print_output(launch, mode);
	if (status == -1)
		printf("HANGS: killed\n");
	else if (WIFSIGNALED(status))
		printf("killed by SIG%s\n", sigabbrev_np(WTERMSIG(status)));
	else
		printf("exit status %d%s\n", WEXITSTATUS(status),
		       launch->shared->finished ? "" : ", not finished");
	return status == -1 ? -1 : 0;
}

/* How the executable came to an end is part of each transcript. */
static int child_main(void)
{
	replay_reached(MODE_PLAIN);
	return 7;
}

/* For the snippet of the function that calls main. */
static int echo_main(int argc, char **argv, char **envp)
{
	int i;

	for (i = 1; i < argc; i++)
		printf("argument %s\n", argv[i]);
	printf("arguments end: %d, environment is environ: %d\n",
	       argv[argc] == NULL, envp == environ);
	return argc;
}

static __attribute__((constructor)) void initialised(void)
{
	if (replay.shared)
		replay_reached(MODE_INIT);
}

static int list(void)
{
	const struct snippet *snippet;

	for (snippet = replay_first(); snippet; snippet = snippet->next)
		puts(snippet->name);
	return 0;
}

static int launch_all(struct launch *launch, const char *name, const char *only)
{
	const struct snippet *snippet = name ? replay_find(name) : NULL;
	int mode;

	if (!snippet) {
		fprintf(stderr, "replay: no snippet %s\n",
			name ? name : "given");
		return 2;
	}
	prepare(launch);
	for (mode = 0; mode < MODES; mode++)
		if (replay_offers(snippet, (enum mode)mode) &&
		    (!only || strcmp(only, replay_mode_names[mode]) == 0) &&
		    replay_mode(launch, name, (enum mode)mode) != 0)
			break;
	return 0;
}

int main(int argc, char **argv, char **envp)
{
	struct launch launch = { 0 };
	const char *only = NULL;

	if (replay.shared)
		return child_main();
	if (argc > 1 && strcmp(argv[1], "--main") == 0)
		return echo_main(argc, argv, envp);
	if (argc > 1 && strcmp(argv[1], "--list") == 0)
		return list();
	for (argv++; *argv && **argv == '-'; argv++)
		if (strcmp(*argv, "--preload") == 0 && argv[1])
			launch.preload = *++argv;
		else if (strcmp(*argv, "--mode") == 0 && argv[1])
			only = *++argv;
		else if (strcmp(*argv, "--armed") == 0)
			launch.armed = 1;
	return launch_all(&launch, *argv, only);
}
