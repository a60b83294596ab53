/*
 * replay_run.c - the process that runs one snippet in one situation: gets
 * there, runs it, and writes down the state it leaves behind.
 */
#include "replay_run.h"

#include <dlfcn.h>
#include <sys/mman.h>
#include <sys/syscall.h>

struct replay replay;

static struct snippet *snippets;

void replay_enlist(struct snippet *snippet)
{
	snippet->next = snippets;
	snippets = snippet;
}

struct snippet *replay_first(void)
{
	return snippets;
}

struct snippet *replay_find(const char *name)
{
	struct snippet *snippet = snippets;

	while (snippet && strcmp(snippet->name, name) != 0)
		snippet = snippet->next;
	return snippet;
}

int replay_offers(const struct snippet *snippet, enum mode mode)
{
	if (snippet->skip & 1U << mode)
		return 0;
	if (mode == MODE_FULL)
		return snippet->full != NULL;
	if (mode >= MODE_CANCEL)
		return snippet->blocks != NULL;
	return 1;
}

/* The launcher's file, mapped and closed: a snippet sees 0, 1 and 2 only. */
static struct shared *map_shared(const char *path)
{
	int fd = (int)syscall(SYS_open, path, O_RDWR, 0);
	void *at = mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE,
			MAP_SHARED, fd, 0);

	syscall(SYS_close, fd);
	return at == MAP_FAILED ? NULL : at;
}

int replay_setup(int argc, char **argv)
{
	const char *libraries = getenv("LD_PRELOAD");

	if (replay.shared)
		return 0;
	if (argc != 5 || strcmp(argv[1], "--child") != 0)
		return -1;
	replay.mode = (enum mode)atoi(argv[2]);
	replay.snippet = replay_find(argv[3]);
	replay.preloaded = libraries && *libraries;
	replay.armed = getenv("REPLAY_ARMED") != NULL;
	if (!replay.snippet)
		return -1;
	replay.process = getpid();
	replay.shared = map_shared(argv[4]);
	return replay.shared ? 0 : -1;
}

int replay_is_crowded(void)
{
	return replay.mode == MODE_THREADS && !replay.snippet->forks;
}

long replay_moved(long moved)
{
	if (moved > 0)
		replay.shared->bytes_moved += (uint64_t)moved;
	return moved;
}

void replay_before(void)
{
	if (replay.mode == MODE_PENDING)
		pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
}

void replay_after(void)
{
	if (replay.mode == MODE_PENDING)
		pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
}

/* A failed look-up of the program is still pending after the calls (H18). */
static void run_here(void)
{
	dlsym(RTLD_DEFAULT, "replay_does_not_exist");
	replay.snippet->run();
	show("dlerror() still pending", dlerror() != NULL);
}

static pthread_barrier_t start_line;

static void *run_thread(void *index)
{
	replay_index = (int)(intptr_t)index;
	replay_out = &replay.shared->channels[replay_index];
	pthread_barrier_wait(&start_line);
	run_here();
	return NULL;
}

static void run_threads(void)
{
	pthread_t threads[REPLAY_THREADS];
	intptr_t i;

	pthread_barrier_init(&start_line, NULL, REPLAY_THREADS);
	for (i = 0; i < REPLAY_THREADS; i++)
		pthread_create(&threads[i], NULL, run_thread, (void *)i);
	for (i = 0; i < REPLAY_THREADS; i++)
		pthread_join(threads[i], NULL);
}

static void run_forked(int raw)
{
	pid_t pid = raw ? (pid_t)syscall(SYS_fork) : fork();

	if (pid == 0) {
		run_here();
		replay_show_rest();
		replay_leave(0);
	}
	show_status(pid);
}

static void on_signal(int number)
{
	(void)number;
	run_here();
}

static void run_in_signal(void)
{
	struct sigaction action = { .sa_handler = on_signal,
				    .sa_flags = SA_ONSTACK };
	stack_t stack = { .ss_size = 256 * 1024 };

	stack.ss_sp = mmap(NULL, stack.ss_size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	sigaltstack(&stack, NULL);
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
}

static void *run_pending(void *unused)
{
	(void)unused;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	pthread_cancel(pthread_self());
	replay.snippet->run();
	return NULL;
}

static void run_cancelled(void)
{
	pthread_t thread;
	void *result = NULL;

	pthread_create(&thread, NULL, run_pending, NULL);
	pthread_join(thread, &result);
	show("cancelled", result == PTHREAD_CANCELED);
}

static pthread_key_t last_key;

/* Destructors run in rounds: the shim's own have all been before this. */
static void run_last(void *round)
{
	intptr_t number = (intptr_t)round + 1;

	if (number < PTHREAD_DESTRUCTOR_ITERATIONS)
		pthread_setspecific(last_key, (void *)number);
	else
		run_here();
}

static void *begin_last(void *unused)
{
	pthread_setspecific(last_key, (void *)1);
	free(malloc(10));
	return unused;
}

static void run_dead(void)
{
	pthread_t thread;

	pthread_key_create(&last_key, run_last);
	pthread_create(&thread, NULL, begin_last, NULL);
	pthread_join(thread, NULL);
}

static void run_mode(void)
{
	switch (replay.mode) {
	case MODE_THREADS:
		run_threads();
		break;
	case MODE_DEAD:
		run_dead();
		break;
	case MODE_FORK:
	case MODE_RAWFORK:
		run_forked(replay.mode == MODE_RAWFORK);
		break;
	case MODE_SIGNAL:
		run_in_signal();
		break;
	case MODE_NESTED:
		replay_nest(run_here);
		break;
	case MODE_PENDING:
		run_cancelled();
		break;
	case MODE_FULL:
		replay.snippet->full();
		break;
	case MODE_CANCEL:
	case MODE_EINTR:
	case MODE_LONGJMP:
		replay_run_blocking();
		break;
	default:
		run_here();
	}
}

void replay_reached(enum mode mode)
{
	int elsewhere = replay.mode == MODE_CTOR || replay.mode == MODE_INIT ||
			replay.mode == MODE_FINI;
	int fd;

	if (mode != (elsewhere ? replay.mode : MODE_PLAIN))
		return;
	replay_note_descriptors();
	for (fd = 0; fd < 16; fd++)
		if ((fcntl(fd, F_GETFD) >= 0) != (fd < 3))
			show("NOT AS IT WAS STARTED, descriptor", fd);
	replay_arm();
	run_mode();
	replay_show_rest();
	replay_check_seen();
	replay_check_interposed();
	replay.shared->finished = 1;
}

/* This library is initialised before the shim, and finished after it: it was
 * loaded later, and neither needs the other. */
static __attribute__((constructor)) void constructed(int argc, char **argv)
{
	if (replay_setup(argc, argv) == 0)
		replay_reached(MODE_CTOR);
}

static __attribute__((destructor)) void destructed(void)
{
	if (replay.shared && getpid() == replay.process)
		replay_reached(MODE_FINI);
}
