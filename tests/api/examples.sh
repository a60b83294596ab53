#!/bin/sh
# The two programs of the README, example.c and example.cc: what they show under
# telemetry-run, and that they run without.
. "$(dirname "$0")/../lib/e2e.sh"
need gcc g++

# Times, process and span ids differ from run to run.
masked() {
	sed -E -e 's/^ *[0-9:.]+Z //' -e 's/\[[0-9]+\]//' \
		-e 's/(duration)=[0-9.]+[num]?s/\1=T/' \
		-e 's/(span|parent)=[0-9a-f]{16}\b/\1=ID/g'
}

# block LANGUAGE: the program that the README shows in it.
block() {
	awk -v begin="^\`\`\`$1\$" '
		$0 ~ begin { text = ""; inside = 1; next }
		/^```/ { if (inside && text ~ /int main/) { printf "%s", text; exit }
			inside = 0 }
		inside { text = text $0 "\n" }' "$TEST_ROOT/README.md"
}

# in_readme SOURCE LANGUAGE: if it is there, it is this very program.
in_readme() {
	block "$2" >"$TEST_TMP/block"
	diff "$TEST_ROOT/tests/api/$1" "$TEST_TMP/block" ||
		fail "README.md: + is what it shows as $1"
}

check() { # COMPILER SOURCE
	program=$TEST_TMP/example
	# shellcheck disable=SC2086 # a command and its options
	$1 -Wall -Wextra -Wpedantic -Werror -I"$TEST_ROOT/shim/include" \
		-o "$program" "$TEST_ROOT/tests/api/$2" || fail "$2 does not build"
	[ "$(wc -l <"$TEST_ROOT/tests/api/$2")" -le 22 ] || fail "$2 is too long"
	"$program" || fail "$2: status $? without the shim"
	rm -f "$TEST_TMP/events"
	sed "s|^libdir=.*|libdir=$TEST_BUILD|" "$TEST_ROOT/scripts/telemetry-run" \
		>"$TEST_TMP/telemetry-run"
	TELEMETRY_CONSOLE_MODE=events TELEMETRY_CONSOLE_FILE=$TEST_TMP/events \
		sh "$TEST_TMP/telemetry-run" --reporters console -- "$program" ||
		fail "$2: status $? under telemetry-run"
	grep ' shop\.' "$TEST_TMP/events" | masked >"$TEST_TMP/shown"
	cat "$TEST_TMP/shown" >>"$TEST_TMP/all"
	diff "$TEST_TMP/expected" "$TEST_TMP/shown" ||
		fail "$2: + is what it showed"
}

cat >"$TEST_TMP/expected" <<'END'
example shop.checkout.start span=ID
example shop.order.placed amount=12.500000 cart=17 parent=ID
example shop.checkout.stop duration=T amount=12.500000 cart=17 span=ID
END
check 'gcc -std=c99' example.c

cat >"$TEST_TMP/expected" <<'END'
example shop.checkout.start span=ID
example shop.order.placed amount=12.500000 cart=17 parent=ID
example shop.checkout.stop duration=T cart=17 span=ID
example shop.checkout.start span=ID
example shop.checkout.exception duration=T kind=cxx reason=std::range_error cart=18 span=ID
END
check 'g++ -std=c++11' example.cc

in_readme example.c c
in_readme example.cc cpp
grep -E '^    [0-9:.]+Z example\[' "$TEST_ROOT/README.md" | masked >"$TEST_TMP/shown"
diff "$TEST_TMP/all" "$TEST_TMP/shown" ||
	fail "README.md: + is what it shows of the two programs"
exit 0
