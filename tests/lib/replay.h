/*
 * replay.h - what a snippet in tests/snippets is made of.
 *
 * A snippet exercises one function that the shim exports and writes down what
 * it saw; nothing here judges.  The same snippet is replayed in many
 * situations (enum mode), bare and under the preload, and the transcripts must
 * be equal: so they hold no address, no pid, no time.
 *
 *	SNIPPET(send, .span = "libc.socket.send")
 *	{
 *		int pair[2];
 *
 *		open_pair(pair);
 *		CALL(send(pair[0], "hello", 5, 0));
 *		drop_pair(pair);
 *	}
 */
#ifndef TESTS_LIB_REPLAY_H
#define TESTS_LIB_REPLAY_H

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* The situations.  The last ones exist only for snippets that offer them. */
enum mode {
	MODE_PLAIN,   /* in main */
	MODE_THREADS, /* in four threads at once */
	MODE_CTOR,    /* in a library's constructor, before the shim's own */
	MODE_INIT,    /* in the executable's constructor, after the shim's */
	MODE_FINI,    /* in a library's destructor, after the shim's own */
	MODE_DEAD,    /* in the last destructor of a thread */
	MODE_FORK,    /* in a child of fork() */
	MODE_RAWFORK, /* in a child that libc does not know of */
	MODE_SIGNAL,  /* in a signal handler on its own stack */
	MODE_NESTED,  /* in a telemetry handler, where there is one */
	MODE_PENDING, /* with a cancellation waiting for the first CALL */
	MODE_CANCEL,  /* .blocks, cancelled while it blocks */
	MODE_EINTR,   /* .blocks, interrupted by a signal */
	MODE_LONGJMP, /* .blocks, left by siglongjmp(); then .run */
	MODE_FULL,    /* .full, with no free descriptor left after exhaust() */
	MODES
};

struct snippet {
	const char *name; /* the exported function */
	const char *span; /* a successful call emits it, or NULL */
	void (*run)(void);
	void (*blocks)(void); /* blocks for ever, in BLOCK(call) */
	void (*full)(void);
	unsigned skip;	/* bit per mode in which it makes no sense */
	unsigned forks; /* children in MODE_THREADS too */
	struct snippet *next;
};

/* One file defines one snippet; the name is the file's. */
#define SNIPPET(function, ...)                                                 \
	static void run(void);                                                 \
	static struct snippet self = { .name = #function,                      \
				       .run = run,                             \
				       ##__VA_ARGS__ };                        \
	static __attribute__((constructor(101))) void enlist(void)             \
	{                                                                      \
		replay_enlist(&self);                                          \
	}                                                                      \
	static void run(void)

/* errno before every call: a success must leave it alone. */
#define MARK 0xDEAD

/* Make the call, write down its text, result and errno; value: the result. */
#define CALL(call) CALL_AS(show_number, #call, call)
#define CALL_FD(call) CALL_AS(show_fd, #call, call)
#define CALL_PTR(call) CALL_AS(show_pointer, #call, call)
/* Moves bytes through a socket: the span's must be as many (replay_moved). */
#define CALL_IO(call) replay_moved(CALL_AS(show_number, #call, call))
#define CALL_AS(show_result, text, call)                                       \
	__extension__({                                                        \
		__typeof__(call) ret_;                                         \
		int errno_;                                                    \
		replay_before();                                               \
		errno = MARK;                                                  \
		ret_ = (call);                                                 \
		errno_ = errno;                                                \
		replay_after();                                                \
		show_result(text, ret_, errno_);                               \
		ret_;                                                          \
	})
#define CALL_VOID(call)                                                        \
	do {                                                                   \
		int errno_;                                                    \
		replay_before();                                               \
		errno = MARK;                                                  \
		call;                                                          \
		errno_ = errno;                                                \
		replay_after();                                                \
		show_number(#call, 0, errno_);                                 \
	} while (0)
/* In .blocks: the call that does not come back by itself. */
#define BLOCK(call)                                                            \
	do {                                                                   \
		replay_about_to_block();                                       \
		CALL_AS(show_number, #call, call);                             \
	} while (0)
/*
 * Runs the statements in a child and writes down how it ended.  Not while
 * other threads replay the same, for their sockets would live on in the child;
 * unless children are what the snippet is about.
 */
#define IN_CHILD(...)                                                          \
	do {                                                                   \
		pid_t pid_;                                                    \
                                                                               \
		if (replay_is_crowded())                                       \
			break;                                                 \
		pid_ = fork();                                                 \
		if (pid_ == 0) {                                               \
			__VA_ARGS__;                                           \
			replay_leave(99);                                      \
		}                                                              \
		show_status(pid_);                                             \
	} while (0)

/* One line each in the transcript.  Async-signal-safe, no allocation. */
void show_number(const char *what, long value, int error);
void show_fd(const char *what, int fd, int error);
void show_pointer(const char *what, const void *pointer, int error);
void show(const char *what, long value);
void show_text(const char *what, const char *text);
void show_bytes(const char *what, const void *bytes, size_t length);
void show_status(pid_t pid); /* waits for it */

/* Setting the scene.  Each ends the process when it cannot. */
void open_pair(int pair[2]);   /* connected stream sockets */
void open_dgrams(int pair[2]); /* connected datagram sockets */
void drop_pair(const int pair[2]);
int open_file(void); /* ten bytes "0123456789", at offset 0; no socket */
int open_listener(struct sockaddr_in *at); /* TCP on the loopback */
int open_client(const struct sockaddr_in *at);
void fill(int fd);     /* sends until it would block */
void exhaust(void);    /* takes every free descriptor */
int fd_at(int offset); /* a high descriptor number of this thread's own */
void *bad_pointer(void);
size_t huge(void); /* a size nobody can allocate; hidden from gcc */
void echo_argv(char *argv[4], const char *text); /* prints text */
extern char *echo_env[3];

/* For the macros above. */
void replay_enlist(struct snippet *snippet);
void replay_before(void);
void replay_after(void);
void replay_about_to_block(void);
int replay_is_crowded(void);
/* Adds to the bytes that the events of the function must report in the end,
 * unless the call failed.  Returns moved. */
long replay_moved(long moved);
void replay_leave(int status) __attribute__((noreturn));

#endif
