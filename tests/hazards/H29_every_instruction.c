/*
 * H29: a thread that may be cancelled at any instruction is cancelled at each
 * of those that a wrapper adds to a call, one after another: the processor
 * traps after every instruction, and the n-th in the shim is the last.
 *
 * Technique: clean-up code runs only in a frame that was in the middle of a
 * call (unwind.c); elsewhere it would find a stack that is not aligned and
 * variables that are not set.  The span ends with its thread.
 *
 * modes: record
 */
#include "hazard_net.h"

#include <link.h>
#include <signal.h>
#include <sys/sendfile.h>
#include <ucontext.h>

#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) &&                   \
	!defined(__SANITIZE_THREAD__)
#define MOST 20000 /* instructions of the shim in one call */
#define PLACE(c) ((uintptr_t)((ucontext_t *)(c))->uc_mcontext.gregs[REG_RIP])
#define STEP(on_off)                                                           \
	__asm__ volatile("sub $128, %%rsp; pushfq; " on_off                    \
			 " (%%rsp); popfq; add $128, %%rsp" ::                 \
				 : "memory", "cc")
#else
#define MOST 0
#define PLACE(context) ((void)(context), (uintptr_t)0)
#define STEP(on_off) ((void)0)
#endif
#define FEW 100 /* fewer than in any */
#define GARBAGE 16384
#define FIRST_FD 200

static int pair[2];
static char text[64];
static uintptr_t low, high; /* the shim's code */
static unsigned long started, ended;
static bool is_listening;
static __thread long left;

static int find_shim(struct dl_phdr_info *info, size_t size, void *data)
{
	int i;

	(void)size;
	(void)data;
	if (!info->dlpi_name || !strstr(info->dlpi_name, "libtelemetry_shim"))
		return 0;
	for (i = 0; i < info->dlpi_phnum; i++) {
		if (info->dlpi_phdr[i].p_type != PT_LOAD ||
		    !(info->dlpi_phdr[i].p_flags & PF_X))
			continue;
		low = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
		high = low + info->dlpi_phdr[i].p_memsz;
	}
	return 1;
}

static void on_step(int number, siginfo_t *info, void *context)
{
	uintptr_t at = PLACE(context);

	(void)number;
	(void)info;
	if (at - low >= high - low)
		return;
	if (--left == 0)
		pthread_cancel(pthread_self());
}

/* What was on the stack before is no variable of anybody's. */
static void spoil_stack(void)
{
	volatile char garbage[GARBAGE];
	size_t i;

	for (i = 0; i < sizeof(garbage); i++)
		garbage[i] = (char)0xff;
}

static void (*tried)(void);

static void *try(void *number)
{
	int old;

	tried(); /* the first one does more */
	spoil_stack();
	left = (long)(size_t)number;
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
	STEP("orq $0x100,");
	tried();
	STEP("andq $~0x100,");
	pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &old);
	return NULL;
}

static int listener, file;
static struct pollfd ready;
static const struct sockaddr_un absent = { AF_UNIX, "absent" };

static void try_send(void)
{
	CHECK(send(pair[0], text, 1, 0) == 1);
}

static void try_recv(void)
{
	CHECK(recv(pair[1], text, 1, 0) == 1);
}

static void try_sendfile64(void)
{
	off64_t at = 0;

	CHECK(sendfile64(pair[0], file, &at, 1) == 1);
}

static void try_poll(void)
{
	CHECK(poll(&ready, 1, 0) == 1);
}

static void try_connect(void)
{
	CHECK(connect(listener, (const void *)&absent, sizeof(absent)) < 0);
}

static void try_accept(void)
{
	CHECK(accept(listener, NULL, NULL) < 0);
}

static void try_close(void)
{
	CHECK(close(fcntl(pair[0], F_DUPFD, FIRST_FD)) == 0);
}

/* Is the thread that makes this call cancelled at the n-th instruction? */
static bool is_cancelled(void (*call)(void), long n)
{
	pthread_t thread;
	void *result;

	/* For two receives. */
	CHECK(syscall(SYS_sendto, pair[0], text, 2, 0, NULL, 0) == 2);
	tried = call;
	CHECK(!pthread_create(&thread, NULL, try, (void *)n));
	CHECK(!pthread_join(thread, &result));
	while (syscall(SYS_recvfrom, pair[1], text, sizeof(text), MSG_DONTWAIT,
		       NULL, NULL) > 0)
		;
	syscall(SYS_close_range, FIRST_FD, ~0u, 0);
	return result == PTHREAD_CANCELED;
}

static void *send_once(void *arg)
{
	try_send();
	return arg;
}

/* Nothing of those that are gone is in the way. */
static void check_others(void)
{
	unsigned long was_started = started, was_ended = ended;
	pthread_t thread;

	CHECK(!pthread_create(&thread, NULL, send_once, NULL));
	CHECK(!pthread_join(thread, NULL));
	send_once(NULL);
	if (is_listening) {
		CHECK(started == was_started + 2);
		CHECK(ended == was_ended + 2);
	}
}

/* Each of the first ones, then every `pace`-th. */
static void cancel(void (*call)(void), long first, long pace)
{
	long n = 1;

	while (is_cancelled(call, n)) {
		CHECK(n < MOST);
		n += n < first ? 1 : pace;
	}
	CHECK(n > FEW || !shimmed() || MOST == 0);
	check_others();
}

static void cancel_all(void)
{
	cancel(try_recv, 30, 29);
	cancel(try_sendfile64, 30, 29);
	cancel(try_poll, 30, 29);
	cancel(try_connect, 30, 149);
	cancel(try_accept, 30, 29);
	cancel(try_close, 30, 149);
}

int main(void)
{
	const struct sigaction action = { .sa_sigaction = on_step,
					  .sa_flags = SA_SIGINFO };

	if (MOST > 0)
		dl_iterate_phdr(find_shim, NULL);
	CHECK(!sigaction(SIGTRAP, &action, NULL));
	pair_of(pair);
	ready = (struct pollfd){ pair[0], POLLOUT, 0 };
	listener = listen_unix("listener", 1);
	CHECK(!fcntl(listener, F_SETFL, O_NONBLOCK));
	file = open("file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK(file >= 0 && write(file, text, sizeof(text)) == sizeof(text));
	cancel(try_send, MOST, 1);
	cancel_all();
	listen_to("libc.socket.send.start", count_event, &started);
	listen_to("libc.socket.send.stop", count_event, &ended);
	is_listening = shimmed();
	cancel(try_send, 1, 149);
	return hazard_end();
}
