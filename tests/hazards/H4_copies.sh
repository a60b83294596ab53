#!/bin/bash
# H4: several copies of a library in one process.  Each call ends in the copy
# that it was bound to; one copy more than there are clones of the wrappers is
# left alone, with one line in the log.
#
# Technique: a clone of the wrappers, with originals of its own, per copy
# (wrap/redirect.c).
. "$(dirname "$0")/../lib/hazard_lib.sh"
hazard_need_shim
library=$(ldconfig -p | sed -n 's/.*libsqlite3.so.0 .*=> //p' | head -n 1)
[ -r "$library" ] || hazard_skip "no libsqlite3.so.0 here"

echo 'int small;' | gcc -shared -fPIC -x c - -o "$T/small" || exit 1
for i in 1 2 3 4 5; do
	cp "$library" "$T/copy$i.so"
	cp "$T/small" "$T/copy$i"
done
cat >"$T/host.c" <<'END'
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

static void use(void *handle)
{
	int (*open)(const char *, void **) =
		(int (*)(const char *, void **))dlsym(handle, "sqlite3_open");
	int (*exec)(void *, const char *, void *, void *, void *) =
		(int (*)(void *, const char *, void *, void *, void *))dlsym(
			handle, "sqlite3_exec");
	int (*changes)(void *) = (int (*)(void *))dlsym(handle,
							"sqlite3_changes");
	int (*close)(void *) = (int (*)(void *))dlsym(handle, "sqlite3_close");
	void *db;

	printf("%d ", open(":memory:", &db));
	printf("%d ", exec(db, "CREATE TABLE t(a); INSERT INTO t VALUES(1),(2)",
			   NULL, NULL, NULL));
	printf("%d %d\n", changes(db), close(db));
}

/* close: closes each copy before it opens the next, which comes to another place
 * because something small has taken the old one. */
int main(int argc, char **argv)
{
	int closes = strcmp(argv[argc - 1], "close") == 0, i;
	void *handle[10];

	for (i = 1; i < argc - 1; i++) {
		handle[i] = dlopen(argv[i], RTLD_NOW | RTLD_LOCAL);
		if (!handle[i])
			return puts(dlerror()), 1;
		use(handle[i]);
		if (!closes)
			continue;
		dlclose(handle[i]);
		*strrchr(argv[i], '.') = 0;
		if (!dlopen(argv[i], RTLD_NOW))
			return puts(dlerror()), 1;
	}
	for (i = 1; !closes && i < argc - 1; i++)
		use(handle[i]);
	return 0;
}
END
gcc -D_GNU_SOURCE -o "$T/host" "$T/host.c" || exit 1
count() {
	grep -c 'db.query.stop' "$T/events/console.out"
}
HAZARD_VARS=(TELEMETRY_LOG=warn TELEMETRY_LOG_FILE="$T/log")
hazard_compare events "$T/host" "$T"/copy[1-4].so keep
[ "$(count)" = 8 ] || hazard_fail "four copies: $(count) queries, not 8"
[ ! -s "$T/log" ] || hazard_fail "four copies: $(cat "$T/log")"
hazard_compare events "$T/host" "$T"/copy[1-5].so keep
[ "$(count)" = 8 ] || hazard_fail "five copies: $(count) queries, not 8"
[ "$(grep -c 'copies are loaded' "$T/log")" = 1 ] ||
	hazard_fail "five copies: $(cat "$T/log")"
# A clone is free again when its copy is gone.
hazard_compare events "$T/host" "$T"/copy[1-5].so close
[ "$(count)" = 5 ] || hazard_fail "one at a time: $(count) queries, not 5"
hazard_finish
