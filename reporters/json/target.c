/*
 * target.c - where lines go, and what was dropped on the way.
 */
#include "json/target.h"

#include "common/output.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

const char *const target_reasons[TARGET_REASONS] = {
	[TARGET_NO_SPACE] = "no_space", [TARGET_NO_READER] = "no_reader",
	[TARGET_SLOW] = "slow",		[TARGET_TOO_LONG] = "too_long",
	[TARGET_REFUSED] = "refused",
};

static enum target_reason reason_of(int error)
{
	switch (-error) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return TARGET_NO_SPACE;
	case ENXIO:
	case EPIPE:
	case ENOENT:
	case ECONNREFUSED:
	case ECONNRESET:
	case ENOTCONN:
		return TARGET_NO_READER;
	case EAGAIN:
	case ETIMEDOUT:
		return TARGET_SLOW;
	case EMSGSIZE:
		return TARGET_TOO_LONG;
	default:
		return TARGET_REFUSED;
	}
}

void target_drop(struct target *target, int error, const char *lines,
		 size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		target->dropped[reason_of(error)] += lines[i] == '\n';
}

size_t target_whole(const char *lines, size_t size)
{
	while (size && lines[size - 1] != '\n')
		size--;
	return size;
}

size_t target_block(const char *lines, size_t size, size_t most)
{
	size_t whole = target_whole(lines, size < most ? size : most);
	const char *end;

	if (whole)
		return whole;
	end = memchr(lines, '\n', size);
	return end ? (size_t)(end - lines) + 1 : size;
}

static int left_ms(int64_t end_ms)
{
	int64_t left = end_ms - link_now_ms();

	return left > 0 ? (int)left : 0;
}

/* A block of lines at a time: what a reader that is too slow has not taken does
 * not begin in the middle of a line, unless that is longer than a block. */
static int to_stderr(struct target *target, struct lines *lines, int64_t end_ms)
{
	int error = 0;

	while (lines->size && !error) {
		size_t block = target_block(lines->at, lines->size, PIPE_BUF);

		if (target->is_torn)
			error = output_write(NULL, "\n", 1, left_ms(end_ms));
		if (error)
			break;
		error = output_write(NULL, lines->at, block, left_ms(end_ms));
		target->is_torn = error && block > PIPE_BUF;
		if (!error) {
			lines->at += block;
			lines->size -= block;
		}
	}
	return error;
}

static int attempt(struct target *target, struct lines *lines, int64_t end_ms)
{
	if (target->file)
		return target_file(target, lines, end_ms);
	if (target->socket)
		return target_socket(target, lines, end_ms);
	return to_stderr(target, lines, end_ms);
}

int target_write(struct target *target, const char *text, size_t size,
		 int timeout_ms)
{
	/* One that was too slow once is only waited for again when it has taken
	 * something. */
	int64_t end = link_now_ms() + (target->is_slow ? 0 : timeout_ms);
	struct lines lines = { .at = text, .size = size };
	bool was_open;
	int error;

	if (!size)
		return 0;
	was_open = link_is_open(&target->link);
	error = attempt(target, &lines, end);
	/* The reader was started again since the last time. */
	if (error && was_open && reason_of(error) == TARGET_NO_READER)
		error = attempt(target, &lines, end);
	if (error)
		target_drop(target, error, lines.at, lines.size);
	target->is_slow = error == -ETIMEDOUT;
	return error;
}

void target_close(struct target *target)
{
	link_close(&target->link);
	text_free(&target->rest);
}
