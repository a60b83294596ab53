#!/bin/bash
# H7: dlopen and dlsym mean something else for each caller.  The run path of the
# program and of a library, what an object with DT_RPATH lends to what it opens,
# $ORIGIN in a name, and RTLD_NEXT, work as without the shim.
#
# Technique: a jump with the caller's frame untouched wherever the caller can
# matter (wrap/dl.c).
. "$(dirname "$0")/../lib/hazard_lib.sh"
hazard_need_shim

mkdir -p "$T/lib" "$T/deep"
lib() { # NAME FLAGS... < source
	gcc -D_GNU_SOURCE -shared -fPIC -x c - -x none -o "$@" || exit 1
}
lib "$T/lib/libplug.so" -Wl,-soname,libplug.so <<'END'
const char *plug(void) { return "plug"; }
END
# Needs what only the run path of whoever opens it leads to.
lib "$T/deep/libneeds.so" -L"$T/lib" -lplug <<'END'
const char *plug(void);
const char *needs(void) { return plug(); }
END
# Calls dlopen itself, with a run path of its own.
lib "$T/deep/libopens.so" -Wl,--enable-new-dtags,-rpath,"$T/lib" <<'END'
#include <dlfcn.h>
void *opens(const char *name) { return dlopen(name, RTLD_NOW); }
END
# Has no path; the DT_RPATH of whoever needs it counts when it opens something.
lib "$T/deep/libinner.so" <<'END'
#include <dlfcn.h>
void *lends(const char *name) { return dlopen(name, RTLD_NOW); }
END
echo 'int lends_is_used;' | lib "$T/deep/liblends.so" -L"$T/deep" \
	-Wl,--no-as-needed -linner \
	-Wl,--disable-new-dtags,-rpath,"$T/lib:$T/deep"
# An interposer in front of the shim's own originals.
lib "$T/libnext.so" <<'END'
#include <dlfcn.h>
#include <unistd.h>
int depth;
pid_t getpid(void)
{
	pid_t (*next)(void) = (pid_t (*)(void))dlsym(RTLD_NEXT, "getpid");
	pid_t (*named)(void) =
		(pid_t (*)(void))dlvsym(RTLD_NEXT, "getpid", "GLIBC_2.2.5");
	if (depth++ > 2 || (named && named != next))
		return -1;
	return next() > 0 ? 7 : -1;
}
END
cat >"$T/host.c" <<'END'
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void try(const char *what, void *handle)
{
	const char *error = handle ? "" : dlerror();

	printf("%s: %s%.60s\n", what, handle ? "opened" : "", error);
}

static void *by(const char *library, const char *function, const char *name)
{
	void *handle = dlopen(library, RTLD_NOW);
	void *(*opens)(const char *) = NULL;

	if (handle)
		opens = (void *(*)(const char *))dlsym(handle, function);
	return opens ? opens(name) : NULL;
}

/* One case in a process: what was opened once is found again by its name. */
int main(int argc, char **argv)
{
	char needs[4096], opens[4096], lends[4096];

	snprintf(needs, sizeof(needs), "%s/deep/libneeds.so", argv[argc - 1]);
	snprintf(opens, sizeof(opens), "%s/deep/libopens.so", argv[argc - 1]);
	snprintf(lends, sizeof(lends), "%s/deep/liblends.so", argv[argc - 1]);
	switch (*argv[argc - 2]) {
	case '0':
		try("own", dlopen("libplug.so", RTLD_NOW | RTLD_LOCAL));
		break;
	case '1':
		try("origin", dlopen("$ORIGIN/lib/libplug.so", RTLD_NOW));
		break;
	case '2':
		try("needs", dlopen(needs, RTLD_NOW));
		break;
	case '3':
		try("lent", by(lends, "lends", "libplug.so"));
		break;
	case '4':
		try("theirs", by(opens, "opens", "libplug.so"));
		break;
	case '5':
		try("absent", dlopen("libabsent.so", RTLD_NOW));
		try("self", dlopen(NULL, RTLD_NOW));
	}
	printf("next: %d\n", (int)getpid());
	return 0;
}
END
program() {
	gcc -D_GNU_SOURCE -o "$@" "$T/host.c" -L"$T" -Wl,--no-as-needed -lnext \
		-Wl,-rpath-link,"$T" || exit 1
}
program "$T/runpath" -Wl,--enable-new-dtags,-rpath,'$ORIGIN/lib:$ORIGIN'
program "$T/rpath" -Wl,--disable-new-dtags,-rpath,'$ORIGIN/lib:$ORIGIN'
program "$T/neither" -Wl,--enable-new-dtags,-rpath,'$ORIGIN'
# An interposer of a database library's function.
library=$(ldconfig -p | sed -n 's/.*libsqlite3.so.0 .*=> //p' | head -n 1)
if [ -r "$library" ]; then
	lib "$T/libnextdb.so" <<'END'
#include <dlfcn.h>
static int depth;
int sqlite3_open(const char *name, void **db)
{
	int (*next)(const char *, void **) =
		(int (*)(const char *, void **))dlsym(RTLD_NEXT,
						      "sqlite3_open");
	return depth++ ? -1 : next(name, db);
}
END
	cat >"$T/db.c" <<'END'
#include <dlfcn.h>
#include <stdio.h>
int sqlite3_open(const char *, void **), sqlite3_close(void *);
int main(void)
{
	void *db;

	printf("%d", sqlite3_open(":memory:", &db));
	printf(" %d", sqlite3_close(db));
	printf(" %d\n", dlsym(RTLD_DEFAULT, "sqlite3_open") ==
				(void *)sqlite3_open);
	return 0;
}
END
	gcc -D_GNU_SOURCE -o "$T/db" "$T/db.c" -Wl,--no-as-needed \
		"$T/libnextdb.so" "$library" || exit 1
	hazard_compare "record events" "$T/db"
	grep -q '^0 0 ' "$T/bare/out" || hazard_fail "nothing was tried"
fi

results=
for host in runpath rpath neither; do
	for case in 0 1 2 3 4 5; do
		hazard_compare record "$T/$host" $case "$T"
		grep -q '^next: 7$' "$T/bare/out" ||
			hazard_fail "$host: no RTLD_NEXT"
		results="$results $(grep -c ': opened' "$T/bare/out")"
	done
	results="$results,"
done
# The paths do matter here, or nothing was tried.
[ "$results" = " 1 1 0 1 1 1, 1 1 1 1 1 1, 0 1 0 1 1 1," ] ||
	hazard_fail "without the shim: $results"
hazard_finish
