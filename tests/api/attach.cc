/*
 * telemetry::attach(): who calls the callable, when it is detached, and that it
 * is destroyed once, after its last call.
 *
 * env: TELEMETRY_LOG_FILE=/dev/null
 */
#include "hazard.h"

#include <telemetry/telemetry.hpp>
#include <telemetry/test.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <type_traits>

static_assert(!std::is_copy_constructible<telemetry::attachment>::value, "");
static_assert(std::is_nothrow_move_constructible<telemetry::attachment>::value,
	      "");

using fields = telemetry_fields;

static int destroyed, alive;

/* A callable that knows whether it exists. */
struct counter {
	int *calls;
	bool throws;

	counter(int *c, bool t = false) : calls(c), throws(t) { alive++; }
	counter(const counter &other) : calls(other.calls), throws(other.throws)
	{
		alive++;
	}
	~counter()
	{
		alive--;
		destroyed++;
	}
	void operator()(const char *event, const fields &, const fields &)
	{
		CHECK(strncmp(event, "api.", 4) == 0);
		__atomic_fetch_add(calls, 1, __ATOMIC_RELAXED);
		if (throws)
			throw std::runtime_error("from a handler");
	}
};

static void lives_as_long_as_its_scope()
{
	int calls = 0, on = shimmed();

	{
		auto a = telemetry::attach("one", { "api.a", "api.b" },
					   counter(&calls));
		CHECK(a.error() == 0 && alive == on);
		telemetry::execute("api.a");
		telemetry::execute("api.b");
		telemetry::execute("api.c");
		CHECK(calls == 2 * on);
		telemetry::attachment b(std::move(a)), none;

		a.detach();
		telemetry::execute("api.a");
		CHECK(calls == 3 * on);
		none = std::move(b);
		CHECK(alive == on);
	}
	CHECK(alive == 0);
	telemetry::execute("api.a");
	CHECK(calls == 3 * on);
}

static void refused()
{
	int calls = 0, on = shimmed();
	auto a = telemetry::attach("one", "api.a", counter(&calls));
	auto again = telemetry::attach("one", "api.b", counter(&calls));
	auto bad = telemetry::attach("two", "api..b", counter(&calls));
	auto none = telemetry::attach("two", {}, counter(&calls));
	std::string id(TELEMETRY_NAME_MAX + 1, 'x');
	auto long_id = telemetry::attach(id.c_str(), "api.a", counter(&calls));

	CHECK(again.error() == (on ? -EEXIST : 0));
	CHECK(bad.error() == (on ? -EINVAL : 0));
	CHECK(none.error() == (on ? -EINVAL : 0));
	CHECK(long_id.error() == (on ? -EINVAL : 0));
	CHECK(alive == on);
}

/* T42: what it throws is a failure, and it is detached; so is what is not
 * 0. */
static void throws()
{
	int calls = 0, kept = 0, on = shimmed();
	std::function<int(const char *, const fields &, const fields &)> one =
		[&](const char *, const fields &, const fields &) {
			return ++kept;
		};
	auto a = telemetry::attach("throws", "api.a", counter(&calls, true));
	auto b = telemetry::attach("keeps", "api.a", counter(&kept, true),
				   TELEMETRY_KEEP);
	auto c = telemetry::attach("returns", "api.b", one);

	for (int i = 0; i < 3; i++)
		CHECK(telemetry::execute("api.a") == 0);
	CHECK(calls == on && kept == 3 * on);
	telemetry::execute("api.b");
	telemetry::execute("api.b");
	CHECK(kept == 4 * on);
	/* Its id may be used again; that handler is not the old one's. */
	auto d = telemetry::attach("returns", "api.b", counter(&calls));

	CHECK(d.error() == 0);
}

/* The destructor inside a handler does not wait, and the callable stays until
 * the call is over. */
static int is_there(const telemetry_handler_info *, void *)
{
	return 1;
}

static void detaches_itself()
{
	int calls = 0, on = shimmed();
	std::unique_ptr<telemetry::attachment> self;
	auto handler = [&, c = counter(&calls)](const char *, const fields &,
						const fields &) {
		self.reset();
		CHECK(c.calls == &calls && alive > 0);
		calls++;
	};

	self.reset(new telemetry::attachment(
		telemetry::attach("self", "api.a", handler)));
	telemetry::execute("api.a");
	CHECK(telemetry_list("api", is_there, nullptr) == 0);
	telemetry::execute("api.a");
	CHECK(calls == on);
}

static int entered, leave, left;

static void *executes(void *)
{
	telemetry::execute("api.a");
	return nullptr;
}

static void *lets_go(void *)
{
	/* Time for a destructor that does not wait to be seen. */
	for (int i = 0; i < 50; i++)
		hazard_pause();
	__atomic_store_n(&leave, 1, __ATOMIC_RELEASE);
	return nullptr;
}

/* What a callable refers to may go when its attachment has gone: also when it
 * has failed meanwhile and the shim no longer knows it. */
static void waits(bool fails)
{
	pthread_t inside, other;

	entered = leave = left = 0;
	{
		auto a = telemetry::attach(
			"slow", "api.a",
			[&](const char *, const fields &, const fields &) {
				if (__atomic_fetch_add(&entered, 1,
						       __ATOMIC_ACQ_REL))
					return 1;
				WAIT_FOR(__atomic_load_n(&leave,
							 __ATOMIC_ACQUIRE));
				__atomic_store_n(&left, 1, __ATOMIC_RELEASE);
				return 0;
			});
		CHECK(pthread_create(&inside, NULL, executes, NULL) == 0);
		WAIT_FOR(__atomic_load_n(&entered, __ATOMIC_ACQUIRE));
		if (fails)
			telemetry::execute("api.a");
		CHECK(pthread_create(&other, NULL, lets_go, NULL) == 0);
	}
	CHECK(__atomic_load_n(&left, __ATOMIC_ACQUIRE) == 1);
	CHECK(pthread_join(inside, NULL) == 0);
	CHECK(pthread_join(other, NULL) == 0);
}

static void *ends(void *)
{
	telemetry::execute("api.a");
	return nullptr;
}

/* A thread that ends inside a handler does not end the program. */
static void thread_exits()
{
	pthread_t thread;
	auto a = telemetry::attach("exit", "api.a",
				   [](const char *, const fields &,
				      const fields &) { pthread_exit(NULL); });

	CHECK(pthread_create(&thread, NULL, ends, NULL) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
}

int main()
{
	static int calls;

	lives_as_long_as_its_scope();
	refused();
	throws();
	detaches_itself();
	if (shimmed()) {
		waits(false);
		waits(true);
	}
	thread_exits();
	auto a = telemetry::attach("stays", "api.a", counter(&calls));

	a.release();
	a.detach();
	telemetry::execute("api.a");
	CHECK(calls == shimmed());
	return hazard_end();
}
