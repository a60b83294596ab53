#!/bin/bash
# H13: objects opened with RTLD_DEEPBIND (PHP's extensions) bypass exported
# wrappers.  Their heap calls stay unseen, and may free what came through a
# wrapper; their database calls are seen.  No flag is taken away.
#
# Technique: pointers are the real allocator's; import slots are redirected in
# every object.
. "$(dirname "$0")/../lib/hazard_lib.sh"
hazard_need_shim
echo '#include <sqlite3.h>' | gcc -E - >/dev/null 2>&1 ||
	hazard_skip "no sqlite3.h here"

cat >"$T/deep.c" <<'END'
#include <malloc.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int row(void *arg, int count, char **values, char **names)
{
	(void)arg;
	printf("%d %s %s\n", count, values[0], names[0]);
	return 0;
}

/* Takes a block of the host's heap, gives one of its own. */
void *deep(char *block)
{
	sqlite3 *db;

	printf("%s %d\n", block, malloc_usable_size(block) >= 100);
	free(block);
	printf("%d\n", sqlite3_open(":memory:", &db));
	printf("%d\n", sqlite3_exec(db, "SELECT 'a' AS x", row, NULL, NULL));
	printf("%d\n", sqlite3_close(db));
	return strdup("from the deep");
}
END
cat >"$T/host.c" <<'END'
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
	void *handle = dlopen(argv[argc - 1], RTLD_NOW | RTLD_DEEPBIND);
	void *(*deep)(char *);
	char *block = strcpy(malloc(100), "from the host"), *back;

	if (!handle)
		return puts(dlerror()), 1;
	deep = (void *(*)(char *))dlsym(handle, "deep");
	back = deep(block);
	puts(back);
	back = realloc(back, 5000);
	free(back);
	return 0;
}
END
gcc -shared -fPIC -o "$T/deep.so" "$T/deep.c" -lsqlite3 || exit 1
gcc -D_GNU_SOURCE -o "$T/host" "$T/host.c" || exit 1
hazard_compare "record events" "$T/host" "$T/deep.so"
grep -q 'from the deep' "$T/bare/out" || hazard_fail "nothing was tried"
grep -q 'db.query.stop.*function=sqlite3_exec' "$T/events/console.out" ||
	hazard_fail "the query is not seen"
hazard_finish
