/*
 * <telemetry/poller.h> in a C++ program: all of its functions, a measurement
 * whose state is an object, and a class that polls for as long as it lives.
 *
 * cflags: -std=c++11
 * env: TELEMETRY_LOG_FILE=log
 */
#include "hazard.h"

#include <telemetry/poller.h>
#include <telemetry/telemetry.hpp>
#include <telemetry/test.h>

#include <atomic>
#include <string>
#include <vector>

class stock
{
      public:
	std::atomic<int> articles{ 3 }, asked{ 0 }, gone{ 0 };

	telemetry_measurement measurement()
	{
		telemetry_measurement m = telemetry_poll_call(
			"stock",
			[](void *self) {
				return static_cast<stock *>(self)->take();
			},
			this);

		m.destroy = [](void *self) {
			static_cast<stock *>(self)->gone++;
		};
		return m;
	}

      private:
	int take()
	{
		asked++;
		/* Measurements that fail do not throw, they say so. */
		return articles < 0
			       ? -ERANGE
			       : telemetry::execute(
					 "shop.stock",
					 { { "articles", articles.load() } });
	}
};

/* Polls from its constructor to its destructor. */
class polling
{
      public:
	polling(const char *name,
		const std::vector<telemetry_measurement> &list)
	{
		telemetry_poller_options o =
			telemetry_poller_defaults(list.data(), list.size());

		o.name = name;
		o.period_ms = 1;
		handle = telemetry_poller_start(&o);
	}
	~polling()
	{
		if (handle > 0)
			telemetry_poller_stop(handle);
	}
	polling(const polling &) = delete;
	polling &operator=(const polling &) = delete;
	int handle;
};

static int look(const telemetry_poller_info *info, void *arg)
{
	auto &seen = *static_cast<std::string *>(arg);

	CHECK(info->measurement_size == sizeof(*info->measurements));
	seen += info->name;
	for (size_t i = 0; i < info->measurement_count; i++)
		seen += std::string(" ") + info->measurements[i].name;
	return 0;
}

/* Without the shim all of it does nothing, and says 0. */
static void nothing()
{
	stock shop;
	polling poll("shop", { shop.measurement() });

	CHECK(poll.handle == 0 && telemetry_poller_find("shop") == 0);
	CHECK(telemetry_poller_list(look, nullptr) == 0);
	CHECK(telemetry_poller_stop(1) == 0);
	CHECK(shop.asked == 0 && shop.gone == 0);
}

static void everything()
{
	const char *keys[] = { "user", "system" };
	telemetry_capture *c = telemetry_capture_begin(
		"shop.stock shop.threads process.counts "
		"telemetry.poller.failure");
	std::string seen;
	stock shop;

	{
		polling poll("shop",
			     { telemetry_poll_builtin("process.counts"),
			       shop.measurement(),
			       telemetry_poll_threads("shop.threads", "poller*",
						      keys, 2) });
		polling twice("shop", { shop.measurement() });

		CHECK(poll.handle > 0 && twice.handle == -EEXIST);
		CHECK(telemetry_poller_find("shop") == poll.handle);
		CHECK(telemetry_poller_list(look, &seen) == 0);
		CHECK(seen == "shop process.counts stock shop.threads");
		TELEMETRY_EXPECT_WAIT(c, "shop.stock", 2, 30);
		TELEMETRY_EXPECT_WAIT(c, "shop.threads", 1, 30);
		TELEMETRY_EXPECT_WAIT(c, "process.counts", 1, 30);
		TELEMETRY_EXPECT_FIELD(c, "shop.stock",
				       TELEMETRY_I64("articles", 3));
		shop.articles = -1;
		TELEMETRY_EXPECT_WAIT(c, "telemetry.poller.failure", 1, 30);
		TELEMETRY_EXPECT_FIELD(
			c, "telemetry.poller.failure",
			telemetry::field("measurement", "stock"));
		CHECK(shop.gone == 0);
	}
	/* It has waited: the object may go. */
	CHECK(shop.gone == 1);
	CHECK(telemetry_poller_find("shop") == -ENOENT);
	telemetry_capture_end(c);
	/* The poller is gone; its thread is on its way. */
	WAIT_FOR(count_threads(true) == 0 || has_reporter());
}

int main()
{
	if (shimmed())
		everything();
	else
		nothing();
	return hazard_end();
}
