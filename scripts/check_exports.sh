#!/bin/sh
# check_exports.sh - compares what the shim exports with what it may: the
# functions of <telemetry/telemetry.h>, metrics.h and poller.h, and names that libc itself exports.
# Anything else would make a program find what is not there without us, or
# collide with a library of its own.
set -eu

B=${B:-build}
shim=$B/libtelemetry_shim.so
libc=$(ldd "$shim" | sed -n 's/^.*libc\.so\.6 => \([^ ]*\).*/\1/p')
[ -n "$libc" ] || { echo "$shim: not linked with libc"; exit 1; }
status=0

nm -D --defined-only "$shim" | awk '{ print $3 }' | sort >"$B/exports.have"
nm -D --defined-only "$libc" | awk '{ sub(/@.*/, "", $3); print $3 }' |
	sort -u >"$B/exports.libc"
api='shim/include/telemetry/telemetry.h shim/include/telemetry/metrics.h
	shim/include/telemetry/poller.h'
# shellcheck disable=SC2086 # two files
cat $api | grep -oE '\btelemetry_[a-z_]+\(' | tr -d '(' | sort -u >"$B/exports.api"

while read -r name; do
	case $name in
	telemetry_*) list=$B/exports.api ;;
	*) list=$B/exports.libc ;;
	esac
	if ! grep -qx "$name" "$list"; then
		echo "$name: exported, but neither libc's nor of a public header"
		status=1
	fi
done <"$B/exports.have"

# What a program may call has to be there.
# shellcheck disable=SC2086
for name in $(cat $api | tr '\n' ' ' |
	grep -oE 'TELEMETRY_API[[:space:]]+int[[:space:]]+telemetry_[a-z_]+' |
	grep -oE 'telemetry_[a-z_]+'); do
	if ! grep -qx "$name" "$B/exports.have"; then
		echo "$name: in the public header, but not exported"
		status=1
	fi
done

# What an object offers has to get past the linker's version script.
sed -n 's/^\t\([a-zA-Z_].*\);$/\1/p' "$B/exports.map" >"$B/exports.marked"
while read -r name; do
	if ! grep -qx "$name" "$B/exports.have"; then
		echo "$name: marked EXPORT, but hidden in the shim"
		status=1
	fi
done <"$B/exports.marked"

# A version of our own on a wrapped name switches its interposition off.
if LC_ALL=C readelf -V "$shim" | grep -q 'Version definition section'; then
	echo "the shim defines symbol versions"
	status=1
fi
exit $status
