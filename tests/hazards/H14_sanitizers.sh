#!/bin/bash
# H14: programs built with a sanitizer run as they do bare.  A program linked
# with the shared libasan refuses any other preload in front of it; that is
# libasan's own rule and not ours to break.
#
# Technique: nothing of ours depends on coming first; the heap family is off
# where malloc is not libc's.
# shellcheck source=tests/lib/hazard_lib.sh
. "$(dirname "$0")/../lib/hazard_lib.sh"
hazard_need_shim

cat >"$T/host.c" <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <pthread.h>
static int pair[2];
static void *run(void *arg)
{
	char byte = 'x', *p = malloc(100);
	p = realloc(p, 1000);
	printf("%zd", send(pair[0], &byte, 1, 0));
	printf("%zd\n", recv(pair[1], &byte, 1, 0));
	free(p);
	return arg;
}
int main(int argc, char **argv)
{
	pthread_t thread;
	int big = 0x7fffffff;
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	pthread_create(&thread, NULL, run, argv);
	pthread_join(thread, NULL);
	run(NULL);
	printf("%d\n", big + argc);
	return 3;
}
END
for flags in "-fsanitize=undefined" "-fsanitize=thread" \
	"-fsanitize=address -static-libasan"; do
	read -ra flag < <(echo "$flags")
	gcc -O1 "${flag[@]}" -o "$T/host" "$T/host.c" 2>/dev/null || continue
	built=1
	HAZARD_VARS=(ASAN_OPTIONS=detect_leaks=0)
	hazard_compare "record console" "$T/host"
	sed -i "s/==[0-9]*==/==pid==/" "$T"/*/err
done
[ -n "$built" ] || hazard_skip "no sanitizer of gcc is installed"
hazard_finish
