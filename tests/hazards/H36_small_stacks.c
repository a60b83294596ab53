/*
 * H36: threads with the smallest stack, and handlers of signals on a small
 * alternate stack, have room for the wrappers.
 *
 * Technique: wrapper frames of at most 512 bytes, -Wframe-larger-than, no
 * unwinding near the end of a stack.
 *
 * modes: record events
 */
#include "hazard_net.h"

#include <limits.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/uio.h>

#define SMALL_ALTERNATE 8192

static int pair[2];
static volatile sig_atomic_t handled;

static void exchange(void)
{
	struct iovec iov = { &(char){ 'x' }, 1 };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct pollfd p = { pair[0], POLLIN, 0 };
	char byte = 'x';
	int fd;

	CHECK(send(pair[0], &byte, 1, 0) == 1);
	CHECK(recv(pair[1], &byte, 1, 0) == 1);
	CHECK(sendmsg(pair[0], &message, 0) == 1);
	CHECK(recvmsg(pair[1], &message, 0) == 1);
	CHECK(poll(&p, 1, 0) == 0);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK(accept(fd, NULL, NULL) == -1 && errno == EINVAL);
	CHECK(close(fd) == 0);
}

static void *on_small_stack(void *arg)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = 1 };
	int i, fd;

	for (i = 0; i < 20; i++) {
		free(realloc(malloc(100), 3000));
		CHECK(connect_unix("absent") == -1 && errno == ENOENT);
		fd = socket(AF_INET, SOCK_STREAM, 0);
		CHECK(connect(fd, (struct sockaddr *)&in, sizeof(in)) == -1);
		close(fd);
		exchange();
	}
	return arg;
}

static void on_signal(int number)
{
	(void)number;
	exchange();
	handled++;
}

/* The first events of a thread, and later ones, on a stack with a guard. */
static void run_thread(void)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	CHECK(!pthread_attr_setstacksize(&attr, PTHREAD_STACK_MIN));
	CHECK(!pthread_create(&thread, &attr, on_small_stack, NULL));
	CHECK(!pthread_join(thread, NULL));
	pthread_attr_destroy(&attr);
}

/* Runs to the end of a guarded page if it runs over. */
static void run_alternate(void)
{
	struct sigaction action = { .sa_handler = on_signal,
				    .sa_flags = SA_ONSTACK };
	long least = sysconf(_SC_MINSIGSTKSZ);
	stack_t stack = { .ss_size = (size_t)least + SMALL_ALTERNATE };
	char *area = mmap(NULL, 32 * 4096, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(area != MAP_FAILED);
	stack.ss_size = (stack.ss_size + 4095) & ~4095ul;
	stack.ss_sp = area + 8 * 4096;
	CHECK(!mprotect(stack.ss_sp, stack.ss_size, PROT_READ | PROT_WRITE));
	CHECK(!sigaltstack(&stack, NULL));
	CHECK(!sigaction(SIGUSR1, &action, NULL));
	CHECK(!raise(SIGUSR1) && !raise(SIGUSR1));
	printf("handled %d signals\n", (int)handled);
}

int main(void)
{
	unsigned long seen = 0;
	int i;

	pair_of(pair);
	for (i = 0; i < 5; i++)
		run_thread();
	run_alternate();
	listen_to_libc(count_event, &seen);
	for (i = 0; i < 5; i++)
		run_thread();
	run_alternate();
	CHECK(!shimmed() || seen > 500);
	return hazard_end();
}
