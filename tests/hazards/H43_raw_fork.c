/*
 * H43: children made by _Fork() and by the raw system call run no atfork
 * handler.  They keep working, record under their own pid, and end the
 * parent's spans and segment in no way.
 *
 * Technique: an "alive" word in a MADV_WIPEONFORK page; the first event in the
 * child sees zero and starts afresh without locks.
 *
 * modes: record
 * check: for p in $(cat record/cwd/pids); do find record/dir -name "$p.*" | grep -q . || exit 1; done
 */
#include "hazard_net.h"

#include <signal.h>
#include <sys/wait.h>

static unsigned long sends, recvs;
static FILE *pids;

static void exchange(int rounds)
{
	int pair[2];
	char byte = 'x';

	pair_of(pair);
	while (rounds-- > 0) {
		free(realloc(malloc(30), 300));
		CHECK(send(pair[0], &byte, 1, 0) == 1);
		CHECK(recv(pair[1], &byte, 1, 0) == 1);
	}
	close(pair[0]);
	close(pair[1]);
}

static pid_t raw_fork(void)
{
	return (pid_t)syscall(SYS_fork);
}

static void *thread_main(void *arg)
{
	exchange(5);
	return arg;
}

static void child(unsigned long before)
{
	exchange(10);
	CHECK(connect_unix("absent") == -1 && errno == ENOENT);
	if (shimmed())
		CHECK(sends == before + 10);
	/* Handlers of the copy can be changed, and a grandchild works. */
	listen_to("libc.socket.recv.stop", count_event, &recvs);
	exchange(1);
	CHECK(!shimmed() || recvs == 1);
	if (shimmed())
		CHECK(telemetry_detach("hazard-1") == 0);
	before = sends;
	exchange(1);
	CHECK(sends == before);
}

static void run(const char *name, pid_t (*make)(void))
{
	unsigned long before = sends;
	int status;
	pid_t pid = make();

	CHECK(pid >= 0);
	if (pid == 0) {
		child(before);
		/* One that ends in order would take its file with it. */
		raise(SIGKILL);
	}
	fprintf(pids, "%d\n", (int)pid);
	CHECK(waitpid(pid, &status, 0) == pid);
	printf("%s: status %x\n", name, (unsigned int)status);
	exchange(1);
	CHECK(!shimmed() || sends == before + 1);
}

int main(void)
{
	pthread_t thread;

	pids = fopen("pids", "we");
	CHECK(pids);
	listen_to("libc.socket.send.stop", count_event, &sends);
	pthread_create(&thread, NULL, thread_main, NULL);
	pthread_join(thread, NULL);
	exchange(1);
	run("fork", fork);
	run("_Fork", _Fork);
	run("SYS_fork", raw_fork);
	fclose(pids);
	return hazard_end();
}
