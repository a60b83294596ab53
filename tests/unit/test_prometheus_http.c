/* test_prometheus_http.c - who gets the page of Prometheus, and how. */
#include "http_fixture.h"

static const struct telemetry_snapshot nothing = {
	.struct_size = sizeof(nothing),
};

static void begin(void)
{
	fixture_snapshot = &nothing;
	server_open("prometheus");
}

TEST(X61_get_head_other_paths_and_methods)
{
	char *answer;

	begin();
	server_start();
	answer = request("GET", "/metrics", "");
	CHECK_INT(status_of(answer), 200);
	check_has(answer, "Content-Type: text/plain; version=0.0.4; "
			  "charset=utf-8\r\n");
	check_has(body_of(answer), "# TYPE ");
	answer = request("GET", "/metrics?name[]=up", "");
	CHECK_INT(status_of(answer), 200);
	answer = request("HEAD", "/metrics", "");
	CHECK_INT(status_of(answer), 200);
	CHECK_STR(body_of(answer), "");
	check_has_not(answer, "Content-Length: 0\r\n");
	CHECK_INT(status_of(request("GET", "/", "")), 404);
	CHECK_INT(status_of(request("GET", "/metrics/", "")), 404);
	CHECK_INT(status_of(request("GET", "/%2e%2e/metrics", "")), 404);
	answer = request("POST", "/metrics", "Content-Length: 0\r\n");
	CHECK_INT(status_of(answer), 405);
	check_has(answer, "Allow: GET, HEAD\r\n");
	CHECK_INT(status_of(request("PUT", "/metrics",
				    "Content-Length: 1000000\r\n")),
		  405);
	CHECK_INT(status_of(request("GET", "/metrics",
				    "Content-Length: 1000000\r\n")),
		  413);
	server_close();
}

