/*
 * test_proc.c - texts of /proc, sound, odd and hostile; and what is read of
 * real processes against what others say of them.
 */
#include "base/proc.h"

#include "test.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#define TAIL                                                                   \
	" S 1 10 10 0 -1 4194304 11 22 33 44 55 66 77 88 20 0 7 0 1234 4096 "  \
	"3 18446744073709551615 1 1 0 0\n"

static struct proc_stat stat_of;

TEST(stat_is_read)
{
	CHECK(proc_parse_stat("10 (name)" TAIL, &stat_of));
	CHECK_INT(stat_of.state, 'S');
	CHECK_INT(stat_of.minor_faults, 11);
	CHECK_INT(stat_of.major_faults, 33);
	CHECK_INT(stat_of.user, 550000000);
	CHECK_INT(stat_of.system, 660000000);
	CHECK_INT(stat_of.threads, 7);
	CHECK_INT(stat_of.start, 1234);
	CHECK_INT(stat_of.size, 4096);
	CHECK_INT(stat_of.resident, 3 * getpagesize());
}

TEST(names_may_hold_anything)
{
	const char *const names[] = { "",    ")",   ") R 1 2 3", "a b",
				      "\n)", "(((", "((a) Z",	 "\xff\x80)" };
	char text[300];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(text, sizeof(text), "10 (%s)" TAIL, names[i]);
		CHECK(proc_parse_stat(text, &stat_of));
		CHECK_INT(stat_of.state, 'S');
		CHECK_INT(stat_of.start, 1234);
	}
}

TEST(what_is_no_stat_is_refused)
{
	static const char whole[] = "10 (name)" TAIL;
	char text[300];
	size_t length;

	/* Cut anywhere before the last field that is wanted. */
	for (length = 0; length < (size_t)(strstr(whole, " 4096 ") - whole) + 6;
	     length++) {
		memcpy(text, whole, length);
		text[length] = '\0';
		CHECK(!proc_parse_stat(text, &stat_of));
	}
	CHECK(!proc_parse_stat("10 (a) S 1 x 10 0 -1 4 1 2 3 4 5 6 7 8 2 0 7 0"
			       " 1234 4096 3 ",
			       &stat_of));
	/* No number of 64 bits; one that is none any more in nanoseconds. */
	CHECK(!proc_parse_stat("10 (a) S 1 10 10 0 -1 4 11 22 33 44 "
			       "99999999999999999999 66 77 88 20 0 7 0 1234 "
			       "4096 3 ",
			       &stat_of));
	CHECK(!proc_parse_stat("10 (a) S 1 10 10 0 -1 4 11 22 33 44 "
			       "18446744073709551615 66 77 88 20 0 7 0 1234 "
			       "4096 3 ",
			       &stat_of));
	CHECK(!proc_parse_stat("10 (a) S 1 10 10 0 -1 4 11 22 33 44 55 66 77 "
			       "88 20 0 7 0 1234 4096 18446744073709551615 ",
			       &stat_of));
}

TEST(lines_are_found_by_their_begin)
{
	static const char text[] = "Name:\tVmRSS: 3 kB\n"
				   "nonvoluntary_ctxt_switches:\t7\n"
				   "voluntary_ctxt_switches:\t5\n"
				   "VmRSS:\t  12 kB\n"
				   "nr_periods 9\n"
				   "Empty:\n"
				   "Huge: 99999999999999999999\n"
				   "Last:  6";
	uint64_t value;
	size_t length;

	CHECK(proc_find(text, "VmRSS", &value));
	CHECK_INT(value, 12);
	CHECK(proc_find(text, "voluntary_ctxt_switches", &value));
	CHECK_INT(value, 5);
	CHECK(proc_find(text, "nr_periods", &value));
	CHECK_INT(value, 9);
	CHECK(proc_find(text, "Last", &value));
	CHECK_INT(value, 6);
	CHECK(!proc_find(text, "Empty", &value));
	CHECK(!proc_find(text, "Huge", &value));
	CHECK(!proc_find(text, "VmR", &value));
	CHECK(!proc_find(text, "Absent", &value));
	CHECK(!proc_find("", "Last", &value));
	CHECK(!strncmp(proc_line(text, "Name", &length), "VmRSS: 3 kB", 11));
	CHECK_INT(length, 11);
}

static void *wait_for_byte(void *arg)
{
	char byte;

	/* A thread's name is no line of its own. */
	prctl(PR_SET_NAME, "a) R\n9 9 9");
	CHECK(read(*(int *)arg, &byte, 1) >= 0);
	return NULL;
}

static bool add_tid(uint32_t tid, void *arg)
{
	*(uint64_t *)arg += tid;
	return true;
}

