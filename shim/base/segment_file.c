/*
 * segment_file.c - directories and the file behind the segment.
 *
 * Every descriptor lives for a few system calls only.  Nothing here is
 * followed, trusted or overwritten: a directory that is not exactly ours is
 * refused, and files are made with O_EXCL.
 */
#define _GNU_SOURCE /* O_PATH, struct rlimit64 */
#include "base/segment_file.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/segment.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define GENERATIONS 64 /* files of one pid: execs, and pids used again */
#define ROOT_MAX 1024

static struct {
	bool by_user;	   /* TELEMETRY_DIR is set */
	bool exists;	   /* path, device and inode are of a file */
	bool cut;	   /* the directory does not fit into `root` */
	unsigned int euid; /* for whom the default place was computed */
	char group[17];
	char root[ROOT_MAX];
	char directory[ROOT_MAX + 32];
	char path[ROOT_MAX + 64];
	const char *chosen; /* in place of `directory`, or NULL */
	uint64_t device, inode;
} file;

static void place(const char *dir)
{
	struct buf b = BUF(file.root);

	file.euid = sys_geteuid();
	if (dir)
		buf_str(&b, dir);
	else
		buf_printf(&b, "/dev/shm/telemetry-%u", file.euid);
	/* "link/" would be followed in spite of O_NOFOLLOW. */
	while (b.length > 1 && b.text[b.length - 1] == '/')
		b.text[--b.length] = '\0';
	file.cut = b.cut;
	b = BUF(file.directory);
	buf_printf(&b, "%s/%s", file.root, file.group);
}

void segment_file_configure(const char *dir, const char *group)
{
	struct buf b = BUF(file.group);

	buf_str(&b, group);
	file.by_user = dir != NULL;
	place(dir);
}

const char *segment_directory(void)
{
	return file.chosen ? file.chosen : file.directory;
}

void segment_choose_directory(const char *directory)
{
	file.chosen = directory;
}

bool segment_directory_is_own(void)
{
	return !file.chosen || !strcmp(file.chosen, file.directory);
}

const char *segment_path(void)
{
	return file.exists ? file.path : NULL;
}

static uint32_t shortages;

static int note_shortage(int error)
{
	if (error == -EMFILE || error == -ENFILE || error == -ENOMEM)
		add_relaxed(&shortages, 1);
	return error;
}

int segment_file_open(int dir, const char *path, int flags, unsigned int mode)
{
	int fd = sys_openat(dir, path, flags | O_CLOEXEC | O_NOFOLLOW, mode);
	int moved;

	if (likely(fd > 2))
		return fd;
	if (fd < 0)
		return note_shortage(fd);
	moved = (int)sys_call(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 3, 0, 0, 0);
	sys_close(fd);
	return moved < 0 ? note_shortage(moved) : moved;
}

uint32_t segment_file_shortages(void)
{
	return load_relaxed(&shortages);
}

/* One line: where, what is wrong, what would be right. */
static COLD int refuse(enum log_level level, const char *path, const char *what,
		       int error)
{
	log_write(level,
		  "%s: %.*s %s (error %d); expected a directory of user %u "
		  "with mode 0700 and room for files; recording to private "
		  "memory, which nobody else can read",
		  file.by_user ? "TELEMETRY_DIR" : "default of TELEMETRY_DIR",
		  300, path, what, -error, file.euid);
	return error;
}

/* A umask took bits of our own directory's 0700 away. */
static void restore_mode(int fd)
{
	char name[32];
	struct buf b = BUF(name);

	buf_printf(&b, "/proc/self/fd/%d", fd);
	sys_call(SYS_fchmodat, AT_FDCWD, (long)name, 0700, 0, 0, 0);
}

static int check_directory(int fd, const char *path, bool made)
{
	struct stat st;
	int error = sys_fstat(fd, &st);

	if (error)
		return refuse(LOG_ERROR, path, "cannot be examined", error);
	if (st.st_uid != file.euid)
		return refuse(LOG_WARN, path, "belongs to another user",
			      -EPERM);
	if (st.st_mode & 022)
		return refuse(LOG_ERROR, path, "can be written by others",
			      -EPERM);
	if (made && (st.st_mode & 0700) != 0700)
		restore_mode(fd);
	return 0;
}

/* Opens a directory of ours, made if need be; -errno, logged. */
static int enter(int parent, const char *name, const char *path)
{
	const int flags = O_PATH | O_DIRECTORY;
	int fd = segment_file_open(parent, name, flags, 0);
	bool made = false;
	int error;

	if (fd == -ENOENT) {
		error = (int)sys_call(SYS_mkdirat, parent, (long)name, 0700, 0,
				      0, 0);
		if (error && error != -EEXIST)
			return refuse(file.by_user ? LOG_ERROR : LOG_WARN, path,
				      "cannot be made", error);
		made = error == 0;
		fd = segment_file_open(parent, name, flags, 0);
	}
	if (fd == -ENOTDIR || fd == -ELOOP)
		return refuse(LOG_ERROR, path,
			      "is a symbolic link or no directory", fd);
	/* A process that has become another user: nothing is wrong. */
	if (fd == -EACCES)
		return refuse(LOG_WARN, path, "cannot be opened", fd);
	if (fd < 0)
		return refuse(file.by_user ? LOG_ERROR : LOG_WARN, path,
			      "cannot be opened", fd);
	error = check_directory(fd, path, made);
	if (error) {
		sys_close(fd);
		return error;
	}
	return fd;
}

