/*
 * log.h - one line per trouble, for a person.
 *
 * "telemetry[pid] level: text\n" in one write(2) by raw system call, to the
 * file of TELEMETRY_LOG_FILE (opened, written and closed each time: we keep no
 * descriptor) or to descriptor 2.  Nothing is written below the level of
 * TELEMETRY_LOG, whose default is error.  Name the variable or the file and
 * line, the offending text, and what was expected.
 *
 * Callable from anywhere, signal handlers included; it neither allocates nor
 * locks, and leaves errno alone.
 */
#ifndef SHIM_BASE_LOG_H
#define SHIM_BASE_LOG_H

#include "base/compiler.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

void log_set_level(enum log_level level);
void log_set_file(const char *path); /* kept, not copied; NULL is fd 2 */
enum log_level log_get_level(void);

/* The formats of buf_printf(). */
void log_write(enum log_level level, const char *format, ...) PRINTF_LIKE(2, 3);

#define log_error(...) log_write(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_write(LOG_WARN, __VA_ARGS__)
#define log_info(...) log_write(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_DEBUG, __VA_ARGS__)

#endif
