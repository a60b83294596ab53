/*
 * document.c - reads a configuration file: the bytes, and the memory of its
 * nodes.  document_parse.c makes the tree.
 */
#include "runtime/document.h"

#include "base/arena.h"
#include "base/log.h"
#include "base/sys.h"
#include "runtime/document_parse.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define CHUNK_SIZE (32u << 10)

struct chunk {
	struct chunk *next;
	size_t size, used;
	char bytes[];
};

void *document_alloc(struct document *document, size_t size)
{
	struct chunk *c = document->chunks;
	size_t need = (size + 15) & ~(size_t)15;

	if (!c || c->size - c->used < need) {
		size_t whole = need + sizeof(*c);

		if (whole < CHUNK_SIZE)
			whole = CHUNK_SIZE;
		c = arena_alloc(whole);
		if (!c)
			return NULL;
		c->size = whole - sizeof(*c);
		c->next = document->chunks;
		document->chunks = c;
	}
	c->used += need;
	return c->bytes + c->used - need;
}

void document_free(struct document *document)
{
	while (document->chunks) {
		struct chunk *c = document->chunks;

		document->chunks = c->next;
		arena_free(c, c->size + sizeof(*c));
	}
}

static int refuse(const char *path, const char *why, int error)
{
	log_error("%s: the configuration %s", path, why);
	return error;
}

/* Who may change the file decides what is loaded and written here. */
static int check(const char *path, const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return refuse(path, "is no regular file", -EINVAL);
	if (st->st_mode & S_IWOTH)
		return refuse(path,
			      "can be changed by everybody; expected a file "
			      "that others cannot write to",
			      -EPERM);
	if (st->st_size > DOCUMENT_SIZE)
		return refuse(path, "is larger than 1 MiB", -EFBIG);
	return 0;
}

/* Up to size bytes; how many there are, or -errno. */
static ssize_t read_all(int fd, char *bytes, size_t size)
{
	size_t used = 0;

	while (used < size) {
		ssize_t n = sys_read(fd, bytes + used, size - used);

		if (n < 0 && n != -EINTR)
			return n;
		if (n == 0)
			break;
		if (n > 0)
			used += (size_t)n;
	}
	return (ssize_t)used;
}

/* The file is only open in here. */
static ssize_t load(struct document *document, char *bytes)
{
	const char *path = document->path;
	ssize_t length;
	struct stat st;
	int fd, error;

	fd = sys_open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0);
	if (fd < 0) {
		log_error("%s: the configuration cannot be opened: error %d",
			  path, -fd);
		return fd;
	}
	error = sys_fstat(fd, &st);
	if (!error)
		error = check(path, &st);
	document->device = st.st_dev;
	document->inode = st.st_ino;
	length = error ? error : read_all(fd, bytes, DOCUMENT_SIZE + 1);
	sys_close(fd);
	if (length < 0 && !error)
		log_error("%s: the configuration cannot be read: error %d",
			  path, (int)-length);
	if (length > (ssize_t)DOCUMENT_SIZE)
		return refuse(path, "is larger than 1 MiB", -EFBIG);
	return length;
}

int document_read(struct document *document, const char *path)
{
	char *bytes = arena_pages(DOCUMENT_SIZE + 1, ARENA_PLAIN);
	ssize_t length = -ENOMEM;

	*document = (struct document){ .path = path };
	if (!bytes)
		return refuse(path, "cannot be read: no memory", -ENOMEM);
	length = load(document, bytes);
	if (length > 0)
		length = document_parse(document, bytes, (size_t)length);
	arena_pages_free(bytes, DOCUMENT_SIZE + 1);
	return length < 0 ? (int)length : 0;
}
