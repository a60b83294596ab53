#!/bin/sh
# Programs that the shim cannot be in because they are linked statically; what
# they start it can.  (musl's: launcher.sh.)
. "$(dirname "$0")/../lib/e2e.sh"
need busybox gcc

cat >"$TEST_TMP/hello.c" <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char *block = malloc(1000);
	int status = 0;

	snprintf(block, 1000, "hello from %s", argv[0]);
	puts(block);
	free(block);
	if (argc > 1 && fork() == 0)
		execv(argv[1], argv + 1);
	wait(&status);
	return WEXITSTATUS(status) + 1;
}
END
gcc -static -o "$TEST_TMP/hello.static" "$TEST_TMP/hello.c" || exit 1
gcc -static-pie -o "$TEST_TMP/hello.pie" "$TEST_TMP/hello.c" || exit 1

scenario() {
	busybox sh -c 'echo in busybox; busybox seq 1 3 | busybox tac; exit 4'
	echo "busybox $?"
	busybox sh -c '/usr/bin/expr 1 + 1'
	"$TEST_TMP/hello.static" /bin/echo child
	"$TEST_TMP/hello.pie" "$TEST_TMP/hello.static"
	echo "static $?"
}

compare /expr
