#!/bin/sh
# make install and uninstall, pkg-config, and the public headers in C99, C11 and
# C++11 programs that are linked against nothing.
. "$(dirname "$0")/../lib/e2e.sh"
need make gcc g++ pkg-config

root=$TEST_TMP/root
install="make -s -o all -C $TEST_ROOT B=$TEST_BUILD DESTDIR=$root PREFIX=/opt/t"
$install install >/dev/null || fail "make install failed"
for file in lib/libtelemetry_shim.so lib/telemetry/reporters/console.so \
	lib/telemetry/functions lib/telemetry/NOTICE lib/telemetry/LICENSE \
	lib/pkgconfig/telemetry.pc bin/telemetry-run \
	include/telemetry/telemetry.h include/telemetry/reporter.h \
	include/telemetry/telemetry.hpp include/telemetry/test.h \
	lib/telemetry/telemetry-host lib/telemetry/telemetry.conf \
	lib/systemd/system/telemetry-host@.service; do
	[ -r "$root/opt/t/$file" ] || fail "$file was not installed"
done

PKG_CONFIG_PATH=$root/opt/t/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR
flags=$(pkg-config --cflags --libs telemetry) || fail "pkg-config failed"

cat >"$TEST_TMP/program.c" <<'END'
#include <telemetry/reporter.h>
#include <telemetry/telemetry.h>

#include <stdio.h>

static int calls;

static int handler(const char *event, const struct telemetry_fields *measurements,
		   const struct telemetry_fields *metadata, void *config)
{
	(void)event;
	(void)measurements;
	(void)metadata;
	(void)config;
	calls++;
	return 0;
}

static int work(void *arg)
{
	return *(int *)arg;
}

int main(void)
{
	struct telemetry_field amount[1];
	struct telemetry_field shop[1];
	int result = 42;

	amount[0] = TELEMETRY_F64("amount", 12.5);
	shop[0] = TELEMETRY_STR("shop", "corner");
	if (telemetry_attach("counts", "shop.order", handler, NULL) != 0)
		return 1;
	if (telemetry_execute("shop.order", amount, 1, shop, 1) != 0)
		return 2;
	result = telemetry_span("shop.visit", shop, 1, work, &result);
	printf("%d %d\n", calls, result);
	return 0;
}
END
cd "$TEST_TMP" || exit 1
cp program.c program.cc
for how in 'gcc -std=c99 -pedantic' 'gcc -std=c11 -pedantic' 'gcc -std=gnu17 -no-pie' \
	'gcc -std=c11 -static' 'gcc -std=c11 -fuse-ld=gold' \
	'g++ -std=c++11 -pedantic -xc++' 'g++ -std=c++20 -xc++'; do
	# shellcheck disable=SC2086
	$how -Wall -Wextra -Werror $flags -o program program.c ||
		fail "the headers do not compile with $how"
	[ "$(./program)" = '0 42' ] || fail "$how, bare: $(./program)"
	case $how in
	*-static) continue ;;
	esac
	got=$(LD_PRELOAD="$TEST_SHIM" ./program) || fail "$how: status $?"
	[ "$got" = '1 42' ] || fail "$how, under the shim: $got"
done

$install uninstall >/dev/null
left=$(find "$root" ! -type d)
[ -z "$left" ] || fail "make uninstall left $left"
