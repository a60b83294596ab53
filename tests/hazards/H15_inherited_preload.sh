#!/bin/bash
# H15: programs that the shim is not made for inherit LD_PRELOAD too: static
# ones, and those without a libc, run as they do bare.  (One of another libc is
# refused by its own loader, which finds neither liburcu nor glibc's names;
# README.md.)
#
# Technique: nothing is required of the process but what DT_NEEDED names.
# shellcheck source=tests/lib/hazard_lib.sh
. "$(dirname "$0")/../lib/hazard_lib.sh"
hazard_need_shim

printf '%s\n' '#include <stdio.h>' '#include <stdlib.h>' \
	'int main(void) { free(malloc(10)); puts("hello"); return 3; }' \
	>"$T/hello.c"
gcc -static -o "$T/static" "$T/hello.c" 2>/dev/null &&
	hazard_compare "record console" "$T/static"
gcc -static-pie -o "$T/pie" "$T/hello.c" 2>/dev/null &&
	hazard_compare "record console" "$T/pie"
if command -v busybox >/dev/null; then
	hazard_compare record busybox sh -c 'echo a | busybox tr a b; exit 4'
fi
# A program without any libc.
printf '%s\n' '.globl _start' '_start: mov $60,%eax' 'mov $9,%edi' syscall \
	>"$T/bare.s"
if [ "$(uname -m)" = x86_64 ]; then
	gcc -nostdlib -static -o "$T/nolibc" "$T/bare.s" &&
		hazard_compare record "$T/nolibc"
	gcc -nostdlib -pie -o "$T/nolibc-pie" "$T/bare.s" &&
		hazard_compare record "$T/nolibc-pie"
fi
hazard_finish
