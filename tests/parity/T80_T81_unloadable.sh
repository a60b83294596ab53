#!/bin/bash
# T80, T81: a handler in an object that was loaded at run time, and may go, is
# attached all the same, with a line in the log; not if the id was taken.
. "$(dirname "$0")/../lib/hazard_lib.sh"
hazard_need_shim

cat >"$T/plugin.c" <<'END'
#include <telemetry/telemetry.h>

int handler(const char *event, const struct telemetry_fields *measurements,
	    const struct telemetry_fields *metadata, void *config);
int handler(const char *event, const struct telemetry_fields *measurements,
	    const struct telemetry_fields *metadata, void *config)
{
	(void)event, (void)measurements, (void)metadata;
	++*(int *)config;
	return 0;
}
END
cat >"$T/program.c" <<'END'
#include <dlfcn.h>
#include <stdio.h>
#include <telemetry/telemetry.h>

static int own(const char *event, const struct telemetry_fields *measurements,
	       const struct telemetry_fields *metadata, void *config)
{
	(void)event, (void)measurements, (void)metadata, (void)config;
	return 0;
}

int main(int argc, char **argv)
{
	void *plugin = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;
	telemetry_handler handler;
	int calls = 0;

	if (!plugin)
		return 1;
	*(void **)&handler = dlsym(plugin, "handler");
	printf("%d ", telemetry_attach("own", "a.b", own, NULL));
	printf("%d ", telemetry_attach("plugin", "a.b", handler, &calls));
	printf("%d ", telemetry_attach("plugin", "a.c", handler, &calls) < 0);
	telemetry_execute("a.b", NULL, 0, NULL, 0);
	printf("%d %d\n", telemetry_detach_wait("plugin"), calls);
	return dlclose(plugin) != 0;
}
END
hazard_build "$T/plugin.c" "$T/plugin.so" -fPIC -shared || exit 1
hazard_build "$T/program.c" "$T/program" -ldl || exit 1
out=$(env LD_PRELOAD="$HAZARD_PRELOAD" "${HAZARD_SAN[@]}" TELEMETRY_LOG=info TELEMETRY_LOG_FILE="$T/log" \
	TELEMETRY_DIR="$T" "$T/program" "$T/plugin.so") || hazard_fail "status $?"
[ "$out" = '0 0 1 0 1' ] || hazard_fail "printed $out"
[ "$(grep -c 'its function is in' "$T/log")" = 1 ] || hazard_fail "$(cat "$T/log")"
grep -q "handler \"plugin\": its function is in $T/plugin.so, which was loaded at run time" "$T/log" ||
	hazard_fail "$(cat "$T/log")"
hazard_finish
