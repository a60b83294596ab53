#!/bin/sh
# gdb and strace watching programs that the shim is in.
. "$(dirname "$0")/../lib/e2e.sh"
need gdb strace gcc

cat >"$TEST_TMP/crash.c" <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int inner(char *text)
{
	free(strdup(text));
	*(volatile char *)0 = 1;
	return 1;
}

int main(int argc, char **argv)
{
	puts("before");
	return argc > 1 ? inner(argv[0]) : 3;
}
END
gcc -g -O0 -o "$TEST_TMP/crash" "$TEST_TMP/crash.c" || exit 1

scenario() {
	strace -o log true || { echo "no ptrace here"; return 0; }
	strace -f -qq -e trace=write,exit_group -e signal=none -o log \
		sh -c '/bin/echo one; (exit 4); /bin/echo two'
	sed 's/^[0-9]* *//' log
	gdb -nx -q -batch -ex run "$TEST_TMP/crash"
	gdb -nx -q -batch -ex run -ex bt --args "$TEST_TMP/crash" x
	gdb -nx -q -batch -ex 'break inner' -ex run -ex finish -ex 'info locals' \
		--args "$TEST_TMP/crash" x
	strace -qq -e trace=write -o log "$TEST_TMP/crash" x
	echo "status $?"
}

filter() {
	sed 's/(process [0-9]*)/(process N)/; s/0x[0-9a-f]*/ADDRESS/g'
}

compare /crash /echo
