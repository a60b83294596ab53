#!/bin/sh
# What a span says of an exception that leaves its scope, and the event of the
# throw: by compiler, run-time library and how that is linked.
. "$(dirname "$0")/../lib/e2e.sh"
need g++

cd "$TEST_TMP" || exit 1
cat >program.cc <<'END'
#include <cstdio>
#include <stdexcept>
#include <telemetry/telemetry.hpp>
#include <vector>

namespace shop
{
template <class T> struct declined {};
} // namespace shop

static int show(const char *event, const telemetry_fields *,
		const telemetry_fields *metadata, void *)
{
	for (const char *key : {"exception.type", "reason"})
		if (const telemetry_value *v = telemetry_get(metadata, key))
			std::printf("%s %.*s\n", event, int(v->length),
				    v->as.string);
	return 0;
}

struct distracts {
	~distracts()
	{
		try {
			throw 1;
		} catch (int) {
		}
	}
};

template <class F> static void leave(F f)
{
	try {
		telemetry::span s("a.b");
		f();
	} catch (...) {
	}
}

int main()
{
	const char *events[] = {"cxx.exception.throw", "a.b.exception",
				"a.b.stop"};

	telemetry_attach_many("show", events, 3, show, nullptr, nullptr);
	leave([] { distracts d; throw shop::declined<int>(); });
	leave([] { (void)std::vector<int>().at(1); });
	try {
		throw 1L;
	} catch (long) {
		leave([] { throw; });
	}
	std::puts("end");
}
END

# check WHAT EXPECTED COMPILER...
check() {
	what=$1
	expected=$2
	shift 2
	"$@" -std=c++11 -O1 -I"$TEST_ROOT/shim/include" -o program program.cc ||
		fail "$what: does not build"
	./program >shown || fail "$what: status $? without the shim"
	[ "$(cat shown)" = end ] || fail "$what: without the shim: $(cat shown)"
	LD_PRELOAD=$TEST_SHIM TELEMETRY_WRAP=${families-all} ./program >shown ||
		fail "$what: status $?"
	diff "$expected" shown || fail "$what: + is what it showed"
}

cat >seen <<'END'
cxx.exception.throw shop::declined<int>
cxx.exception.throw int
a.b.exception shop::declined<int>
cxx.exception.throw std::out_of_range
a.b.exception std::out_of_range
cxx.exception.throw long
a.b.exception long
end
END
cat >unseen <<'END'
a.b.exception exception
a.b.exception exception
a.b.exception exception
end
END
check 'libstdc++' seen g++
check 'no plt' seen g++ -fno-plt -Wl,-z,now
check 'no rtti' seen g++ -fno-rtti
check 'libstdc++ in the program' unseen g++ -static-libstdc++
check 'all in the program' unseen g++ -static-libstdc++ -static-libgcc
families=all,-cxx
check 'family off' unseen g++
unset families
if command -v clang++ >/dev/null; then
	check 'clang' seen clang++
	echo '#include <vector>' >try.cc
	if clang++ -stdlib=libc++ -c try.cc 2>/dev/null; then
		check 'libc++' seen clang++ -stdlib=libc++
	fi
fi
exit 0
