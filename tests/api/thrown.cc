/*
 * telemetry::span in a scope that is left by an exception: which one, also while
 * others are thrown and caught on the way.
 */
#include "spans.h"

#include <future>
#include <pthread.h>
#include <stdexcept>
#include <vector>

namespace shop
{
template <class T> struct declined {};
} // namespace shop

/* A span in a scope that f leaves by an exception of this type. */
template <class F> static void expect_type(const char *type, F f)
{
	expect("api.work.exception", type, [&] {
		bool caught = false;

		try {
			telemetry::span s("api.work");

			f();
		} catch (...) {
			caught = true;
		}
		CHECK(caught);
	});
	CHECK(!all || text("api.work.exception", "kind") == "cxx");
	done();
}

namespace
{
struct local {};
} // namespace

/* Throws and catches another one while the first is passing. */
struct distracts {
	~distracts()
	{
		try {
			std::vector<int>().at(1);
		} catch (const std::out_of_range &) {
		}
	}
};

static void rethrow_after_another()
{
	try {
		throw 1L;
	} catch (long) {
		distracts d;

		throw;
	}
}

/* A scope that is left by an exception. */
static void thrown()
{
	std::exception_ptr kept;

	expect_type("shop::declined<int>", [] { throw shop::declined<int>(); });
	expect_type("(anonymous namespace)::local", [] { throw local(); });
	expect_type("int", [] { throw 1; });
	expect_type("char const*", [] { throw "text"; });
	expect_type("std::out_of_range", [] { std::vector<int>().at(1); });
	expect_type("unsigned int", [] {
		distracts d;

		throw 1u;
	});
	expect_type("long", rethrow_after_another);
	try {
		throw 1.0;
	} catch (...) {
		kept = std::current_exception();
	}
	expect_type("double", [&] { std::rethrow_exception(kept); });
	expect_type("float", [] {
		std::async(std::launch::async, [] { throw 1.0f; }).get();
	});
}

/* Exceptions inside each other: deeper than it is kept, the type is unknown. */
struct third {
	~third() { expect_type("exception", [] { throw 3; }); }
};

struct second {
	bool deeper;

	~second()
	{
		if (!deeper) {
			expect_type("char", [] { throw 'c'; });
			return;
		}
		try {
			third t;

			throw 2;
		} catch (int) {
		}
	}
};

static void nested_throws()
{
	for (bool deeper : { false, true }) {
		try {
			second s = { deeper };

			throw 1L;
		} catch (long) {
		}
	}
}

static void *cancel_here(void *)
{
	telemetry::span s("api.work");

	for (;;)
		pause();
}

/* Forced unwinding is no exception, whatever was thrown before. */
static void cancelled()
{
	expect("api.work.stop", "none", [] {
		pthread_t thread;

		CHECK(pthread_create(&thread, NULL, cancel_here, NULL) == 0);
		if (all)
			CHECK(telemetry_capture_wait(all, "api.work.start", 1,
						     10));
		CHECK(pthread_cancel(thread) == 0);
		CHECK(pthread_join(thread, NULL) == 0);
	});
}

int main()
{
	thrown();
	nested_throws();
	cancelled();
	done();
	return hazard_end();
}
