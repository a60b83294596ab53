/*
 * telemetry::span: each way in which it ends, what it carries, and that it is
 * harmless without the shim.
 */
#include "spans.h"

#include <memory>
#include <pthread.h>
#include <stdexcept>
#include <type_traits>

static_assert(!std::is_copy_constructible<telemetry::span>::value, "");
static_assert(!std::is_copy_assignable<telemetry::span>::value, "");
static_assert(std::is_nothrow_move_constructible<telemetry::span>::value, "");
static_assert(std::is_nothrow_move_assignable<telemetry::span>::value, "");

namespace shop
{
template <class T> struct declined : std::runtime_error {
	declined() : std::runtime_error("declined") {}
};
} // namespace shop

static uint64_t id(const char *event, const char *key)
{
	const telemetry_captured *one = telemetry_capture_get(all, event, 0);
	const telemetry_value *v =
		one ? telemetry_get(&one->metadata, key) : nullptr;

	return v ? v->as.u64 : 0;
}

/* Keys and texts are gone when the span ends. */
static void scope()
{
	expect("api.work.stop", "none", [] {
		auto key = std::make_unique<std::string>("key that goes away");
		auto word = std::make_unique<std::string>(300, 'x');
		telemetry::span s("api.work",
				  { { key->c_str(), *word }, { "first", 1 } });

		key->assign(key->size(), '?');
		word.reset();
		CHECK(s.error() == 0);
		CHECK(s.add({ "late", std::string("ly ") + "added" }) ==
		      shimmed());
		CHECK(s.add({ "first", 2 }) == shimmed());
		CHECK(s.measure({ "rows", 3 }) == shimmed());
		CHECK(s.measure({ "rows", 4 }) == shimmed());
	});
	if (!all)
		return;
	CHECK(text("api.work.start", "key that goes away") ==
	      std::string(300, 'x'));
	CHECK(text("api.work.stop", "key that goes away") ==
	      std::string(300, 'x'));
	CHECK(text("api.work.stop", "late") == "ly added");
	CHECK(text("api.work.start", "late") == "none");
	CHECK(telemetry_capture_find(all, "api.work.start",
				     telemetry::field("first", 1)));
	CHECK(telemetry_capture_find(all, "api.work.stop",
				     telemetry::field("first", 2)));
	CHECK(telemetry_capture_find(all, "api.work.stop",
				     telemetry::field("rows", 4)));
}

static void failed()
{
	expect("api.work.exception", "card declined", [] {
		telemetry::span s("api.work", { { "first", 1 } });

		s.add({ "late", 1 });
		s.fail("pay", "card declined");
		s.fail("pay", "again");
		s.stop();
		CHECK(!s.add({ "too", "late" }));
		CHECK(!s.measure({ "too", "late" }));
	});
	CHECK(!all || text("api.work.exception", "kind") == "pay");
	CHECK(!all || telemetry_capture_find(all, "api.work.exception",
					     telemetry::field("late", 1)));
}

static void thrown_in_run()
{
	expect("api.work.exception", "shop::declined<int>", [] {
		std::string what;

		try {
			telemetry::run("api.work", { { "first", 1 } },
				       [] { throw shop::declined<int>(); });
		} catch (const std::runtime_error &error) {
			what = error.what();
		}
		CHECK(what == "declined");
	});
	CHECK(!all || text("api.work.exception", "kind") == "cxx");
}

/* A destructor that uses a span while an exception passes: a stop. */
static void during_unwinding()
{
	struct cleans {
		~cleans() { telemetry::span s("api.work"); }
	};

	expect("api.work.stop", "none", [] {
		try {
			cleans c;

			throw 1;
		} catch (int) {
		}
	});
}

static void inside_catch()
{
	expect("api.work.stop", "none", [] {
		try {
			throw 1;
		} catch (int) {
			telemetry::span s("api.work");
		}
	});
}

static telemetry::span make()
{
	telemetry::span s("api.work");
	telemetry::span moved(std::move(s));

	s.fail("error", "moved from");
	return moved;
}

/* A span that is returned is the parent of what follows. */
static void moved()
{
	expect("api.work.stop", "none", [] {
		telemetry::span s = make();
		int result = telemetry::run("api.inner", {}, [] { return 42; });

		CHECK(result == 42);
		s = make();
		s.fail("error", "another");
		if (all) {
			telemetry_capture_end(all);
			all = telemetry_capture_begin("api.work api.inner");
		}
		s = make();
		telemetry::run("api.inner", {}, [&] { s.add({ "n", 1 }); });
	});
	CHECK(!all || id("api.inner.stop", "parent_span_id") ==
			      id("api.work.start", "span_id"));
}

/* What it held before ends, too. */
static void assigned()
{
	expect("api.work.stop", "none", [] {
		telemetry::span s("api.work");

		s = telemetry::span("api.inner");
		CHECK(!all ||
		      telemetry_capture_count(all, "api.work.stop") == 1);
		CHECK(!all ||
		      telemetry_capture_count(all, "api.inner.stop") == 0);
		s.add({ "still", "open" });
	});
	CHECK(!all || text("api.inner.stop", "still") == "open");
}

static void *drop(void *arg)
{
	telemetry::span s(std::move(*static_cast<telemetry::span *>(arg)));

	return nullptr;
}

static void in_another_thread()
{
	expect("api.work.stop", "none", [] {
		telemetry::span s("api.work");
		pthread_t thread;

		CHECK(pthread_create(&thread, NULL, drop, &s) == 0);
		CHECK(pthread_join(thread, NULL) == 0);
		if (all)
			CHECK(telemetry_capture_count(all, "api.work.stop") ==
			      1);
	});
}

static void *leave(void *)
{
	telemetry::run("api.work", {}, [] { pthread_exit(NULL); });
	return nullptr;
}

/* The end of the thread is no exception that may be swallowed. */
static void thread_exits()
{
	expect("api.work.exception", "thread", [] {
		pthread_t thread;

		CHECK(pthread_create(&thread, NULL, leave, NULL) == 0);
		CHECK(pthread_join(thread, NULL) == 0);
	});
}

static void malformed()
{
	telemetry::span bad("a..b");
	telemetry::span many("api.work", { { "a", 1 },
					   { "b", 1 },
					   { "c", 1 },
					   { "d", 1 },
					   { "e", 1 },
					   { "f", 1 },
					   { "g", 1 },
					   { "h", 1 },
					   { "i", 1 } });
	telemetry::span full("api.work");
	bool fits = shimmed();

	CHECK(bad.error() == (shimmed() ? -EINVAL : 0));
	CHECK(many.error() == (shimmed() ? -EINVAL : 0));
	for (int i = 0; i <= TELEMETRY_FIELDS_MAX; i++)
		fits = full.add({ std::to_string(i).c_str(), i });
	CHECK(!fits);
}

int main()
{
	void (*const tests[])() = {
		scope,	       failed,
		thrown_in_run, during_unwinding, inside_catch,
		moved,	       assigned,	 in_another_thread,
		thread_exits,  malformed
	};

	for (auto test : tests) {
		test();
		done();
	}
	return hazard_end();
}
