/*
 * test.h - a unit test program in one include.
 *
 *	#include "test.h"
 *
 *	TEST(parses_a_number)
 *	{
 *		CHECK_INT(parse("12"), 12);
 *	}
 *
 * Each TEST runs in its own forked process, in the order of the file, and ends
 * at its first failed CHECK.  Arguments select tests by name (`*` matches any
 * text).  Exit status: 0 all passed, 1 some failed, 77 all were skipped.
 * Tests register themselves by constructors: no list to keep, and no array in
 * an ELF section whose element alignment compilers disagree about.
 */
#ifndef TESTS_LIB_TEST_H
#define TESTS_LIB_TEST_H

#include <errno.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Seconds after which a hanging test is killed; far above what any needs, so
 * that a slow machine fails nothing.  TEST_TIMEOUT in the environment wins. */
#define TEST_TIMEOUT_SECONDS 60
#define TEST_EXIT_SKIPPED 77

struct test_case {
	const char *name;
	void (*run)(void);
	struct test_case *next;
};

static struct test_case *test_first;
static struct test_case **test_last = &test_first;

#define TEST(id)                                                               \
	static void test_##id(void);                                           \
	static struct test_case test_case_##id = { #id, test_##id, NULL };     \
	__attribute__((constructor)) static void test_register_##id(void)      \
	{                                                                      \
		*test_last = &test_case_##id;                                  \
		test_last = &test_case_##id.next;                              \
	}                                                                      \
	static void test_##id(void)

/* In a process forked by a test these end that process with status 1: the test
 * has to look at the status. */
#define CHECK(condition)                                                       \
	do {                                                                   \
		if (!(condition))                                              \
			test_fail(__FILE__, __LINE__, "%s", #condition);       \
	} while (0)

#define CHECK_INT(actual, expected)                                            \
	do {                                                                   \
		long long test_a = (long long)(actual);                        \
		long long test_e = (long long)(expected);                      \
		if (test_a != test_e)                                          \
			test_fail(__FILE__, __LINE__,                          \
				  "%s is %lld (0x%llx), not %lld (%s)",        \
				  #actual, test_a, (unsigned long long)test_a, \
				  test_e, #expected);                          \
	} while (0)

#define CHECK_STR(actual, expected)                                            \
	do {                                                                   \
		const char *test_a = (actual), *test_e = (expected);           \
		if (!test_a || !test_e ? test_a != test_e                      \
				       : strcmp(test_a, test_e) != 0)          \
			test_fail(__FILE__, __LINE__,                          \
				  "%s is \"%s\", not \"%s\"", #actual,         \
				  test_a ? test_a : "(null)",                  \
				  test_e ? test_e : "(null)");                 \
	} while (0)

#define CHECK_MEM(actual, expected, size)                                      \
	do {                                                                   \
		if (memcmp((actual), (expected), (size)) != 0)                 \
			test_fail(__FILE__, __LINE__,                          \
				  "%s differs from %s in %zu bytes", #actual,  \
				  #expected, (size_t)(size));                  \
	} while (0)

/* Only for what a machine truly cannot have. */
#define SKIP(reason)                                                           \
	do {                                                                   \
		printf("# skipped: %s\n", (reason));                           \
		fflush(stdout);                                                \
		_exit(TEST_EXIT_SKIPPED);                                      \
	} while (0)

__attribute__((format(printf, 3, 4), noreturn, unused)) static void
test_fail(const char *file, int line, const char *format, ...)
{
	__builtin_va_list args;

	printf("# %s:%d: ", file, line);
	__builtin_va_start(args, format);
	vprintf(format, args);
	__builtin_va_end(args);
	printf("\n");
	fflush(stdout);
	_exit(1);
}

static void test_run_child(const struct test_case *test)
{
	const char *limit = getenv("TEST_TIMEOUT");

	setpgid(0, 0);
	alarm(limit ? (unsigned int)atoi(limit) : TEST_TIMEOUT_SECONDS);
	test->run();
	fflush(stdout);
	_exit(0);
}

/* Returns the exit status of the test: 0, 77, or a failure. */
static int test_run(const struct test_case *test)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		test_run_child(test);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	/* Whatever the test has left running. */
	kill(-pid, SIGKILL);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		printf("ok %s\n", test->name);
	else if (WIFEXITED(status) && WEXITSTATUS(status) == TEST_EXIT_SKIPPED)
		printf("ok %s # skipped\n", test->name);
	else if (WIFSIGNALED(status))
		printf("not ok %s (%s)\n", test->name,
		       WTERMSIG(status) == SIGALRM
			       ? "hung"
			       : strsignal(WTERMSIG(status)));
	else
		printf("not ok %s\n", test->name);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int test_is_selected(const struct test_case *test, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (fnmatch(argv[i], test->name, 0) == 0)
			return 1;
	return argc == 1;
}

int main(int argc, char **argv)
{
	int passed = 0, failed = 0, skipped = 0;
	const struct test_case *test;

	for (test = test_first; test; test = test->next) {
		if (!test_is_selected(test, argc, argv))
			continue;
		switch (test_run(test)) {
		case 0:
			passed++;
			break;
		case TEST_EXIT_SKIPPED:
			skipped++;
			break;
		default:
			failed++;
		}
	}
	if (passed + failed + skipped == 0) {
		printf("not ok: no test has this name\n");
		return 1;
	}
	return failed ? 1 : passed ? 0 : TEST_EXIT_SKIPPED;
}

#endif
