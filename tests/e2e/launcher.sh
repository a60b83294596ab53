#!/bin/sh
# telemetry-run: what it sets, what it says of programs that cannot be observed,
# and that it becomes the command.
. "$(dirname "$0")/../lib/e2e.sh"

# An installed one, because the one in the source tree looks into build/.
make -s -o all -C "$TEST_ROOT" install B="$TEST_BUILD" PREFIX="$TEST_TMP/usr" \
	>/dev/null || fail "make install failed"
run=$TEST_TMP/usr/bin/telemetry-run
lib=$TEST_TMP/usr/lib/libtelemetry_shim.so
cd "$TEST_TMP" || exit 1

# expect STATUS PATTERN COMMAND...: of all that it writes.
expect() {
	status=$1 pattern=$2
	shift 2
	"$@" >out 2>&1
	got=$?
	[ $got = "$status" ] || fail "$* ended with $got, not $status: $(cat out)"
	grep -qE -- "$pattern" out || fail "$* wrote no '$pattern': $(cat out)"
}

refuse() {
	! grep -qE -- "$1" out || fail "it wrote '$1': $(cat out)"
}

expect 0 '^LD_PRELOAD='"$lib"'$' "$run" --reporters '' env
expect 0 '^TELEMETRY_REPORTERS=console$' "$run" env
expect 0 '^TELEMETRY_REPORTERS=$' "$run" --reporters '' -- env
expect 0 '^TELEMETRY_WRAP=db$' "$run" --reporters '' --wrap db -- env
expect 0 '^TELEMETRY_METRICS=counter\(a.b\)$' \
	"$run" --reporters '' --metrics 'counter(a.b)' -- env
expect 0 '^LD_PRELOAD=/lib/none.so:'"$lib"'$' \
	env LD_PRELOAD=/lib/none.so "$run" --reporters '' env
expect 0 '^LD_PRELOAD='"$lib"'$' "$run" --reporters '' "$run" env
expect 3 '^out$' "$run" --reporters '' -- sh -c 'echo out; exit 3'
expect 127 nonexistent env PATH=/usr/bin:/bin "$run" nonexistent
expect 125 'no option' "$run" --wrong env
expect 125 'needs a value' "$run" --wrap
expect 125 'no command' "$run"
expect 0 '^usage:' "$run" --help
expect 0 '^sendto +libc\.socket\.send +socket$' "$run" --list
# As in a source tree.
sed "s|^libdir=.*|libdir='$TEST_BUILD'|" "$TEST_ROOT/scripts/telemetry-run" >run
expect 0 '^sendto +libc\.socket\.send +socket$' sh ./run --list
expect 0 ': nothing is wrong$' sh ./run --check-config "$TEST_ROOT/scripts/telemetry.yaml"

"$run" --reporters '' -- sh -c 'echo $$' >out &
wait $!
[ "$(cat out)" = $! ] || fail "it did not become the command"

cat >hello.c <<'END'
#include <stdio.h>
int main(void)
{
	return puts("hello") < 0;
}
END
gcc -static -o static hello.c && expect 0 'static.*statically linked' "$run" --reporters '' ./static
grep -q '^hello' out || fail "the static program did not run"
musl-gcc -o musl hello.c && expect 0 'musl.*without the shim' "$run" --reporters '' ./musl
refuse 'relocating'
gcc -fsanitize=address -o asan hello.c && expect 0 'asan.*AddressSanitizer' "$run" --reporters '' ./asan
refuse 'does not come first'
printf '#!%s/static\n' "$PWD" >script && chmod +x script
expect 0 'script.*statically linked' "$run" --reporters '' ./script
cp static elf32 && printf '\001' | dd of=elf32 bs=1 seek=4 conv=notrunc status=none
expect 0 'elf32.*another architecture' "$run" --reporters '' ./elf32
if [ "$(id -u)" = 0 ]; then
	gcc -o setuid hello.c && chown nobody setuid && chmod u+s setuid
	expect 0 'setuid.*another user' "$run" --reporters '' ./setuid
	refuse 'ERROR'
fi

# A name that it cannot put into LD_PRELOAD.
mv usr 'u sr'
sed "s|^libdir=.*|libdir='$PWD/u sr/lib'|" 'u sr/bin/telemetry-run' >run
expect 125 'blank or colon' sh ./run env
