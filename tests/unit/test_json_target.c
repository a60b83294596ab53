/* test_json_target.c - files of the JSON reporter: rotated, full, renamed. */
#include "json_target.h"

#include <sys/resource.h>

TEST(a_new_file_has_the_mode_that_was_asked_for)
{
	struct stat st;

	make_folder();
	umask(077);
	json_start("file", path, "mode", "0640", NULL);
	CHECK_INT(put(1, 1000), 0);
	CHECK_INT(stat(path, &st), 0);
	CHECK_INT(st.st_mode & 0777, 0640);
	remove_folder();
}

TEST(a_symbolic_link_is_refused)
{
	struct stat st;

	make_folder();
	CHECK_INT(symlink("elsewhere", path), 0);
	json_start("file", path, NULL);
	CHECK_INT(put(1, 1000), -ELOOP);
	CHECK(strstr(fixture_log, path) != NULL);
	CHECK(lstat(path, &st) == 0 && S_ISLNK(st.st_mode));
	CHECK_INT(stat(path, &st), -1);
	remove_folder();
}

TEST(a_renamed_file_is_left_alone)
{
	make_folder();
	json_start("file", path, NULL);
	CHECK_INT(put(1, 1000), 0);
	CHECK_INT(rename(path, beside(".old")), 0);
	CHECK_INT(put(2, 1000), 0);
	CHECK_INT(lines_of(beside(".old")), 1);
	CHECK_INT(lines_of(path), 2);
	remove_folder();
}

TEST(a_file_is_rotated_at_its_size)
{
	int i;

	make_folder();
	json_start("file", path, "max_size", "4096", "max_files", "2", NULL);
	for (i = 0; i < 40; i++)
		CHECK_INT(put(1, 1000), 0);
	CHECK(size_of(path) > 0 && size_of(path) <= 4096);
	CHECK(size_of(beside(".1")) > 3000 && size_of(other) <= 4096);
	CHECK(size_of(beside(".2")) > 3000 && size_of(other) <= 4096);
	CHECK_INT(size_of(beside(".3")), -1);
	CHECK(lines_of(beside(".1")) > 5);
	remove_folder();
}

/* A batch that is larger than the file may be. */
TEST(a_large_batch_does_not_lose_lines_when_it_rotates)
{
	int total, i;

	make_folder();
	json_start("file", path, "max_size", "4K", "max_files", "1000", NULL);
	CHECK_INT(put(600, 1000), 0);
	total = lines_of(path);
	for (i = 1; size_of(numbered(i)) >= 0; i++) {
		CHECK(size_of(other) <= 4096);
		total += lines_of(other);
	}
	CHECK_INT(total, 600);
	remove_folder();
}

/* Of this process so far; -1 where the kernel does not count them. */
static long writes(void)
{
	FILE *file = fopen("/proc/self/io", "r");
	char line[64];
	long count = -1;

	while (file && fgets(line, sizeof(line), file))
		sscanf(line, "syscw: %ld", &count);
	if (file)
		fclose(file);
	return count;
}

/* As many records as the shim hands over at once. */
TEST(a_full_batch_is_one_write)
{
	long before;

	make_folder();
	json_start("file", path, NULL);
	before = writes();
	if (before < 0)
		SKIP("no /proc/self/io here");
	CHECK_INT(put(1024, 1000), 0);
	CHECK_INT(writes() - before, 1);
	CHECK_INT(lines_of(path), 1024);
	CHECK(size_of(path) > 260 << 10);
	remove_folder();
}

/* As on a full disk: the kernel takes a part. */
TEST(a_full_disk_leaves_no_half_of_a_line)
{
	struct rlimit limit = { 1000, 1000000 };
	const char *text;
	size_t size;

	make_folder();
	signal(SIGXFSZ, SIG_IGN);
	json_start("file", path, NULL);
	CHECK_INT(setrlimit(RLIMIT_FSIZE, &limit), 0);
	CHECK_INT(put(5, 1000), -EFBIG);
	CHECK_INT(lines_of(path), 2);
	CHECK(strstr(fixture_log, "lines dropped so far: 3") != NULL);
	CHECK_INT(put(5, 1000), -EFBIG);
	limit.rlim_cur = 1000000;
	CHECK_INT(setrlimit(RLIMIT_FSIZE, &limit), 0);
	CHECK_INT(put(1, 1000), 0);
	CHECK(strstr(fixture_log, "can be written again") != NULL);
	text = content_of(path, &size);
	CHECK_INT(whole_lines(text, size), 5);
	CHECK(strstr(text, "\"name\":\"telemetry.reporter.dropped\"") != NULL);
	CHECK(strstr(text, "\"reason\":\"no_space\"},\"count\":8,") != NULL);
	CHECK_INT(put(1, 1000), 0);
	CHECK_INT(lines_of(path), 6);
	remove_folder();
}

TEST(a_missing_folder_costs_one_line_in_the_log)
{
	json_start("file", "/nonexistent/x", NULL);
	CHECK(put(1, 1000) < 0);
	CHECK(strstr(fixture_log, "TELEMETRY_JSON_FILE: /nonexistent/x"));
	fixture_log[0] = '\0';
	CHECK(put(1, 1000) < 0);
	CHECK_STR(fixture_log, "");
}

TEST(each_kind_may_have_its_file)
{
	char pattern[80];

	make_folder();
	snprintf(pattern, sizeof(pattern), "%s.%%k.jsonl", path);
	json_record.kind = TELEMETRY_RECORD_EXCEPTION;
	json_start("file", pattern, "content", "events,logs", NULL);
	CHECK_INT(put(2, 1000), 0);
	CHECK_INT(lines_of(beside(".events.jsonl")), 2);
	CHECK_INT(lines_of(beside(".logs.jsonl")), 2);
	remove_folder();
}
