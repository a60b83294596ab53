/*
 * test_config_file.c - settings from YAML files: what they mean, and what is
 * said of each that is wrong.
 */
#include "config_fixture.h"

TEST(every_kind_of_value)
{
	read_text("# all of it\n"
		  "reporters: [console, /x/mine.so]\n"
		  "wrap:\n  - socket\n  - -dns\n"
		  "only: 'a*'\n"
		  "memory_limit: 4MiB\n"
		  "exit_timeout: 2s\n"
		  "deepbind: false\n"
		  "service: shop\n"
		  "resource_attributes: {a.b: 'x, y=z', c: \xc3\xa9}\n"
		  "log: ~\n"
		  "dir:\n"
		  "record: \"\"\n"
		  "console: {mode: events, events: [db.*, -db.x]}\n"
		  "mine:\n  port: 5\n"
		  "example:\n");
	CHECK_STR(settings_get("TELEMETRY_REPORTERS"), "console,/x/mine.so");
	CHECK_STR(settings_get("TELEMETRY_WRAP"), "socket,-dns");
	CHECK_STR(settings_get("TELEMETRY_ONLY"), "a*");
	CHECK_STR(settings_get("TELEMETRY_MEMORY_LIMIT"), "4MiB");
	CHECK_STR(settings_get("TELEMETRY_EXIT_TIMEOUT"), "2s");
	CHECK_STR(settings_get("TELEMETRY_DEEPBIND"), "false");
	CHECK_STR(settings_get("OTEL_SERVICE_NAME"), "shop");
	CHECK_STR(settings_get("OTEL_RESOURCE_ATTRIBUTES"),
		  "a.b=x%2C%20y%3Dz,c=%C3%A9");
	CHECK_STR(settings_get("TELEMETRY_LOG"), NULL);
	CHECK_STR(settings_get("TELEMETRY_DIR"), NULL);
	CHECK_STR(settings_get("TELEMETRY_RECORD"), NULL);
	CHECK_STR(settings_get("TELEMETRY_CONSOLE_MODE"), "events");
	CHECK_STR(settings_get("TELEMETRY_CONSOLE_EVENTS"), "db.*,-db.x");
	CHECK_STR(settings_get("TELEMETRY_MINE_PORT"), "5");
	CHECK_STR(strrchr(settings_where("TELEMETRY_MINE_PORT"), '/'),
		  "/t:17: mine: port");
	CHECK_STR(settings_where("TELEMETRY_NOTHING"), "TELEMETRY_NOTHING");
	CHECK_STR(logged(), "");
	teardown();
}

TEST(the_nearest_key)
{
	said("\nservce: x\n",
	     "t:2: unknown key 'servce', expected a setting or "
	     "the name of a reporter; did you mean service?");
	said("cosole: {mode: x}\n", "did you mean console?");
	said("inclde: x\n", "did you mean include?");
	teardown();
}

TEST(values_of_the_wrong_shape)
{
	said("dir: {a: b}\n", "t:1: dir: expected a text, a number or a list");
	said("only: [a, [b]]\n", "t:1: only: expected a text, a number or");
	said("only:\n- a\n- 'b,c'\n", "t:1: only: an item with a ','");
	said("console: 5\n", "t:1: console: expected its options");
	said("console:\n  mode: {a: b}\n",
	     "t:2: console: mode: expected a text");
	said("console:\n  'm ode': x\n", "t:2: console: 'm ode' is no option");
	said("resource_attributes: {a b: c}\n", "t:1: resource_attributes: ");
	said("config: x\n", "t:1: config: a file cannot name another");
	said("metrics: {counter: a.b}\n", "t:1: metrics: expected a list");
	said("metrics:\n- [a]\n", "t:2: metrics: a list in a list");
	said("metrics:\n- {}\n", "t:2: metrics: a definition is empty");
	teardown();
}

TEST(no_yaml)
{
	said("a: [1, 2\n",
	     "t:2: this is no YAML: did not find expected ',' or");
	said("a: b: c\n",
	     "t:1: this is no YAML: mapping values are not allowed");
	said("dir: x\n\tlog: y\n",
	     "t:2: this is no YAML: found a tab character");
	said("dir: \"x\n", "t:2: this is no YAML: found unexpected end");
	said("dir: \"\\q\"\n", "t:1: this is no YAML: found unknown escape");
	said("- a\n", "t:1: this is no configuration; expected KEY: VALUE");
	said("text\n", "t:1: this is no configuration; expected KEY: VALUE");
	said("dir: x\n---\nlog: y\n", "t:2: a second document begins");
	said("dir: &a x\n", "t:1: anchors (&), aliases (*) and tags (!)");
	said("dir: *a\n", "t:1: anchors (&), aliases (*) and tags (!)");
	said("dir: !!str x\n", "t:1: anchors (&), aliases (*) and tags (!)");
	said("dir: x\nlog: y\ndir: z\n", "t:3: 'dir' is given twice, first in "
					 "line 1");
	said("? [a]\n: b\n", "a key is no text");
	said("dir: \"a\\0b\"\n", "t:1: a text has a NUL byte");
	said("dir: \xff\n", "t:1: this is no YAML: invalid leading UTF-8");
	teardown();
}

