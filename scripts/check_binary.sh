#!/bin/sh
# check_binary.sh - what the shared object must look like to the loader, so that
# it disturbs no program: few libraries, nothing bound late, no thread-local
# storage that allocates, never unloaded, and unwind information everywhere.
set -eu
export LC_ALL=C

B=${B:-build}
shim=$B/libtelemetry_shim.so
status=0

refuse() {
	echo "$*"
	status=1
}

dynamic=$(readelf -dW "$shim")
for library in $(echo "$dynamic" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
	case $library in
	libc.so.6 | liburcu-bp.so.* | liburcu-common.so.* | ld-linux*) ;;
	*) refuse "needs $library; libc and liburcu-bp are all it may need" ;;
	esac
done
echo "$dynamic" | grep -q 'SONAME.*\[libtelemetry_shim\.so\]' ||
	refuse "its name is not libtelemetry_shim.so"
for flag in NODELETE NOW; do
	echo "$dynamic" | grep -qE "\((FLAGS|FLAGS_1)\).*\b$flag\b" ||
		refuse "not linked with $flag"
done
echo "$dynamic" | grep -q STATIC_TLS ||
	refuse "its thread-local storage is not initial-exec"
echo "$dynamic" | grep -q TEXTREL && refuse "has text relocations"
echo "$dynamic" | grep -qE 'RPATH|RUNPATH' && refuse "has a run path"
readelf -lW "$shim" | grep GNU_STACK | grep -q 'RW  *0x' ||
	refuse "asks for an executable stack"
if readelf -rW "$shim" | grep -E 'DTPMOD|DTPOFF|TLSDESC'; then
	refuse "^ thread-local storage that the loader allocates late"
fi
if nm -D "$shim" | grep -E '_Unwind_|backtrace|_Z[A-Z]'; then
	refuse "^ names of an unwinder or of C++"
fi

# What a start costs: ld.so copies the pages in which it relocates a pointer.
count=$(echo "$dynamic" | sed -n 's/.*(RELACOUNT) *//p')
[ "${count:-0}" -le 1000 ] ||
	refuse "has $count pointers to relocate; 1000 are enough: no tables of them"
while read -r file; do
	case $file in *\**) continue ;; esac
	[ -e "$file" ] || refuse "scripts/first.txt names $file, which is gone"
done <scripts/first.txt

# Every exported function must be inside a range of .eh_frame, or an exception
# and a cancellation that pass through it end the program.
readelf --debug-dump=frames "$shim" 2>/dev/null |
	sed -n 's/.* FDE .*pc=\([0-9a-f]*\)\.\.\([0-9a-f]*\).*/\1 \2/p' |
	sort -u >"$B/binary.ranges"
nm -D --defined-only "$shim" | awk '$2 ~ /[TtWi]/ { print $1, $3 }' |
	awk '
	FILENAME != "-" {
		begins[$1] = 1
		next
	}
	!($1 in begins) {
		print $2 ": no unwind information"
		bad = 1
	}
	END { exit bad }' "$B/binary.ranges" - || status=1

# A reporter needs libc, and what it is for.
for reporter in "$B"/reporters/*.so; do
	name=$(basename "$reporter" .so)
	for library in $(readelf -dW "$reporter" |
		sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
		case $name:$library in
		*:libc.so.6 | *:libm.so.6 | *:ld-linux*) ;;
		prometheus:libmicrohttpd.so.* | health:libmicrohttpd.so.*) ;;
		health:libcares.so.*) ;;
		*) refuse "$name.so needs $library" ;;
		esac
	done
	nm -D --defined-only "$reporter" | grep -v ' telemetry_reporter$' &&
		refuse "^ $name.so exports more than telemetry_reporter"
done
exit $status
