/*
 * H44: children of vfork, posix_spawn and clone(CLONE_VM) share our state with
 * the parent: they must leave no read section, no guard and no open span
 * behind when they exec or _exit.
 *
 * Technique: the wrappers of exec and _exit have nothing open at the moment of
 * the real call and take no lock; no flush in a process that is not ours.
 *
 * modes: record events
 */
#include "hazard_net.h"

#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#define ROUNDS 30

extern char **environ;
static char *const program[] = { "/bin/true", NULL };
static char *const missing[] = { "/nonexistent/program", NULL };
static unsigned long sends, seen;

static void finish(const char *name, pid_t pid, int expected)
{
	int status;

	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != expected)
		hazard_failed(__FILE__, __LINE__, name);
}

/* What python's subprocess does between vfork and exec, and more. */
static void vfork_exec(char *const argv[], int expected)
{
	int pair[2];
	pid_t pid;

	pair_of(pair);
	pid = vfork();
	if (pid == 0) {
		dup2(pair[1], 30);
		close_range(40, 50, 0);
		(void)!write(30, "x", 1);
		close(pair[0]);
		execve(argv[0], argv, environ);
		_exit(12);
	}
	finish("vfork", pid, expected);
	close(pair[0]);
	close(pair[1]);
}

static int clone_main(void *arg)
{
	char byte;

	CHECK(recv(*(int *)arg, &byte, 1, 0) == 1);
	execv(program[0], program);
	_exit(11);
}

static void clone_exec(void)
{
	static char stack[64 << 10] __attribute__((aligned(64)));
	int pair[2];

	pair_of(pair);
	CHECK(send(pair[0], "x", 1, 0) == 1);
	finish("clone",
	       clone(clone_main, stack + sizeof(stack),
		     CLONE_VM | CLONE_VFORK | SIGCHLD, &pair[1]),
	       0);
	close(pair[0]);
	close(pair[1]);
}

static void spawn(void)
{
	pid_t pid;

	CHECK(posix_spawn(&pid, program[0], NULL, NULL, program, environ) == 0);
	finish("posix_spawn", pid, 0);
	CHECK(posix_spawnp(&pid, "true", NULL, NULL, program, environ) == 0);
	finish("posix_spawnp", pid, 0);
	CHECK(posix_spawn(&pid, missing[0], NULL, NULL, missing, environ) ==
	      ENOENT);
	CHECK(system("exit 3") == 3 << 8);
	CHECK(execv(missing[0], missing) == -1 && errno == ENOENT);
}

/* In a thread of its own: one that is itself inside a read section waits for
 * nothing. */
static void *wait_for_readers(void *arg)
{
	CHECK(!telemetry_attach("grace", "libc.heap.alloc.stop", count_event,
				&seen));
	CHECK(!telemetry_detach_wait("grace"));
	return arg;
}

/* The parent goes on: events are seen, and a grace period ends. */
static void still_works(void)
{
	int pair[2];
	unsigned long before = sends;
	pthread_t thread;

	pair_of(pair);
	CHECK(send(pair[0], "x", 1, 0) == 1);
	close(pair[0]);
	close(pair[1]);
	if (!shimmed())
		return;
	CHECK(sends == before + 1);
	CHECK(!pthread_create(&thread, NULL, wait_for_readers, NULL));
	CHECK(!pthread_join(thread, NULL));
}

int main(void)
{
	int i;

	listen_to("libc.socket.send.stop", count_event, &sends);
	for (i = 0; i < ROUNDS; i++) {
		vfork_exec(program, 0);
		vfork_exec(missing, 12);
		clone_exec();
		still_works();
	}
	spawn();
	still_works();
	return hazard_end();
}
