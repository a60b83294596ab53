/*
 * config_rows.h - the rows of config.def as a table.
 */
#ifndef SHIM_RUNTIME_CONFIG_ROWS_H
#define SHIM_RUNTIME_CONFIG_ROWS_H

#include "runtime/config.h"

enum config_scope { PROCESS, GROUP };

struct config_row {
	const char *name; /* variable */
	const char *key;  /* in a file */
	size_t field;	  /* offset in struct config */
	const char *preset;
	int (*parse)(const char *where, const char *text, void *field,
		     const char **expected);
	enum config_scope scope;
};

/* NULL at the end.  Their keys are known after config_rows_init(). */
const struct config_row *config_row_at(size_t index);
const struct config_row *config_row_of(const char *name);
void config_rows_init(void);

#endif
