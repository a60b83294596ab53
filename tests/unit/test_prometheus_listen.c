/* test_prometheus_listen.c - where the page of Prometheus is. */
#include "http_fixture.h"

#include <sys/stat.h>

static const struct telemetry_snapshot nothing = {
	.struct_size = sizeof(nothing),
};

static void begin(void)
{
	fixture_snapshot = &nothing;
	server_open("prometheus");
}

static int starts_at(const char *address, const char *key, const char *value)
{
	int error;

	begin();
	set("address", address);
	if (key)
		set(key, value);
	*fixture_log = '\0';
	error = server->start(server_self);
	server->close(server_self);
	return error;
}

TEST(listens_beyond_this_machine_only_when_told)
{
	CHECK_INT(starts_at("127.0.0.1", NULL, NULL), 0);
	CHECK_INT(starts_at("127.200.0.9", NULL, NULL), 0);
	CHECK_INT(starts_at("localhost", NULL, NULL), 0);
	CHECK_INT(starts_at("::1", NULL, NULL), 0);
	CHECK_INT(starts_at("::ffff:127.0.0.1", NULL, NULL), 0);
	CHECK(starts_at("0.0.0.0", NULL, NULL) < 0);
	check_has(fixture_log, "TELEMETRY_PROMETHEUS_ADDRESS: 0.0.0.0");
	check_has(fixture_log, "INSECURE=true");
	CHECK(starts_at("::", NULL, NULL) < 0);
	CHECK(starts_at("192.0.2.1", NULL, NULL) < 0);
	CHECK(starts_at("::ffff:10.0.0.1", NULL, NULL) < 0);
	CHECK(starts_at("0.0.0.0", "insecure", "false") < 0);
	CHECK_INT(starts_at("0.0.0.0", "insecure", "true"), 0);
	CHECK_INT(starts_at("::", "token", "t"), 0);
	CHECK_INT(starts_at("0.0.0.0", "socket", "/tmp/s"), 0);
}

TEST(judges_its_options)
{
	static const struct {
		const char *key, *value;
		int error;
	} cases[] = {
		{ "port", "65536", -EINVAL },
		{ "port", "", -EINVAL },
		{ "port", "80x", -EINVAL },
		{ "port", "-1", -EINVAL },
		{ "address", "example.com", -EINVAL },
		{ "address", "1.2.3", -EINVAL },
		{ "socket", "relative", -EINVAL },
		{ "socket_mode", "0888", -EINVAL },
		{ "socket_mode", "0660", 0 },
		{ "port_file", "x", -EINVAL },
		{ "insecure", "yes", -EINVAL },
		{ "username", "a:b", -EINVAL },
		{ "token_file", "x", -EINVAL },
		{ "self", "1", -EINVAL },
		{ "process_labels", "false", 0 },
		{ "prot", "1", -ENOENT },
	};
	char path[200];
	size_t i;

	begin();
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (fixture_set(server, server_self, cases[i].key,
				cases[i].value) != cases[i].error)
			test_fail(__FILE__, __LINE__, "%s=%s", cases[i].key,
				  cases[i].value);
	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	CHECK_INT(fixture_set(server, server_self, "socket", path), -EINVAL);
	server->close(server_self);
}

/* ---- UNIX sockets ---------------------------------------------------------- */

static char socket_path[64];

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CHECK_INT(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void begin_at_socket(void)
{
	begin();
	snprintf(socket_path, sizeof(socket_path), "/tmp/prometheus-%d.sock",
		 (int)getpid());
	set("socket", socket_path);
}

static void check_socket(unsigned int mode)
{
	struct stat st;
	int fd = dial_socket(socket_path);

	CHECK_INT(stat(socket_path, &st), 0);
	CHECK_INT(st.st_mode & 0777, mode);
	say(fd, "GET /metrics HTTP/1.0\r\n\r\n");
	check_has(hear(fd), " 200 ");
}

TEST(listens_at_a_unix_socket)
{
	begin_at_socket();
	umask(0);
	server_start();
	check_socket(0600);
	server->close(server_self);
	CHECK(access(socket_path, F_OK) < 0);

	begin_at_socket();
	set("socket_mode", "0666");
	umask(077);
	server_start();
	check_socket(0666);
	server->close(server_self);
}

TEST(takes_the_place_of_a_socket_that_was_left)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		snprintf(socket_path, sizeof(socket_path),
			 "/tmp/prometheus-%d.sock", (int)getppid());
		begin();
		set("socket", socket_path);
		server_start();
		_exit(0);
	}
	waitpid(child, &status, 0);
	CHECK_INT(status, 0);
	begin_at_socket();
	CHECK_INT(access(socket_path, F_OK), 0);
	server_start();
	check_socket(0600);
	server->close(server_self);
}

TEST(leaves_a_socket_in_use_and_a_file_alone)
{
	char expected[64];
	void *first;

	begin_at_socket();
	server_start();
	first = server_self;
	begin_at_socket();
	CHECK_INT(server->start(server_self), 0);
	CHECK_INT(turn(0), 0);
	snprintf(expected, sizeof(expected), "is taken by process %d (",
		 (int)getpid());
	check_has(fixture_log, expected);
	server->close(server_self);
	server_self = first;
	check_socket(0600);
	server->close(server_self);

	write_file(socket_path, "precious");
	begin_at_socket();
	CHECK_INT(server->start(server_self), 0);
	CHECK_INT(turn(0), 0);
	check_has(fixture_log, "is no socket");
	server->close(server_self);
	CHECK_INT(access(socket_path, F_OK), 0);
	unlink(socket_path);
}

/* ---- a port that is taken --------------------------------------------------- */

static int occupy(unsigned int *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t length = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK_INT(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	CHECK_INT(listen(fd, 1), 0);
	getsockname(fd, (struct sockaddr *)&at, &length);
	*port = ntohs(at.sin_port);
	return fd;
}

TEST(says_once_who_has_the_port_and_tries_again)
{
	char text[64];
	unsigned int port;
	int fd = occupy(&port);

	begin();
	snprintf(text, sizeof(text), "%u", port);
	set("port", text);
	CHECK_INT(server->start(server_self), 0);
	CHECK_INT(turn(0), 0);
	snprintf(text, sizeof(text), "port %u is taken by process %d (test_",
		 port, (int)getpid());
	check_has(fixture_log, "TELEMETRY_PROMETHEUS_PORT: 127.0.0.1 ");
	check_has(fixture_log, text);
	*fixture_log = '\0';
	fixture_clock += 2000 * MS;
	CHECK_INT(turn(0), 0);
	CHECK_STR(fixture_log, "");
	close(fd);
	fixture_clock += 1000 * MS;
	CHECK_INT(turn(0), 0);
	fixture_clock += 60000 * MS;
	CHECK_INT(turn(0), 1);
	check_has(fixture_log, "listening at 127.0.0.1:");
	CHECK_INT(status_of(request("GET", "/metrics", "")), 200);
	server_close();
}
