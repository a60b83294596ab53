/*
 * H30: exceptions that are observed go where they would go anyway: out of
 * constructors before main, out of a signal handler, on a small stack, with a
 * library that is closed afterwards, in threads that are cancelled.
 *
 * Technique: the C++ run-time library's one call of the unwinder goes through a
 * wrapper that jumps to the original; names of types are copied at the throw.
 *
 * modes: record events
 * library: -O1
 * cflags: -fnon-call-exceptions
 * check: grep -q '^errno: 7$' bare/out && grep -q 'throw  *cxx$' $B/functions
 */
#include "hazard.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <future>
#include <pthread.h>
#include <signal.h>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <vector>

extern "C" int library_throws(void);
extern "C" int library_caught;

#ifdef HAZARD_LIBRARY

namespace
{
struct of_the_library {
	char size[300];
};
} // namespace

int library_caught;

int library_throws(void)
{
	try {
		throw of_the_library();
	} catch (const of_the_library &) {
		return 1;
	}
}

__attribute__((constructor)) static void early()
{
	library_caught = library_throws();
}

#else

struct before_main {
	int caught = 0;

	before_main()
	{
		try {
			throw std::logic_error("before main");
		} catch (const std::exception &) {
			caught = 1;
		}
	}
} static before;

static const int many_threads = 4, many_throws = 500;
static unsigned long seen, seen_library, seen_wrong;

static int on_throw(const char *, const telemetry_fields *,
		    const telemetry_fields *metadata, void *)
{
	const telemetry_value *type =
		telemetry_get(metadata, "exception.type");
	std::string text(type->as.string, type->length);

	__atomic_fetch_add(&seen, 1, __ATOMIC_RELAXED);
	if (text == "(anonymous namespace)::of_the_library")
		seen_library++;
	if (text.empty())
		__atomic_fetch_add(&seen_wrong, 1, __ATOMIC_RELAXED);
	return 0;
}

/* What a throw adds to the number that is seen. */
template <class F> static unsigned long count(F f)
{
	unsigned long start = __atomic_load_n(&seen, __ATOMIC_RELAXED);

	f();
	return __atomic_load_n(&seen, __ATOMIC_RELAXED) - start;
}

static int *volatile nowhere;

static void on_signal(int)
{
	throw 42;
}

static void in_a_signal_handler()
{
	int caught = 0;

	signal(SIGSEGV, on_signal);
	for (int i = 0; i < 3; i++) {
		sigset_t set;

		try {
			*nowhere = 1;
		} catch (int number) {
			caught += number;
		}
		sigemptyset(&set);
		sigaddset(&set, SIGSEGV);
		sigprocmask(SIG_UNBLOCK, &set, NULL);
	}
	signal(SIGSEGV, SIG_DFL);
	printf("signal handler: %d\n", caught);
}

/* A copy of the library, so that it can go away. */
static void from_a_closed_library()
{
	std::vector<char> bytes(1 << 20);
	Dl_info info;
	int from, to, caught = 0;
	ssize_t size;

	CHECK(dladdr((void *)library_throws, &info) != 0);
	from = open(info.dli_fname, O_RDONLY);
	size = read(from, bytes.data(), bytes.size());
	close(from);
	for (int i = 0; i < 3; i++) {
		to = open("copy.so", O_CREAT | O_TRUNC | O_WRONLY, 0700);
		CHECK(write(to, bytes.data(), (size_t)size) == size);
		close(to);
		void *handle = dlopen("./copy.so", RTLD_NOW | RTLD_LOCAL);
		CHECK(handle);
		auto throws = (int (*)(void))dlsym(handle, "library_throws");
		caught += throws();
		dlclose(handle);
		CHECK(!dlopen("./copy.so", RTLD_NOW | RTLD_NOLOAD));
		unlink("copy.so");
		/* Of no library that is left. */
		try {
			throw std::string("after");
		} catch (const std::string &) {
			caught++;
		}
	}
	printf("closed library: %d\n", caught);
}

/* Its name is 360 bytes long. */
using long_name = std::make_integer_sequence<int, 70>;

