/*
 * H30: a C++ exception goes through a wrapper, and the span that it leaves
 * ends as an exception event.  The originals behind the shim are a library whose
 * functions throw.
 *
 * Technique: -fexceptions and unwind tables for the whole shim, the cleanup
 * attribute in every wrapper, no noexcept boundary.
 *
 * sibling: behind
 * modes: record events
 */
#include "hazard.h"

#include <malloc.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>

#ifdef HAZARD_SIBLING

extern "C" int hazard_throws;
int hazard_throws;
extern "C" void *__libc_valloc(size_t size);

static void maybe(void)
{
	if (hazard_throws)
		throw std::runtime_error("from below");
}

extern "C" ssize_t send(int fd, const void *buffer, size_t size, int flags)
{
	maybe();
	return syscall(SYS_sendto, fd, buffer, size, flags, NULL, 0);
}

extern "C" ssize_t recvfrom(int fd, void *buffer, size_t size, int flags,
			    struct sockaddr *from, socklen_t *length)
{
	maybe();
	return syscall(SYS_recvfrom, fd, buffer, size, flags, from, length);
}

extern "C" int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	maybe();
	return (int)syscall(SYS_poll, fds, count, timeout);
}

extern "C" void *valloc(size_t size) noexcept(false)
{
	maybe();
	return __libc_valloc(size);
}

#else

extern "C" __attribute__((weak)) int hazard_throws;
static unsigned long started, stopped, unwound;

template <class F> static int caught(F call)
{
	try {
		call();
	} catch (const std::runtime_error &) {
		return 1;
	}
	return 0;
}

static void everything(const char *when)
{
	struct pollfd none = {};
	char byte = 0;
	int pair[2], total = 0;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	total += caught([&] { send(pair[0], &byte, 1, 0); });
	total += caught(
		[&] { recvfrom(pair[1], &byte, 1, MSG_DONTWAIT, NULL, NULL); });
	total += caught([&] { poll(&none, 0, 0); });
	void *(*volatile allocate)(size_t) = valloc;
	total += caught([&] { free(allocate(10)); });
	close(pair[0]);
	close(pair[1]);
	printf("%s: %d exceptions\n", when, total);
}

int main()
{
	static const char *const spans[] = { "libc.socket.send",
					     "libc.socket.recv",
					     "libc.socket.wait",
					     "libc.heap.alloc" };

	CHECK(&hazard_throws != NULL);
	for (size_t i = 0; i < 3; i++) {
		char name[64];

		snprintf(name, sizeof(name), "%s.start", spans[i]);
		listen_to(name, count_event, &started);
		snprintf(name, sizeof(name), "%s.stop", spans[i]);
		listen_to(name, count_event, &stopped);
	}
	for (size_t i = 0; i < 4; i++) {
		char name[64];

		snprintf(name, sizeof(name), "%s.exception", spans[i]);
		listen_to(name, count_event, &unwound);
	}
	everything("before");
	hazard_throws = 1;
	everything("throwing");
	hazard_throws = 0;
	everything("after");
	if (shimmed()) {
		CHECK(unwound == 4);
		CHECK(started == 9 && stopped == 6);
	}
	return hazard_end();
}

#endif
