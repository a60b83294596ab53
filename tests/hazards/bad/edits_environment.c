/*
 * What the shim must not do: it hands a new program an environment of its own
 * making.
 */
#include <dlfcn.h>
#include <stddef.h>

int execve(const char *path, char *const argv[], char *const envp[])
{
	int (*next)(const char *, char *const *, char *const *) =
		(int (*)(const char *, char *const *, char *const *))dlsym(
			RTLD_NEXT, "execve");
	char *copy[100] = { "SEEN=1" };
	size_t i;

	for (i = 0; envp[i] && i < 98; i++)
		copy[i + 1] = envp[i];
	return next(path, argv, copy);
}
