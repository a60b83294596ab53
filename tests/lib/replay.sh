#!/bin/sh
# replay.sh - compares every snippet of tests/snippets without and with the
# shim, in every situation (tests/lib/replay.h), and prints a line for each:
#
#	ok - send
#	not ok - read: armed            and the difference below it
#
# "recorded": preloaded, no reporter.  "armed": handlers on all its events too.
# That every exported function has a snippet is scripts/check_snippets.sh's to
# say.
#
#	replay.sh [-b BUILD] [-l LIBRARY] [-j JOBS] [NAME...]
set -u

here=$(cd "$(dirname "$0")/.." && pwd)
build=build library='' jobs=2
while getopts b:l:j: option; do
	case $option in
	b) build=$OPTARG ;;
	l) library=$OPTARG ;;
	j) jobs=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
library=$(realpath "${library:-$build/libtelemetry_shim.so}") || exit 2
mkdir -p "$build/snippets/origin" || exit 2
build=$(cd "$build/snippets" && pwd)

# Snippets make calls that a compiler would rather not see.
cflags="-std=gnu11 -D_GNU_SOURCE -O1 -g -fPIC -fno-builtin -fexceptions
	-ftls-model=initial-exec -Wall -Wextra -Wno-unused-result
	-Wno-nonnull -Wno-deprecated-declarations -Wno-stringop-overflow
	-Wno-stringop-overread -Wno-use-after-free
	-Wno-unused-value
	-Wno-unknown-warning-option -Werror
	-I$here -I$here/../shim/include"

# Sources without an object, or with one that is older than they are.
stale() {
	for source in "$here"/snippets/*.c "$here"/lib/replay*.c; do
		object=$build/$(basename "$source" .c).o
		if [ ! -e "$object" ] || [ "$(find "$source" "$here"/lib/*.h \
			"$here"/snippets/*.h "$here"/../shim/include \
			-type f -newer "$object")" ]; then
			echo "$source"
		fi
	done
}

compile() {
	# shellcheck disable=SC2086,SC2016
	stale | xargs -P "$jobs" -I{} sh -c '
		source=$1 build=$2; shift 2
		exec "${CC:-gcc}" "$@" -c -o "$build/$(basename "$source" .c).o" \
			"$source"' sh {} "$build" $cflags || exit 2
	objects=''
	for source in "$here"/snippets/*.c "$here"/lib/replay_*.c; do
		objects="$objects $build/$(basename "$source" .c).o"
	done
	# shellcheck disable=SC2086
	"${CC:-gcc}" -shared -o "$build/origin/libreplay_plugin.so" $cflags \
		"$here/snippets/selftest/plugin.c" &&
		"${CC:-gcc}" -shared -o "$build/libsnippets.so" $objects \
			-Wl,-rpath,"\$ORIGIN/origin" &&
		"${CC:-gcc}" -o "$build/replay" "$build/replay.o" \
			-L"$build" -lsnippets -Wl,-rpath,"\$ORIGIN" || exit 2
}

# All in one scratch folder, in memory if possible: it is TELEMETRY_DIR too.
compare_one() {
	name=$1 work=$TELEMETRY_DIR/$1
	mkdir -p "$work"
	"$build/replay" "$name" > "$work/bare"
	"$build/replay" --preload "$library" "$name" > "$work/recorded"
	"$build/replay" --preload "$library" --armed "$name" > "$work/armed"
	bad=''
	for run in recorded armed; do
		diff -U2 -F '^== ' --label bare --label "$run" \
			"$work/bare" "$work/$run" > "$work/$run.diff" ||
			bad="$bad $run"
	done
	grep -q '^exit status' "$work/bare" || bad="$bad bare"
	{
		if [ -z "$bad" ]; then
			echo "ok - $name"
		else
			echo "not ok - $name:$bad"
			cat "$work"/*.diff | head -n "${REPLAY_LINES:-40}" |
				sed 's/^/    /'
		fi
	} > "$work/result"
}

if [ "${REPLAY_ONE:-}" ]; then
	compare_one "$1"
	exit 0
fi

compile
TELEMETRY_DIR=$(mktemp -d -p "${TELEMETRY_DIR:-/dev/shm}" 2>/dev/null ||
	mktemp -d) || exit 2
trap 'rm -rf "$TELEMETRY_DIR"' EXIT
export TELEMETRY_DIR REPLAY_ONE=1

"$build/replay" --list | sort > "$TELEMETRY_DIR/snippets"
[ $# -eq 0 ] || printf '%s\n' "$@" > "$TELEMETRY_DIR/snippets"

xargs -P "$jobs" -n1 sh "$0" -b "${build%/snippets}" -l "$library" \
	< "$TELEMETRY_DIR/snippets"
while read -r name; do
	cat "$TELEMETRY_DIR/$name/result" || echo "not ok - $name: not run"
done < "$TELEMETRY_DIR/snippets" | tee "$TELEMETRY_DIR/result"
! grep -q '^not ok' "$TELEMETRY_DIR/result"
