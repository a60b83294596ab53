#!/bin/bash
# H20: other preloads beside the shim, in front of it and behind it.
#
# Technique: always to the next definition (as RTLD_NEXT), never to libc
# directly; LD_PRELOAD is left alone.
# shellcheck source=tests/lib/hazard_lib.sh
. "$(dirname "$0")/../lib/hazard_lib.sh"
hazard_need_shim

cat >"$T/sibling.c" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <sys/types.h>
#include <unistd.h>
/* Changes what is sent, as a proxy or an encryptor would. */
ssize_t send(int fd, const void *data, size_t size, int flags)
{
	ssize_t (*next)(int, const void *, size_t, int) =
		(ssize_t (*)(int, const void *, size_t, int))dlsym(RTLD_NEXT,
								   "send");
	return next(fd, "Y", size < 1 ? size : 1, flags);
}
END
gcc -shared -fPIC -o "$T/sibling.so" "$T/sibling.c" || exit 1
HAZARD_SIBLING=$T/sibling.so
for HAZARD_SIBLING_PLACE in front behind; do
	hazard_compare "record events" perl -MSocket -e '
socketpair(A, B, AF_UNIX, SOCK_STREAM, 0); send(A, "x", 0);
recv(B, my $x, 1, 0); print "$x\n";'
	grep -q Y "$T/record/out" || hazard_fail "the sibling was left out"
	grep -q libc.socket.send "$T/events/console.out" ||
		hazard_fail "the shim was left out"
done
unset HAZARD_SIBLING HAZARD_SIBLING_PLACE
if command -v fakeroot >/dev/null; then
	hazard_compare record fakeroot sh -c \
		'touch f; chown 123:45 f; stat -c "%u %g" f; mknod n c 1 3
		stat -c %t n'
fi
hazard_finish
