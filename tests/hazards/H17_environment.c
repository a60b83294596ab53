/*
 * H17: getenv and its kin may be the program's own, and the environment is the
 * program's: the shim reads `environ` once and never calls or changes either.
 *
 * Technique: env_capture() walks `environ` in the constructor.
 *
 * modes: record console
 */
#include "hazard.h"

extern char **environ;
static unsigned long reads, writes;

/* As bash does: definitions that every other object then binds to. */
char *getenv(const char *name)
{
	size_t i, length = strlen(name);

	__atomic_fetch_add(&reads, 1, __ATOMIC_RELAXED);
	for (i = 0; environ && environ[i]; i++)
		if (!strncmp(environ[i], name, length) &&
		    environ[i][length] == '=')
			return environ[i] + length + 1;
	return NULL;
}

char *secure_getenv(const char *name)
{
	return getenv(name);
}

static int refuse(void)
{
	writes++;
	errno = EPERM;
	return -1;
}

int setenv(const char *name, const char *value, int overwrite)
{
	(void)name;
	(void)value;
	(void)overwrite;
	return refuse();
}

int unsetenv(const char *name)
{
	(void)name;
	return refuse();
}

int putenv(char *string)
{
	(void)string;
	return refuse();
}

int main(void)
{
	unsigned long before = reads;
	size_t i;
	char *p;

	for (i = 0; environ[i]; i++)
		if (strncmp(environ[i], "TELEMETRY_", 10) != 0 &&
		    strncmp(environ[i], "LD_PRELOAD=", 11) != 0 &&
		    strncmp(environ[i], "HAZARD_", 7) != 0 &&
		    strncmp(environ[i], "PWD=", 4) != 0)
			puts(environ[i]);
	printf("before main: %lu reads, %lu writes\n", before, writes);
	p = malloc(10);
	free(p);
	printf("in main: %lu reads, %lu writes\n", reads - before, writes);
	shimmed();
	return hazard_end();
}
