/*
 * H53: a signal of the program is never delivered to our thread: signalfd,
 * sigwait and a default action that must not happen.
 *
 * Technique: all signals are blocked before pthread_create and restored after;
 * SigBlk of our thread is all ones but KILL, STOP, 32 and 33.
 *
 * modes: record console events
 */
#include "hazard_net.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

static unsigned long long blocked_of(const char *task)
{
	char path[64], line[128];
	unsigned long long mask = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%s/status", task);
	file = fopen(path, "re");
	CHECK(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "SigBlk: %llx", &mask) == 1)
			break;
	fclose(file);
	return mask;
}

static int check_our_masks(void)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *entry;
	int found = 0;

	CHECK(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || !is_ours(entry->d_name))
			continue;
		found++;
		CHECK((blocked_of(entry->d_name) & ALL_BLOCKED) == ALL_BLOCKED);
	}
	closedir(dir);
	return found;
}

/* The mask of the program's own thread is not touched by starting ours. */
static void print_own_mask(void)
{
	char task[32];

	snprintf(task, sizeof(task), "%d", (int)getpid());
	printf("own mask %llx\n", blocked_of(task));
}

static void by_signalfd(const sigset_t *set)
{
	struct signalfd_siginfo info;
	int fd = signalfd(-1, set, SFD_CLOEXEC);

	CHECK(kill(getpid(), SIGTERM) == 0);
	CHECK(read(fd, &info, sizeof(info)) == sizeof(info));
	printf("signalfd: %u\n", info.ssi_signo);
	close(fd);
}

static void by_sigwait(const sigset_t *set)
{
	int number = 0, status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(5);
	CHECK(sigwait(set, &number) == 0);
	printf("sigwait: %d\n", number);
	CHECK(waitpid(pid, &status, 0) == pid && status == 5 << 8);
	CHECK(kill(getpid(), SIGUSR1) == 0);
	CHECK(sigwait(set, &number) == 0);
	printf("sigwait: %d\n", number);
}

int main(void)
{
	sigset_t set;
	int i, ours;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGUSR1);
	free(malloc(10));
	wait_for_reporter();
	CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	ours = check_our_masks();
	CHECK(!is_mode("events") || ours == 1);
	CHECK(shimmed() || ours == 0);
	for (i = 0; i < 20; i++) {
		by_signalfd(&set);
		by_sigwait(&set);
	}
	print_own_mask();
	return hazard_end();
}
