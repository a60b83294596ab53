#!/bin/bash
# H35, H83: in steady state a wrapped call makes the system calls of the bare
# one and no other.
#
# Technique: pid and thread id are cached, the clock is read without the
# kernel, masks and flags are never changed around the real call.
# shellcheck source=tests/lib/hazard_lib.sh
. "$(dirname "$0")/../lib/hazard_lib.sh"
hazard_need_shim
strace -f -o /dev/null true 2>/dev/null || hazard_skip "strace cannot trace"

cat >"$T/host.c" <<'END'
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	int pair[2], n = atoi(argv[argc - 1]);
	char byte = 'x';
	struct pollfd p;
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	p = (struct pollfd){ pair[1], POLLIN, 0 };
	sched_yield();
	while (n-- > 0) {
		free(malloc(100));
		send(pair[0], &byte, 1, 0);
		poll(&p, 1, 0);
		read(pair[1], &byte, 1);
	}
	sched_yield();
	return 0;
}
END
gcc -O1 -fno-builtin -o "$T/host" "$T/host.c" || exit 1

# count MODE ROUNDS: number of system calls of such a run, per name.  Between
# the two sched_yield: what an end costs depends on what others left behind.
count() {
	rm -rf "${T:?}/$1"
	hazard_run "$1" strace -f -o "$T/trace" "$T/host" "$2"
	sed -n '/sched_yield()/,/sched_yield()/s/^[0-9]* *\([a-z_0-9]*\)(.*/\1/p' \
		"$T/trace" | sort |
		uniq -c | awk '{ print $2, $1 }' >"$T/count.$1.$2"
}

for mode in bare record; do
	count $mode 1000
	count $mode 2000
	join -a 1 -a 2 -e 0 -o 0,1.2,2.2 "$T/count.$mode.1000" \
		"$T/count.$mode.2000" |
		awk '$3 != $2 { print $1, $3 - $2 }' >"$T/steady.$mode"
done
grep -q 1000 "$T/steady.bare" || hazard_fail "nothing was traced"
# The same calls the same number of
# times; the clock may be compared with the kernel's now and then.
diff <(cat "$T/steady.bare") <(awk '!/^clock_/ || $2 > 5' "$T/steady.record") ||
	hazard_fail "other system calls"
hazard_finish
