#!/bin/sh
# Each public header compiles alone, in every standard it is for, without a
# warning; and twice, and after the others, and in two files of a program.
. "$(dirname "$0")/../lib/e2e.sh"
need gcc g++

include=$TEST_ROOT/shim/include
strict='-Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wundef'
cd "$TEST_TMP" || exit 1

try() { # COMPILER... FILE: must compile
	"$@" -I"$include" -fsyntax-only || fail "^ $*"
}

for header in "$include"/telemetry/*.h "$include"/telemetry/*.hpp; do
	name=${header##*/}
	case $name in
	builtin.h) continue ;; # the shim's own
	*.h) printf '#include <telemetry/%s>\n#include <telemetry/%s>\n' "$name" "$name" >"$name.c" ;;
	esac
	printf '#include <telemetry/%s>\n#include <telemetry/%s>\n' "$name" "$name" >"$name.cc"
done
for f in *.h.cc *.hpp.cc; do
	sed -n 1p "$f"
done >all.cc
for f in *.h.c; do
	sed -n 1p "$f"
done >all.c
cat >>all.c <<'END'
int main(void)
{
	return telemetry_execute("a.b", NULL, 0, NULL, 0);
}
END
cat >>all.cc <<'END'
int other();
int other()
{
	telemetry::span s("api.plain", {{"cart", 5}});
	auto a = telemetry::attach("counts", {"a.b"},
		[](const char *, const telemetry_fields &, const telemetry_fields &) {});

	s.add({"text", std::string("added")});
	s.measure({"rows", 3u});
	return telemetry::run("a.c", {}, [&] { return s.run([] { return 0; }); }) +
	       telemetry::execute("a.b", {{"n", 1.0}}, {{"yes", true}}) +
	       ::telemetry_execute("a.b", nullptr, 0, nullptr, 0) +
	       ::telemetry_span("a.d", nullptr, 0, [](void *) { return 0; }, nullptr);
}
END
sed '/^int other();$/d; s/other/main/' all.cc >main.cc

for cc in gcc clang; do
	command -v $cc >/dev/null || continue
	for std in c99 c11 c17 gnu11; do
		for file in *.c; do
			# shellcheck disable=SC2086 # a list of options
			try $cc -std=$std $strict -Wstrict-prototypes "$file"
		done
	done
done
for cc in g++ clang++; do
	command -v $cc >/dev/null || continue
	for std in c++11 c++14 c++17 c++20; do
		for how in '' '-fno-rtti -fno-exceptions'; do
			# shellcheck disable=SC2086
			try $cc -std=$std $how $strict -Wold-style-cast \
				-Wzero-as-null-pointer-constant all.cc
		done
	done
	for file in *.h.cc *.hpp.cc; do
		# shellcheck disable=SC2086
		try $cc -std=c++11 $strict -Wold-style-cast "$file"
	done
	# shellcheck disable=SC2086
	$cc -std=c++11 $strict -I"$include" -o program all.cc main.cc ||
		fail "$cc: not in two files of a program"
	./program || fail "$cc: status $? without the shim"
	LD_PRELOAD=$TEST_SHIM ./program || fail "$cc: status $? under the shim"
done
exit 0