TEST(this_process)
{
	struct proc_stat one, two;
	uint64_t sum = 0;
	pthread_t thread;
	int pipes[2], i, fds = 0;

	CHECK(!pipe(pipes));
	CHECK_INT(proc_read_stat((uint32_t)getpid(), &one), 0);
	CHECK(!pthread_create(&thread, NULL, wait_for_byte, &pipes[0]));
	CHECK_INT(proc_read_stat((uint32_t)getpid(), &two), 0);
	CHECK_INT(one.threads, 1);
	CHECK_INT(two.threads, 2);
	CHECK_INT(one.start, two.start);
	CHECK(two.size > one.size && one.resident > 100000);
	CHECK_INT(proc_each_task((uint32_t)getpid(), add_tid, &sum), 0);
	CHECK(sum > (uint64_t)getpid());
	for (i = 0; i < 1024; i++)
		fds += fcntl(i, F_GETFD) >= 0;
	CHECK_INT(proc_count_descriptors((uint32_t)getpid()), fds);
	close(pipes[1]);
	CHECK(!pthread_join(thread, NULL));
}

TEST(the_name_of_the_process)
{
	prctl(PR_SET_NAME, ") Z 1 (\n");
	CHECK_INT(proc_read_stat((uint32_t)getpid(), &stat_of), 0);
	CHECK(stat_of.state == 'R' && stat_of.threads == 1);
}

/* Its descriptors are gone, and so is its memory. */
TEST(a_zombie)
{
	pid_t pid = fork();
	siginfo_t info;

	if (pid == 0)
		_exit(0);
	CHECK(!waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT));
	CHECK_INT(proc_read_stat((uint32_t)pid, &stat_of), 0);
	CHECK(stat_of.state == 'Z' && stat_of.resident == 0);
	CHECK(proc_count_descriptors((uint32_t)pid) <= 0);
	CHECK_INT(proc_count_lines((uint32_t)pid, "maps"), 0);
	CHECK(waitpid(pid, NULL, 0) == pid);
	CHECK_INT(proc_read_stat((uint32_t)pid, &stat_of), -ENOENT);
	CHECK_INT(proc_count_descriptors((uint32_t)pid), -ENOENT);
	CHECK_INT(proc_each_task((uint32_t)pid, add_tid, NULL), -ENOENT);
}

static int64_t lines_by_hand(const char *path)
{
	FILE *f = fopen(path, "r");
	int64_t lines = 0;
	int c;

	CHECK(f);
	while ((c = getc(f)) != EOF)
		lines += c == '\n';
	fclose(f);
	return lines;
}

TEST(another_process)
{
	int pipes[2];
	char path[64], byte;
	pid_t pid;

	CHECK(!pipe(pipes));
	pid = fork();
	if (pid == 0) {
		close(pipes[1]);
		_exit(read(pipes[0], &byte, 1) == 0 ? 0 : 1);
	}
	close(pipes[0]);
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	CHECK_INT(proc_count_lines((uint32_t)pid, "maps"), lines_by_hand(path));
	CHECK(proc_count_descriptors((uint32_t)pid) >= 4);
	close(pipes[1]);
	CHECK(waitpid(pid, NULL, 0) == pid);
}

/* Some files are for its owner only; the others are not. */
TEST(of_another_user)
{
	char text[64];
	pid_t parent = getpid(), pid;
	int64_t count;
	int status;

	if (getuid() != 0)
		SKIP("only root can become another user");
	pid = fork();
	if (pid == 0) {
		CHECK(!setgid(65534) && !setuid(65534));
		CHECK_INT(proc_read_stat((uint32_t)parent, &stat_of), 0);
		CHECK_INT(proc_read((uint32_t)parent, "io", text, sizeof(text)),
			  -EACCES);
		/* Everybody may see the size of the folder, since Linux 6.2. */
		count = proc_count_descriptors((uint32_t)parent);
		CHECK(count == -EACCES || count >= 3);
		CHECK_INT(proc_count_lines((uint32_t)parent, "maps"), -EACCES);
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	/* And the other way around. */
	pid = fork();
	if (pid == 0) {
		CHECK(!setgid(65534) && !setuid(65534));
		_exit(pause());
	}
	CHECK_INT(proc_read_stat((uint32_t)pid, &stat_of), 0);
	CHECK(proc_count_descriptors((uint32_t)pid) > 2);
	CHECK(proc_count_lines((uint32_t)pid, "maps") > 3);
	CHECK(!kill(pid, SIGKILL) && waitpid(pid, NULL, 0) == pid);
}

TEST(no_proc)
{
	char text[16];

	proc_set_root("/nowhere");
	CHECK_INT(proc_read_stat((uint32_t)getpid(), &stat_of), -ENOENT);
	CHECK_INT(proc_read(0, "loadavg", text, sizeof(text)), -ENOENT);
	CHECK_STR(text, "");
	CHECK_INT(proc_count_descriptors(1), -ENOENT);
	CHECK_INT(proc_count_lines(1, "maps"), -ENOENT);
}

TEST(what_does_not_fit_is_cut)
{
	char text[8];

	memset(text, 'x', sizeof(text));
	CHECK_INT(proc_read(1, "status", text, sizeof(text)), 7);
	CHECK_INT(strlen(text), 7);
}