/* To show such a name takes more than there is. */
static void *little(void *arg)
{
	int *caught = (int *)arg;

	try {
		throw long_name();
	} catch (const long_name &) {
		++*caught;
	}
	return NULL;
}

static void on_a_small_stack()
{
	pthread_attr_t attributes;
	pthread_t thread;
	int caught = 0;

	pthread_attr_init(&attributes);
	CHECK(pthread_attr_setstacksize(&attributes, 24 * 1024) == 0);
	CHECK(pthread_create(&thread, &attributes, little, &caught) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	pthread_attr_destroy(&attributes);
	printf("small stack: %d\n", caught);
}

static void *throw_many(void *arg)
{
	long *sum = (long *)arg;

	for (int i = 0; i < many_throws; i++) {
		try {
			if (i % 2)
				throw i;
			throw std::runtime_error("even");
		} catch (int number) {
			*sum += number;
		} catch (const std::exception &) {
			*sum += 1;
		}
	}
	return NULL;
}

static void in_threads()
{
	pthread_t threads[many_threads];
	long sums[many_threads] = { 0 }, all = 0;

	for (int i = 0; i < many_threads; i++)
		CHECK(pthread_create(&threads[i], NULL, throw_many, &sums[i]) ==
		      0);
	for (int i = 0; i < many_threads; i++) {
		CHECK(pthread_join(threads[i], NULL) == 0);
		all += sums[i];
	}
	printf("threads: %ld\n", all);
}

struct cleanup {
	int *ran;

	~cleanup() { ++*ran; }
};

static void *wait_for_ever(void *arg)
{
	cleanup c = { (int *)arg };

	for (;;)
		pause();
}

/* Forced unwinding is no exception. */
static void cancelled()
{
	pthread_t thread;
	int ran = 0;

	CHECK(pthread_create(&thread, NULL, wait_for_ever, &ran) == 0);
	CHECK(pthread_cancel(thread) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	printf("cancelled: %d\n", ran);
}

/* The same exception that goes on is not thrown again. */
static void again()
{
	std::exception_ptr kept;
	int caught = 0;

	try {
		try {
			throw 1;
		} catch (...) {
			kept = std::current_exception();
			throw;
		}
	} catch (int) {
		caught++;
	}
	try {
		std::rethrow_exception(kept);
	} catch (int) {
		caught++;
	}
	printf("again: %d\n", caught);
}

/* What the standard library throws itself. */
static void from_the_standard_library()
{
	try {
		std::vector<int>().at(1);
	} catch (const std::out_of_range &error) {
		printf("at: %s\n", error.what());
	}
}

static void limited_memory()
{
	struct rlimit limit = { 64 << 20, RLIM_INFINITY }, old;
	int caught = 0;

	getrlimit(RLIMIT_AS, &old);
	limit.rlim_max = old.rlim_max;
	CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
	try {
		char *volatile block = new char[1ul << 40];

		delete[] block;
	} catch (const std::bad_alloc &) {
		caught++;
	}
	CHECK(setrlimit(RLIMIT_AS, &old) == 0);
	printf("no memory: %d\n", caught);
}

int main()
{
	unsigned long counts[7];

	listen_to("cxx.exception.throw", on_throw, NULL);
	printf("before main: %d %d\n", before.caught, library_caught);
	counts[0] = count(in_a_signal_handler);
	counts[1] = count(from_a_closed_library);
	counts[2] = count(on_a_small_stack);
	counts[3] = count(in_threads);
	counts[4] = count(cancelled);
	counts[5] = count(again);
	counts[6] = count(from_the_standard_library);
	limited_memory();
	errno = 7;
	library_throws();
	printf("errno: %d\n", errno);
	if (shimmed()) {
		/* The copy's constructor throws too, inside dlopen(). */
		CHECK(counts[0] == 3 && counts[1] == 9 && counts[2] == 1);
		CHECK(counts[3] == many_threads * many_throws);
		CHECK(counts[4] == 0 && counts[5] == 1 && counts[6] == 1);
		CHECK(seen_library == 7 && seen_wrong == 0);
	}
	return hazard_end();
}

#endif
