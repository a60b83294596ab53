/* test_config.c - the settings, from the environment. */
#include "runtime/config.h"

#include "base/env.h"
#include "runtime/target.h"
#include "wrap/families.h"

#include "test.h"

#include <fcntl.h>

#define ALL ((1u << FAMILIES) - 1)
#define DEFAULT (ALL & ~(1u << FAMILY_FILE))

static char log_path[64];

/* What config_load() makes of these variables; the log goes to a file. */
static const struct config *load(const char *const *variables)
{
	static char storage[32][512], *environment[33];
	size_t n = 0;
	int fd;

	strcpy(log_path, "/tmp/config-XXXXXX");
	fd = mkstemp(log_path);
	CHECK(fd >= 0);
	close(fd);
	snprintf(storage[n], 512, "TELEMETRY_LOG_FILE=%s", log_path);
	environment[n] = storage[n];
	for (n = 1; *variables; n++, variables++) {
		snprintf(storage[n], 512, "%s", *variables);
		environment[n] = storage[n];
	}
	env_capture(environment);
	return config_load();
}

#define LOAD(...) load((const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL })

/* What it had to say. */
static const char *logged(void)
{
	static char text[4096];
	int fd = open(log_path, O_RDONLY);
	ssize_t length = read(fd, text, sizeof(text) - 1);

	text[length > 0 ? length : 0] = '\0';
	close(fd);
	unlink(log_path);
	return text;
}

TEST(has_defaults)
{
	const struct config *c = LOAD();

	CHECK(!c->untouched);
	CHECK_STR(c->reporters, NULL);
	CHECK_STR(c->metrics, NULL);
	CHECK_STR(c->dir, NULL);
	CHECK_STR(c->record, "*,-libc.heap.*");
	CHECK_STR(c->service, "test_config");
	CHECK_STR(target_base_name(c->executable), "test_config");
	CHECK_INT(c->executable[0], '/');
	CHECK_INT(c->families, DEFAULT);
	CHECK_INT(c->memory_limit, 32 << 20);
	CHECK_INT(c->exit_timeout_ms, 1000);
	CHECK_INT(c->poll_period_ms, 10000);
	CHECK_INT(c->log_level, LOG_ERROR);
	CHECK(c->deepbind);
	CHECK_INT(strlen(c->group), 16);
	CHECK_STR(logged(), "");
}

TEST(reads_values)
{
	const struct config *c =
		LOAD("TELEMETRY_REPORTERS=console", "TELEMETRY_METRICS=m",
		     "TELEMETRY_DIR=/d", "TELEMETRY_MEMORY_LIMIT=4MiB",
		     "TELEMETRY_EXIT_TIMEOUT=0", "TELEMETRY_LOG=DEBUG",
		     "TELEMETRY_RECORD=db.*", "TELEMETRY_DEEPBIND=False",
		     "OTEL_SERVICE_NAME=shop");

	CHECK_STR(c->reporters, "console");
	CHECK_STR(c->metrics, "m");
	CHECK_STR(c->dir, "/d");
	CHECK_INT(c->memory_limit, 4 << 20);
	CHECK_INT(c->exit_timeout_ms, 0);
	CHECK_INT(c->log_level, LOG_DEBUG);
	CHECK_STR(c->record, "db.*");
	CHECK(!c->deepbind);
	CHECK_STR(c->service, "shop");
	CHECK_STR(logged(), "");
}

TEST(empty_is_not_set)
{
	const struct config *c =
		LOAD("TELEMETRY_REPORTERS=", "TELEMETRY_MEMORY_LIMIT=",
		     "OTEL_SERVICE_NAME=");

	CHECK_STR(c->reporters, NULL);
	CHECK_INT(c->memory_limit, 32 << 20);
	CHECK_STR(c->service, "test_config");
	CHECK_STR(logged(), "");
}

TEST(stays_away_when_switched_off)
{
	CHECK(LOAD("TELEMETRY_DISABLED=true")->untouched);
}

TEST(stays_away_when_the_sdk_is_switched_off)
{
	CHECK(LOAD("OTEL_SDK_DISABLED=TRUE")->untouched);
}

TEST(is_not_switched_off_by_something_else)
{
	CHECK(!LOAD("TELEMETRY_DISABLED=ja")->untouched);
	CHECK(strstr(logged(), "TELEMETRY_DISABLED: 'ja' is not valid; "
			       "expected true or false; using false"));
}

