/*
 * H63: threads that sit in a wrapped call for hours delay no grace period and
 * no fork.
 *
 * Technique: one short read section for the start of a span, another for its
 * end; none across the real call.
 *
 * modes: record events
 */
#include "hazard_net.h"

#include <sys/epoll.h>
#include <sys/wait.h>

#define PARKED 5

static int listener, pair[2], epoll;
static pid_t tids[PARKED];
static unsigned long starts, seen;

static void *park(void *arg)
{
	struct pollfd p = { pair[0], POLLIN, 0 };
	struct epoll_event event;
	char byte;

	__atomic_store_n(&tids[(size_t)arg], gettid(), __ATOMIC_SEQ_CST);
	switch ((size_t)arg) {
	case 0:
		close(accept(listener, NULL, NULL));
		break;
	case 1:
		CHECK(recv(pair[0], &byte, 1, MSG_PEEK) == 1);
		break;
	case 2:
		CHECK(poll(&p, 1, -1) == 1);
		break;
	case 3:
		CHECK(epoll_wait(epoll, &event, 1, -1) == 1);
		break;
	default:
		CHECK(recvfrom(pair[0], &byte, 1, MSG_PEEK, NULL, NULL) == 1);
	}
	return NULL;
}

static void listen_to_starts(void)
{
	static const char *const spans[] = { "accept", "recv", "wait" };
	char name[64];
	size_t i;

	for (i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "libc.socket.%s.start", spans[i]);
		listen_to(name, count_event, &starts);
	}
}

int main(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	pthread_t threads[PARKED];
	size_t i;
	pid_t pid;
	int fd;

	pair_of(pair);
	listener = listen_unix("listener", 4);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	CHECK(!epoll_ctl(epoll, EPOLL_CTL_ADD, pair[0], &event));
	listen_to_starts();
	for (i = 0; i < PARKED; i++)
		pthread_create(&threads[i], NULL, park, (void *)i);
	for (i = 0; i < PARKED; i++)
		WAIT_FOR(__atomic_load_n(&tids[i], __ATOMIC_SEQ_CST) &&
			 is_asleep(tids[i]));
	CHECK(!shimmed() || starts == PARKED);
	for (i = 0; i < 20 && shimmed(); i++) {
		CHECK(!telemetry_attach("x", "libc.socket.recv.stop",
					count_event, &seen));
		CHECK(!telemetry_detach_wait("x"));
	}
	pid = fork();
	if (pid == 0)
		_exit(0);
	CHECK(waitpid(pid, NULL, 0) == pid);
	fd = connect_unix("listener");
	CHECK(write(pair[1], "x", 1) == 1);
	for (i = 0; i < PARKED; i++)
		pthread_join(threads[i], NULL);
	close(fd);
	return hazard_end();
}
