/*
 * H12, H31: coroutines that switch stacks between wrapped calls, and inside a
 * span: no event is lost, no span is taken for left behind because its frame
 * lies on another stack.
 *
 * Technique: makecontext and its kin are not wrapped; frames are compared only
 * within the known bounds of the thread's own stack.
 *
 * modes: record events
 */
#include "hazard_net.h"

#include <signal.h>
#include <ucontext.h>

#define STACK (64 << 10)
#define STEPS 50

static ucontext_t home, routines[2];
static int pair[2];
static volatile pid_t tid;
static unsigned long sends, recvs, stops, failures;

static void step(int self, int next)
{
	char byte = 'x';
	struct telemetry_span span;

	telemetry_span_begin(&span, "hazard.step", NULL, 0);
	CHECK(send(pair[0], &byte, 1, 0) == 1);
	free(malloc(100));
	swapcontext(&routines[self], &routines[next]);
	CHECK(recv(pair[1], &byte, 1, 0) == 1);
	telemetry_span_end(&span, NULL, 0, NULL, 0);
}

static void routine(int self)
{
	int i;

	for (i = 0; i < STEPS; i++)
		step(self, !self);
}

/* A signal's stack that lies above the stack of the thread. */
static void on_signal(int number)
{
	(void)number;
	CHECK(send(pair[0], "y", 1, 0) == 1);
}

static void *thread_main(void *stack)
{
	stack_t alternate = { .ss_sp = stack, .ss_size = STACK };
	char byte;

	CHECK(sigaltstack(&alternate, NULL) == 0);
	tid = gettid();
	CHECK(recv(pair[1], &byte, 1, 0) == 1 && byte == 'y');
	return NULL;
}

/* A call in progress, seen from a handler on another stack. */
static void handler_above(void)
{
	struct sigaction action = { .sa_handler = on_signal,
				    .sa_flags = SA_ONSTACK | SA_RESTART };
	char stack[STACK];
	pthread_t thread;

	CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
	CHECK(!pthread_create(&thread, NULL, thread_main, stack));
	WAIT_FOR(__atomic_load_n(&tid, __ATOMIC_SEQ_CST) && is_asleep(tid));
	CHECK(!pthread_kill(thread, SIGUSR1));
	CHECK(!pthread_join(thread, NULL));
}

int main(void)
{
	static char stacks[2][STACK];
	int i;

	pair_of(pair);
	listen_to("libc.socket.send.stop", count_event, &sends);
	listen_to("hazard.step.stop", count_event, &stops);
	listen_to("hazard.step.exception", count_event, &failures);
	listen_to("libc.socket.recv.stop", count_event, &recvs);
	listen_to("libc.socket.send.exception", count_event, &failures);
	listen_to("libc.socket.recv.exception", count_event, &failures);
	for (i = 0; i < 2; i++) {
		getcontext(&routines[i]);
		routines[i].uc_stack.ss_sp = stacks[i];
		routines[i].uc_stack.ss_size = STACK;
		routines[i].uc_link = &home;
		makecontext(&routines[i], (void (*)(void))routine, 1, i);
	}
	swapcontext(&home, &routines[0]);
	swapcontext(&home, &routines[1]);
	printf("done\n");
	CHECK(!shimmed() || sends == 2 * STEPS);
	handler_above();
	if (shimmed()) {
		CHECK(recvs == 2 * STEPS + 1);
		CHECK(stops == 2 * STEPS);
		CHECK(failures == 0);
	}
	return hazard_end();
}
