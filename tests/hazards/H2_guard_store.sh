#!/bin/bash
# H2: the compiler may delete a re-entry guard around functions that it
# believes cannot come back (attribute leaf): the instructions are looked at.
#
# Technique: `busy` is volatile, with a compiler barrier on both sides.  The
# functions through which every wrapper takes the guard (thread_claim() or
# thread_claim_plain() is inlined there) must store their frame into it, and a zero afterwards; and
# nothing of what is wrapped is called by its name.
# shellcheck source=tests/lib/hazard_lib.sh
. "$(dirname "$0")/../lib/hazard_lib.sh"
hazard_need_shim

[ "$(uname -m)" = x86_64 ] || hazard_skip "knows x86-64 instructions only"
objdump -d --no-show-raw-insn "$HAZARD_SHIM" >"$T/code"
awk '
function finish() {
	if (name !~ /^<(begin_slowly|wrap_begin_call|wrap_leave|socket_stop|own_block)>/)
		return
	seen++
	if (!taken || !released) {
		print name ": guard taken " taken + 0 ", released " released + 0
		bad++
	}
}
/^[0-9a-f]+ <.*>:$/ { finish(); name = $2; taken = released = 0 }
/mov +%rbp,(%fs:)?(0x0)?\(%r/ { taken++ }
taken && /movq +\$0x0,(%fs:)?(0x0)?\(%r/ { released++ }
END { finish(); print seen + 0 " functions looked at"
	exit bad > 0 || seen != 5 }
' "$T/code" >"$T/result" || hazard_fail "$(cat "$T/result")"

# Direct calls of what we wrap: by a PLT stub or by name.
names='malloc|calloc|realloc|free|send|recv|read|write|close|connect|dlsym'
grep -E "call.*<($names)(@plt)?>" "$T/code" >"$T/direct" &&
	hazard_fail "wrapped functions called directly: $(cat "$T/direct")"
hazard_finish
