#!/bin/sh
# check_selfcalls.sh - refuses shim code that refers by name to a function that
# the shim itself wraps: it would call its own wrapper.  And, below runtime/,
# what allocates, takes a lock of libc's or depends on the locale.
set -eu

B=${B:-build}
objects=$(find shim -name '*.c' | sort | sed "s|\(.*\)c$|$B/obj/\1o|")

# Relocations and not undefined symbols: a wrapper's file may call a function
# that it defines itself.  Unwind tables and debug information only describe.
# shellcheck disable=SC2086
LC_ALL=C readelf -rW $objects "$B/obj/yaml.o" | awk '
	/^File: / { object = $2 }
	/^Relocation section/ { described = /\.(debug|eh_frame)/ }
	NF >= 5 && !described && $5 ~ /^[A-Za-z_]/ { print object, $5 }' |
	sort -u >"$B/selfcalls.uses"

sed -n 's/^\t\(.*\);$/\1/p' "$B/exports.map" | grep -v '^telemetry_' |
	grep -vx '\*' >"$B/selfcalls.wrapped" || :

awk '
FILENAME == ARGV[2] {
	wrapped[$1] = 1
	next
}
$2 in wrapped {
	print $1 ": uses " $2 ", which the shim wraps"
	bad = 1
}
$1 !~ /\/shim\/runtime\// && $2 ~ banned {
	print $1 ": uses " $2 ", which code below runtime/ may not"
	bad = 1
}
END { exit bad }' \
	banned='^(malloc|calloc|realloc|reallocarray|free|posix_memalign|aligned_alloc|strn?dup|v?asprintf|(__)?v?(f|s|sn|d)?printf(_chk)?|f(open|close|write|read|puts|gets|flush)(64)?|puts|perror|std(in|out|err)|getenv|secure_getenv|setenv|putenv|unsetenv|qsort|bsearch|atexit|__cxa_atexit|on_exit|exit|abort|__assert_fail|dl(m?open|close|v?sym|addr1?|info|error|_iterate_phdr)|_dl_.*|strerror(_r|_l)?|__xpg_strerror_r|strto[a-z_]+|(__isoc99_)?v?s?scanf|__ctype_.*|setlocale|localeconv|strcoll|strftime|localtime(_r)?|gmtime(_r)?|syslog|pthread_once|call_once|syscall)$' \
	"$B/selfcalls.wrapped" "$B/selfcalls.uses"