TEST(nothing_in_it)
{
	CHECK(!read_text(""));
	CHECK(!read_text("# only this\n"));
	CHECK(!read_text("---\n"));
	CHECK(!read_text("{}\n"));
	CHECK_STR(logged(), "");
	teardown();
}

TEST(what_is_right_beside_what_is_wrong_counts)
{
	const struct config_definition *d =
		read_text("dri: x\ndir: /y\nmetrics:\n- [x]\n- counter: a.b\n");

	CHECK_STR(settings_get("TELEMETRY_DIR"), "/y");
	CHECK_STR(d->text, "counter(a.b)");
	CHECK(!d->next);
	teardown();
}

TEST(includes)
{
	const struct config_definition *d;

	setup();
	CHECK_INT(mkdir(path_of("sub"), 0755), 0);
	put_text("t", "dir: /t\ninclude: [sub/a, sub/b]\nmine: {a: t}\n"
		      "reporters: /mine.so\nmetrics: [counter(t)]\n");
	put_text("sub/a", "dir: /a\ninclude: c\nlog_file: /a\n"
			  "mine: {a: a, b: a}\nmetrics: [counter(a)]\n");
	put_text("sub/b", "log_file: /b\ninclude: ../sub/c\nservice: b\n");
	put_text("sub/c", "service: c\nlog_file: /c\nmetrics: [counter(c)]\n");
	d = config_file_read(path_of("t"), nothing);
	CHECK_STR(settings_get("TELEMETRY_DIR"), "/t");
	CHECK_STR(settings_get("TELEMETRY_LOG_FILE"), "/a");
	CHECK_STR(settings_get("OTEL_SERVICE_NAME"), "c");
	CHECK_STR(settings_get("TELEMETRY_MINE_A"), "t");
	CHECK_STR(settings_get("TELEMETRY_MINE_B"), "a");
	CHECK_STR(d->text, "counter(t)");
	CHECK_STR(d->next->text, "counter(a)");
	CHECK_STR(d->next->next->text, "counter(c)");
	CHECK(!d->next->next->next);
	CHECK_STR(logged(), "");
	teardown();
}

TEST(includes_that_cannot_be)
{
	char text[64];
	int i;

	said("include: t\n", "t:1: include: ");
	read_text("include: [t, none, '', {a: b}, a]\n");
	put_text("a", "include: t\n");
	logged();
	config_file_read(path_of("t"), nothing);
	CHECK_STR(strstr(logged(), "t:1: include: 't' includes itself\n"
				   "none: the configuration cannot be opened")
			  ? "yes"
			  : "no",
		  "yes");
	config_file_read(path_of("a"), nothing);
	CHECK(strstr(logged(), "a' includes itself\n"));
	/* One after the other, without end. */
	for (i = 0; i < 30; i++) {
		char name[16];

		snprintf(name, sizeof(name), "n%d", i);
		snprintf(text, sizeof(text), "include: [n%d, n%d]\n", i + 1,
			 i + 2);
		put_text(name, text);
	}
	config_file_read(path_of("n0"), nothing);
	CHECK(strstr(logged(), "one too many; expected at most 16 files"));
	teardown();
}

TEST(files_that_are_none)
{
	static char large[(1 << 20) + 1];

	setup();
	config_file_read(path_of("none"), nothing);
	CHECK_STR(logged(),
		  "none: the configuration cannot be opened: error 2\n");
	config_file_read(dir, nothing);
	CHECK(strstr(logged(), "is no regular file"));
	CHECK_INT(mkfifo(path_of("fifo"), 0600), 0);
	config_file_read(path_of("fifo"), nothing);
	CHECK(strstr(logged(), "is no regular file"));
	config_file_read("/dev/zero", nothing);
	CHECK(strstr(logged(), "is no regular file"));
	memset(large, '#', sizeof(large));
	put("large", large, sizeof(large));
	config_file_read(path_of("large"), nothing);
	CHECK_STR(logged(), "large: the configuration is larger than 1 MiB\n");
	put("large", large, sizeof(large) - 1);
	config_file_read(path_of("large"), nothing);
	CHECK_STR(logged(), "");
	put_text("open", "dir: x\n");
	CHECK_INT(chmod(path_of("open"), 0666), 0);
	config_file_read(path_of("open"), nothing);
	CHECK(strstr(logged(), "can be changed by everybody"));
	CHECK_STR(settings_get("TELEMETRY_DIR"), NULL);
	teardown();
}