/* Many requests over one connection, as a server that scrapes does it. */
TEST(keeps_a_connection)
{
	char *answer;
	int fd, i;

	begin();
	server_start();
	fd = dial();
	for (i = 0; i < 5; i++) {
		char part[256];
		ssize_t n;

		say(fd, "HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
		do {
			turn(TURN_MS);
			n = recv(fd, part, sizeof(part) - 1, MSG_DONTWAIT);
		} while (n < 0 && errno == EAGAIN);
		CHECK(n > 0);
		CHECK_INT(status_of(part), 200);
	}
	say(fd, "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: "
		"close\r\n\r\n");
	answer = hear(fd);
	CHECK_INT(status_of(answer), 200);
	check_has(answer, "telemetry_prometheus_scrapes_total{format=\"text\"} "
			  "6\n");
	server_close();
}

static const char *type_for(const char *accept)
{
	static char type[256];
	char header[512];
	const char *line;

	snprintf(header, sizeof(header), "Accept: %s\r\n", accept);
	line = strstr(request("GET", "/metrics", header), "Content-Type: ");
	CHECK(line != NULL);
	snprintf(type, sizeof(type), "%.*s", (int)strcspn(line, ";\r"), line);
	return strstr(type, "openmetrics")  ? "open"
	       : strstr(type, "text/plain") ? "text"
					    : type;
}

TEST(answers_what_is_accepted)
{
	begin();
	server_start();
	CHECK_STR(type_for("*/*"), "text");
	CHECK_STR(type_for("text/plain"), "text");
	CHECK_STR(type_for("application/json"), "text");
	CHECK_STR(type_for("text/html,application/xhtml+xml,application/xml;"
			   "q=0.9,image/webp,*/*;q=0.8"),
		  "text");
	CHECK_STR(type_for("application/openmetrics-text"), "open");
	CHECK_STR(type_for("Application/OpenMetrics-Text;Version=1.0.0"),
		  "open");
	CHECK_STR(type_for("application/openmetrics-text; version=0.0.1"),
		  "text");
	CHECK_STR(type_for("application/openmetrics-text; version=2.0.0,"
			   "text/plain;q=0.1"),
		  "text");
	CHECK_STR(type_for("application/openmetrics-text;q=0"), "text");
	CHECK_STR(type_for("application/openmetrics-text;q=0.5,"
			   "text/plain;version=0.0.4;q=0.75"),
		  "text");
	CHECK_STR(type_for("application/openmetrics-text;version=1.0.0;"
			   "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
		  "open");
	CHECK_STR(type_for("application/openmetrics-text; version=\"1.0.0\"; "
			   "charset=utf-8, */*;q=0.9"),
		  "open");
	CHECK_STR(type_for("application/openmetrics-text;q=2"), "text");
	CHECK_STR(type_for(",;,=;q=,\"unterminated"), "text");
	/* Prometheus 2.42 with native histograms. */
	CHECK_STR(type_for("application/vnd.google.protobuf;proto=io."
			   "prometheus.client.MetricFamily;encoding=delimited,"
			   "application/openmetrics-text;version=1.0.0;q=0.8,"
			   "application/openmetrics-text;version=0.0.1;q=0.75,"
			   "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
		  "open");
	server_close();
}

TEST(packs_what_is_long_and_asked_for)
{
	char *answer;

	begin();
	server_start();
	answer = request("GET", "/metrics", "Accept-Encoding: gzip\r\n");
	check_has(answer, "Content-Encoding: gzip\r\n");
	check_has(answer, "Vary: Accept, Accept-Encoding\r\n");
	CHECK_INT((unsigned char)body_of(answer)[0], 0x1f);
	CHECK_INT((unsigned char)body_of(answer)[1], 0x8b);
	answer = request("GET", "/metrics", "Accept-Encoding: gzip;q=0\r\n");
	check_has_not(answer, "Content-Encoding");
	answer = request("GET", "/metrics", "Accept-Encoding: deflate, br\r\n");
	check_has_not(answer, "Content-Encoding");
	answer = request("GET", "/x", "Accept-Encoding: gzip\r\n");
	check_has_not(answer, "Content-Encoding");
	server_close();
}

TEST(G10_path)
{
	begin();
	CHECK_INT(fixture_set(server, server_self, "path", "m"), -EINVAL);
	set("path", "/own/page");
	server_start();
	CHECK_INT(status_of(request("GET", "/own/page", "")), 200);
	check_has(request("GET", "/metrics", ""), "/own/page");
	CHECK_INT(status_of(heard_text), 404);
	server_close();
}

TEST(G06_G07_no_credentials_basic_bearer)
{
	begin();
	server_start();
	CHECK_INT(status_of(request("GET", "/metrics", "")), 200);
	server_close();

	begin();
	set("username", "Aladdin");
	set("password", "open sesame");
	set("token", "t0ken");
	server_start();
	CHECK_INT(status_of(request("GET", "/metrics", "")), 401);
	check_has(heard_text, "WWW-Authenticate: Basic realm=");
	check_has(heard_text, "WWW-Authenticate: Bearer realm=");
	CHECK_INT(status_of(request("GET", "/x", "")), 401);
	/* Of RFC 7617. */
	CHECK_INT(status_of(request("GET", "/metrics",
				    "Authorization: Basic "
				    "QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n")),
		  200);
	CHECK_INT(status_of(request("GET", "/metrics",
				    "Authorization: basic "
				    "QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n")),
		  200);
	CHECK_INT(status_of(request("GET", "/metrics",
				    "Authorization: Basic "
				    "QWxhZGRpbjpvcGVuIHNlc2FtZR==\r\n")),
		  401);
	CHECK_INT(status_of(request("GET", "/metrics",
				    "Authorization: Basic "
				    "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
				    "QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n")),
		  401);
	CHECK_INT(status_of(request("GET", "/metrics",
				    "Authorization: Bearer t0ken\r\n")),
		  200);
	CHECK_INT(status_of(request("GET", "/metrics",
				    "Authorization: Bearer t0kem\r\n")),
		  401);
	CHECK_INT(status_of(request("GET", "/metrics",
				    "Authorization: Bearer t0ken2\r\n")),
		  401);
	CHECK_INT(status_of(request("GET", "/metrics",
				    "Authorization: Bearer \r\n")),
		  401);
	CHECK_INT(status_of(request("GET", "/metrics",
				    "Authorization: Basic t0ken\r\n")),
		  401);
	server_close();
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CHECK_INT(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

TEST(reads_secrets_from_files)
{
	begin();
	write_file(fixture_file(), "from a file\r\nsecond line\n");
	set("token_file", fixture_path);
	server_start();
	CHECK_INT(status_of(request("GET", "/metrics",
				    "Authorization: Bearer from a file\r\n")),
		  200);
	CHECK_INT(status_of(request("GET", "/metrics", "")), 401);
	server_close();

	begin();
	write_file(fixture_path, "\n");
	set("username", "u");
	set("password_file", fixture_path);
	CHECK(server->start(server_self) < 0);
	check_has(fixture_log, "TELEMETRY_PROMETHEUS_PASSWORD_FILE: ");
	unlink(fixture_path);
	CHECK(server->start(server_self) < 0);
	check_has(fixture_log, "No such file");
	server->close(server_self);

	begin();
	set("username", "u");
	CHECK(server->start(server_self) < 0);
	check_has(fixture_log, "PASSWORD");
	server->close(server_self);
}

TEST(G09_no_snapshot)
{
	begin();
	server_start();
	fixture_snapshot = NULL;
	CHECK_INT(status_of(request("GET", "/metrics", "")), 503);
	fixture_snapshot = &nothing;
	check_has(request("GET", "/metrics", ""),
		  "telemetry_prometheus_errors_total{reason=\"snapshot\"} 1\n");
	server_close();
}
