#!/bin/bash
# H37, H20, H1: other allocators preloaded in front of the shim, behind it, or
# linked into the program: everything still works, and the same is printed.
#
# Technique: each name of the family goes to the next definition of that name,
# found without dlsym (whose own allocations would come back into the
# wrappers).
# shellcheck source=tests/lib/hazard_lib.sh
. "$(dirname "$0")/../lib/hazard_lib.sh"
hazard_need_shim

jemalloc=$(ldconfig -p | sed -n 's/.*libjemalloc.so.2.*=> //p' | head -n 1)
script='set -e; for i in 1 2 3; do ls / >/dev/null; done
x=$(seq 2000); echo ${#x}; perl -e "print join q(,), map { $_ * 2 } 1..99"'

hazard_compare record bash -c "$script"
if [ -n "$jemalloc" ]; then
	HAZARD_SIBLING=$jemalloc
	for HAZARD_SIBLING_PLACE in front behind; do
		hazard_compare "record console" bash -c "$script"
	done
	unset HAZARD_SIBLING HAZARD_SIBLING_PLACE
fi
# jemalloc is linked into Debian's.
if command -v redis-server >/dev/null; then
	hazard_compare "record console" redis-server --version
fi
# shellcheck disable=SC2043
for command in /bin/true; do
	hazard_compare "record console" "$command"
done
hazard_finish
