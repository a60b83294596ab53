/*
 * H29: a wrapped call that blocks is still a cancellation point, and a span
 * that is left by cancellation ends as an exception of kind "cancel".
 *
 * Technique: the real libc function is called, not the system call;
 * -fexceptions and a cleanup attribute (WRAP_ON_UNWIND) in every wrapper of what
 * may be cancelled.
 *
 * modes: record events
 */
#include "hazard_net.h"

#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

static int pair[2], full[2], listener, epoll, file;
static bool passed;
static char text[64];
static struct iovec iov = { text, sizeof(text) };
static struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
static struct mmsghdr many = { .msg_hdr = { .msg_iov = &iov,
					    .msg_iovlen = 1 } };
static struct pollfd waiting;
static struct epoll_event event;
static unsigned long started, stopped, cancelled;
static pid_t tid;

static int on_cancel(const char *name, const struct telemetry_fields *m,
		     const struct telemetry_fields *metadata, void *config)
{
	const struct telemetry_value *kind = telemetry_get(metadata, "kind");

	if (kind && kind->length == 6 && !memcmp(kind->as.string, "cancel", 6))
		return count_event(name, m, metadata, config);
	return 0;
}

#define BLOCKING(name, call)                                                   \
	static void *block_in_##name(void *arg)                                \
	{                                                                      \
		__atomic_store_n(&tid, gettid(), __ATOMIC_SEQ_CST);            \
		(void)!(call);                                                 \
		return arg;                                                    \
	}

BLOCKING(recv, recv(pair[0], text, 1, 0))
BLOCKING(recvfrom, recvfrom(pair[0], text, 1, 0, NULL, NULL))
BLOCKING(recvmsg, recvmsg(pair[0], &message, 0))
BLOCKING(recvmmsg, recvmmsg(pair[0], &many, 1, 0, NULL))
BLOCKING(read, read(pair[0], text, 1))
BLOCKING(readv, readv(pair[0], &iov, 1))
BLOCKING(send, send(full[0], text, 64, 0))
BLOCKING(sendto, sendto(full[0], text, 64, 0, NULL, 0))
BLOCKING(sendmsg, sendmsg(full[0], &message, 0))
BLOCKING(sendmmsg, sendmmsg(full[0], &many, 1, 0))
BLOCKING(write, write(full[0], text, 64))
BLOCKING(writev, writev(full[0], &iov, 1))
BLOCKING(pwritev2, pwritev2(full[0], &iov, 1, -1, 0))
BLOCKING(pwritev64v2, pwritev64v2(full[0], &iov, 1, -1, 0))
BLOCKING(accept, accept(listener, NULL, NULL))
BLOCKING(accept4, accept4(listener, NULL, NULL, 0))
BLOCKING(poll, poll(&waiting, 1, -1))
BLOCKING(ppoll, ppoll(&waiting, 1, NULL, NULL))
BLOCKING(select, select(0, NULL, NULL, NULL, NULL))
BLOCKING(pselect, pselect(0, NULL, NULL, NULL, NULL, NULL))
BLOCKING(epoll_wait, epoll_wait(epoll, &event, 1, -1))
BLOCKING(epoll_pwait, epoll_pwait(epoll, &event, 1, -1, NULL))
BLOCKING(epoll_pwait2, epoll_pwait2(epoll, &event, 1, NULL, NULL))

static void cancel(const char *name, void *(*function)(void *))
{
	struct timespec end;
	unsigned long before = cancelled;
	pthread_t thread;
	void *result = NULL;

	tid = 0;
	CHECK(!pthread_create(&thread, NULL, function, NULL));
	WAIT_FOR(__atomic_load_n(&tid, __ATOMIC_SEQ_CST) && is_asleep(tid));
	CHECK(!pthread_cancel(thread));
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += PATIENCE_S;
	if (pthread_timedjoin_np(thread, &result, &end) != 0)
		hazard_failed(__FILE__, __LINE__, name);
	printf("%s: %s\n", name,
	       result == PTHREAD_CANCELED ? "cancelled" : "returned");
	if (shimmed() && cancelled != before + 1)
		hazard_failed(__FILE__, __LINE__, name);
}

#define TRY(name) cancel(#name, block_in_##name)

/* No cancellation point of libc's, and none of ours. */
static void *pass_sendfile64(void *arg)
{
	off64_t at = 0;

	CHECK(!pthread_cancel(pthread_self()));
	CHECK(sendfile64(pair[0], file, &at, 1) == 1);
	CHECK(sendfile(pair[0], file, NULL, 1) == 1);
	passed = true;
	pthread_testcancel();
	return arg;
}

static void cancel_later(void)
{
	pthread_t thread;
	void *result;

	CHECK(!pthread_create(&thread, NULL, pass_sendfile64, NULL));
	CHECK(!pthread_join(thread, &result));
	CHECK(passed && result == PTHREAD_CANCELED);
}

static void listen_all(void)
{
	static const char *const spans[] = { "accept", "send", "recv", "wait" };
	char name[64];
	size_t i;

	for (i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "libc.socket.%s.start", spans[i]);
		listen_to(name, count_event, &started);
		snprintf(name, sizeof(name), "libc.socket.%s.stop", spans[i]);
		listen_to(name, count_event, &stopped);
		snprintf(name, sizeof(name), "libc.socket.%s.exception",
			 spans[i]);
		listen_to(name, on_cancel, &cancelled);
	}
}

int main(void)
{
	pair_of(pair);
	pair_of(full);
	waiting = (struct pollfd){ pair[0], POLLIN, 0 };
	listener = listen_unix("listener", 1);
	epoll = epoll_create1(0);
	file = open("file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK(file >= 0 && pwrite(file, text, sizeof(text), 0) == 64);
	while (send(full[0], text, sizeof(text), MSG_DONTWAIT) > 0)
		;
	listen_all();
	TRY(recv);
	TRY(recvfrom);
	TRY(recvmsg);
	TRY(recvmmsg);
	TRY(read);
	TRY(readv);
	TRY(send);
	TRY(sendto);
	TRY(sendmsg);
	TRY(sendmmsg);
	TRY(write);
	TRY(writev);
	TRY(pwritev2);
	TRY(pwritev64v2);
	TRY(accept);
	TRY(accept4);
	TRY(poll);
	TRY(ppoll);
	TRY(select);
	TRY(pselect);
	TRY(epoll_wait);
	TRY(epoll_pwait);
	TRY(epoll_pwait2);
	cancel_later();
	CHECK(started == stopped + cancelled);
	return hazard_end();
}