static int open_directory(void)
{
	int root, group;

	if (file.cut)
		return refuse(LOG_ERROR, file.root, "is cut: it is too long",
			      -ENAMETOOLONG);
	if (file.root[0] != '/')
		return refuse(LOG_ERROR, file.root, "is no absolute path",
			      -EINVAL);
	root = enter(AT_FDCWD, file.root, file.root);
	if (root < 0)
		return root;
	group = enter(root, file.group, file.directory);
	sys_close(root);
	return group;
}

int segment_file_make_directory(void)
{
	int fd = open_directory();

	if (fd >= 0)
		sys_close(fd);
	return fd < 0 ? fd : 0;
}

static uint64_t largest_file(void)
{
	struct rlimit64 limit;

	if (sys_call(SYS_prlimit64, 0, RLIMIT_FSIZE, 0, (long)&limit, 0, 0) ||
	    limit.rlim_cur > INT64_MAX)
		return INT64_MAX;
	return limit.rlim_cur & ~(uint64_t)(SEGMENT_PAGE - 1);
}

/* The first free <pid>.<n>. */
static int open_new(int directory, uint32_t *n)
{
	struct buf b = BUF(file.path);
	size_t start;
	int fd = -EEXIST;

	buf_printf(&b, "%s/%d.", file.directory, sys_getpid());
	start = strlen(file.directory) + 1;
	for (*n = 0; *n < GENERATIONS && fd == -EEXIST; ++*n) {
		size_t length = b.length;

		buf_u64(&b, *n);
		fd = segment_file_open(directory, file.path + start,
				       O_RDWR | O_CREAT | O_EXCL, 0600);
		if (fd >= 0)
			return fd;
		b.length = length;
		b.text[length] = '\0';
	}
	return fd;
}

/* telemetry-host may remove the directory of a group that has ended, between
 * the two steps: then it is made again. */
static int open_in_directory(uint32_t *n)
{
	int tries = 10, directory, fd;

	do {
		directory = open_directory();
		if (directory < 0)
			return directory;
		fd = open_new(directory, n);
		sys_close(directory);
	} while (fd == -ENOENT && --tries);
	return fd < 0 ? refuse(LOG_WARN, file.path, "cannot be made", fd) : fd;
}

static int set_size(int fd, uint64_t reserve, uint64_t size)
{
	struct stat st;
	int error = sys_fstat(fd, &st);

	if (error)
		return error;
	file.device = st.st_dev;
	file.inode = st.st_ino;
	/* Under a strange umask we could not open it again. */
	if ((st.st_mode & 0777) != 0600)
		sys_call(SYS_fchmod, fd, 0600, 0, 0, 0, 0);
	error = sys_fallocate(fd, 0, reserve);
	/* The rest is a hole: its pages get memory before they are touched. */
	return error ? error : sys_ftruncate(fd, size);
}

int segment_file_create(uint64_t reserve, uint64_t least, uint64_t *size,
			uint32_t *n)
{
	uint64_t largest = largest_file();
	int fd, error;

	if (!file.by_user && file.euid != sys_geteuid())
		place(NULL);
	/* Beyond RLIMIT_FSIZE the host would get a SIGXFSZ. */
	if (largest < least)
		return refuse(LOG_WARN, file.directory,
			      "is not used: RLIMIT_FSIZE is too low", -EFBIG);
	if (*size > largest)
		*size = largest;
	fd = open_in_directory(n);
	if (fd < 0)
		return fd;
	error = set_size(fd, reserve, *size);
	file.exists = true;
	if (!error)
		return fd;
	sys_close(fd);
	segment_file_unlink();
	return refuse(LOG_WARN, file.path, "has no room", error);
}

static bool is_ours(const struct stat *st)
{
	return st->st_dev == file.device && st->st_ino == file.inode;
}

static bool is_same(int fd)
{
	struct stat st;

	return sys_fstat(fd, &st) == 0 && is_ours(&st);
}

int segment_file_reserve(uint64_t offset, uint64_t size)
{
	int fd, error = -ESTALE;

	if (!file.exists)
		return -ENOENT;
	if (largest_file() < offset + size)
		return -EFBIG;
	fd = segment_file_open(AT_FDCWD, file.path, O_RDWR, 0);
	if (fd < 0)
		return fd;
	if (is_same(fd))
		error = sys_fallocate(fd, offset, size);
	sys_close(fd);
	return error;
}

void segment_file_unlink(void)
{
	struct stat st;

	if (!file.exists)
		return;
	if (sys_call(SYS_newfstatat, AT_FDCWD, (long)file.path, (long)&st,
		     AT_SYMLINK_NOFOLLOW, 0, 0) == 0 &&
	    is_ours(&st))
		sys_unlinkat(AT_FDCWD, file.path, 0);
	file.exists = false;
}

void segment_file_forget(void)
{
	file.exists = false;
}