/* Each in a fresh process: the environment is captured once. */
#define FAMILIES_TEST(name, value, mask)                                       \
	TEST(families_##name)                                                  \
	{                                                                      \
		CHECK_INT(LOAD("TELEMETRY_WRAP=" value)->families, mask);      \
		CHECK_STR(logged(), "");                                       \
	}
FAMILIES_TEST(one, "heap", 1u << FAMILY_HEAP)
FAMILIES_TEST(two, " db , socket", 1u << FAMILY_DB | 1u << FAMILY_SOCKET)
FAMILIES_TEST(all, "all", ALL)
FAMILIES_TEST(all_but, "all,-heap", ALL & ~(1u << FAMILY_HEAP))
FAMILIES_TEST(default_but, "-heap", DEFAULT & ~(1u << FAMILY_HEAP))
FAMILIES_TEST(none, "-all", 0)
FAMILIES_TEST(in_order, "-all,db", 1u << FAMILY_DB)

TEST(families_that_do_not_exist)
{
	CHECK_INT(LOAD("TELEMETRY_WRAP=db,sockets")->families, 1u << FAMILY_DB);
	CHECK(strstr(logged(), "TELEMETRY_WRAP: there is no family 'sockets'; "
			       "expected a list of socket, dns, tls"));
}

TEST(families_of_which_none_exists)
{
	CHECK_INT(LOAD("TELEMETRY_WRAP=nothing")->families, DEFAULT);
}

#define BAD_TEST(id, variable, value, words, member, preset)                   \
	TEST(refuses_##id)                                                     \
	{                                                                      \
		const struct config *c = LOAD(variable "=" value);             \
		const char *text = logged();                                   \
		CHECK_INT(c->member, preset);                                  \
		CHECK(strstr(text, variable ": '" value "' is not valid; "     \
					    "expected " words));               \
		CHECK(strchr(text, '\n') == text + strlen(text) - 1);          \
	}
BAD_TEST(a_size_that_is_none, "TELEMETRY_MEMORY_LIMIT", "much",
	 "a number of bytes", memory_limit, 32 << 20)
BAD_TEST(a_size_that_is_small, "TELEMETRY_MEMORY_LIMIT", "1K",
	 "a number of bytes", memory_limit, 32 << 20)
BAD_TEST(a_size_that_is_large, "TELEMETRY_MEMORY_LIMIT", "2G",
	 "a number of bytes", memory_limit, 32 << 20)
BAD_TEST(a_size_beyond_64_bits, "TELEMETRY_MEMORY_LIMIT",
	 "99999999999999999999G", "a number of bytes", memory_limit, 32 << 20)
BAD_TEST(a_size_with_a_tail, "TELEMETRY_MEMORY_LIMIT", "4MX",
	 "a number of bytes", memory_limit, 32 << 20)
BAD_TEST(a_negative_time, "TELEMETRY_EXIT_TIMEOUT", "-1",
	 "a number of milliseconds", exit_timeout_ms, 1000)
BAD_TEST(a_long_time, "TELEMETRY_EXIT_TIMEOUT", "86400001",
	 "a number of milliseconds", exit_timeout_ms, 1000)
BAD_TEST(a_level, "TELEMETRY_LOG", "loud", "error, warn, info or debug",
	 log_level, LOG_ERROR)

TEST(warns_of_variables_that_do_not_exist)
{
	const char *text;

	LOAD("TELEMETRY_LOG=warn", "TELEMETRY_REPORTER=x",
	     "TELEMETRY_REPORTERS=/x/mine.so", "TELEMETRY_CONSOLE_MODE=x",
	     "TELEMETRY_MINE_PORT=1", "TELEMETRY_MINEPORT=1");
	text = logged();
	CHECK(strstr(text, "TELEMETRY_REPORTER:") != NULL);
	CHECK(strstr(text, "TELEMETRY_MINEPORT:") != NULL);
	CHECK(strstr(text, "TELEMETRY_MINE_PORT") == NULL);
	CHECK(strstr(text, "TELEMETRY_CONSOLE_MODE") == NULL);
}

TEST(looks_at_some_programs_only)
{
	CHECK(!target_is_wanted("/usr/bin/gdb", NULL, NULL));
	CHECK(!target_is_wanted("/usr/bin/valgrind.bin", NULL, NULL));
	CHECK(!target_is_wanted("/lib/systemd/systemd-logind", NULL, NULL));
	CHECK(!target_is_wanted("/lib64/ld-linux-x86-64.so.2", NULL, NULL));
	CHECK(target_is_wanted("/usr/bin/curl", NULL, NULL));
	CHECK(target_is_wanted("/usr/bin/curl", "*/curl", NULL));
	CHECK(target_is_wanted("/usr/bin/curl", "curl", NULL));
	CHECK(target_is_wanted("/usr/bin/curl", "wget, c?rl", NULL));
	CHECK(!target_is_wanted("/usr/bin/curl", "wget,/bin/*", NULL));
	CHECK(!target_is_wanted("/usr/bin/curl", NULL, "cu*"));
	CHECK(!target_is_wanted("/usr/bin/curl", "curl", "/usr/*"));
	CHECK(!target_is_wanted("/usr/bin/gdb", "gdb", NULL));
}

static char group[17];

static void remember(const struct config *c)
{
	int ends[2], status;

	(void)status;
	(void)ends;
	memcpy(group, c->group, sizeof(group));
}

/* The group with these variables, found out in a process of its own. */
#define GROUP(...)                                                             \
	({                                                                     \
		static char text[17];                                          \
		int ends[2];                                                   \
		CHECK_INT(pipe(ends), 0);                                      \
		if (fork() == 0) {                                             \
			remember(LOAD(__VA_ARGS__));                           \
			unlink(log_path);                                      \
			_exit(write(ends[1], group, 17) != 17);                \
		}                                                              \
		CHECK_INT(read(ends[0], text, 17), 17);                        \
		text;                                                          \
	})

TEST(groups_by_what_shapes_the_group)
{
	const char *none = GROUP(), *some;

	CHECK_STR(GROUP("TELEMETRY_DIR=/x", "OTEL_SERVICE_NAME=a",
			"TELEMETRY_LOG=info", "TELEMETRY_DISABLED=false"),
		  none);
	some = GROUP("TELEMETRY_REPORTERS=a", "TELEMETRY_A_PORT=1");
	CHECK(strcmp(some, none) != 0);
	CHECK_STR(GROUP("TELEMETRY_A_PORT=1", "TELEMETRY_REPORTERS=a"), some);
	CHECK(strcmp(GROUP("TELEMETRY_REPORTERS=a", "TELEMETRY_A_PORT=2"),
		     some) != 0);
	CHECK(strcmp(GROUP("TELEMETRY_REPORTERS=a", "TELEMETRY_A_PORT=1",
			   "OTEL_EXPORTER_OTLP_ENDPOINT=x"),
		     some) != 0);
	/* Options of reporters where there are none. */
	CHECK_STR(GROUP("OTEL_EXPORTER_OTLP_ENDPOINT=x", "TELEMETRY_A_PORT=1"),
		  none);
	CHECK_STR(GROUP("TELEMETRY_REPORTERS="), none);
}

static void note(const char *origin, const char *text, void *arg)
{
	CHECK_STR(origin, "TELEMETRY_REPORTERS");
	CHECK(strstr(text, "telemetry.span.duration") != NULL);
	++*(int *)arg;
}

TEST(knows_what_its_reporters_want)
{
	const struct config *c =
		LOAD("TELEMETRY_REPORTERS=example,console,/x/other.so");
	int calls = 0;

	config_each_wanted(c, note, &calls);
	CHECK_INT(calls, 1);
	/* Of the other one it is not known. */
	CHECK(config_wants_live(c));
	logged();
}

TEST(knows_who_listens)
{
	CHECK(config_listens(LOAD("TELEMETRY_REPORTERS=console,prometheus")));
	CHECK(!config_only_listens(config_load()));
	CHECK(config_wants_live(config_load()));
	CHECK(config_is_listener("prometheus", 10));
	CHECK(!config_is_listener("prometheus", 9));
	logged();
}

TEST(wants_no_thread_for_a_summary)
{
	CHECK(!config_wants_live(LOAD("TELEMETRY_REPORTERS=console,example")));
	logged();
}

TEST(wants_a_thread_for_events)
{
	CHECK(config_wants_live(LOAD("TELEMETRY_REPORTERS=example,console",
				     "TELEMETRY_CONSOLE_MODE=events")));
	logged();
}
