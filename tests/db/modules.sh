#!/bin/sh
# Threads that open and close modules at the same time, each of which needs
# sqlite3: every call is seen, though objects come, are relocated and go while
# slots are redirected.
. "$(dirname "$0")/../lib/db.sh"

cat >"$TEST_TMP/module.c" <<'END'
#include <sqlite3.h>
int use(void)
{
	sqlite3 *db;
	int code = sqlite3_open(":memory:", &db);

	code |= sqlite3_exec(db, "SELECT 1", 0, 0, 0);
	return code | sqlite3_close(db);
}
END
cat >"$TEST_TMP/host.c" <<'END'
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

static const char *folder;
static int bad;

static void *work(void *number)
{
	char path[4096];
	int i;

	for (i = 0; i < 200; i++) {
		int (*use)(void) = NULL;
		void *handle;

		snprintf(path, sizeof(path), "%s/module%d.so", folder,
			 *(int *)number * 2 + i % 2);
		handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
		if (handle)
			use = (int (*)(void))dlsym(handle, "use");
		if (!use || use() != 0 || dlclose(handle) != 0)
			__atomic_add_fetch(&bad, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	int numbers[] = { 0, 1, 2, 3 }, i;
	pthread_t threads[4];

	folder = argv[argc - 1];
	for (i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, work, &numbers[i]);
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	printf("%d failed\n", bad);
	return 0;
}
END
# Even ones bind at their first call, odd ones are read-only after relocation.
for i in 0 1 2 3 4 5 6 7; do
	now=lazy
	[ $((i % 2)) = 0 ] || now=now
	gcc -shared -fPIC -Wl,-z,relro,-z,$now -o "$TEST_TMP/module$i.so" \
		"$TEST_TMP/module.c" -lsqlite3 2>"$TEST_TMP/gcc.log" ||
		break
done
if ! [ -r "$TEST_TMP/module7.so" ]; then
	grep -q sqlite3.h "$TEST_TMP/gcc.log" && skip "no sqlite3.h here"
	fail "$(cat "$TEST_TMP/gcc.log")"
	finish
fi
gcc -o "$TEST_TMP/host" "$TEST_TMP/host.c" -pthread -ldl || exit 1
both "$TEST_TMP/host" "$TEST_TMP"
grep -q '^0 failed' "$TEST_TMP/bare.out" || fail "nothing was tried"
expect 800 '^db.connect.stop'
expect 800 '^db.query.stop'
finish
