#!/bin/sh
# check_barriers.sh - every memory ordering stronger than relaxed has a comment
# "pairs with function()" in the eight lines before it (or at its end), and the
# function exists.  compiler.h and rcu.h only define the words.
set -eu

# shellcheck disable=SC2046 # no blanks in our file names
set -- $(find shim -name '*.[ch]' ! -path shim/base/compiler.h \
	! -path shim/base/rcu.h | sort)

status=0
awk '
FNR == 1 { seen = -100 }
tolower($0) ~ /pairs[ \t]+with/ { seen = FNR }
# The comment may be broken after "pairs".
tolower($0) ~ /pairs[ \t]*$/ { seen = FNR }
/load_acquire\(|store_release\(|rcu_pointer_[gs]et\(|__ATOMIC_(ACQUIRE|RELEASE|ACQ_REL|SEQ_CST|CONSUME)|__sync_|cmm_s?mp_|atomic_thread_fence/ {
	if ($0 !~ /^[ \t]*(\/?\*|#define)/ && FNR - seen > 8) {
		print FILENAME ":" FNR ": stronger than relaxed, but no \"pairs with\""
		bad = 1
	}
}
END { exit bad }' "$@" || status=1

for name in $(cat "$@" | tr '\n' ' ' | sed 's/[[:space:]*]\{1,\}/ /g' |
	grep -oiE 'pairs with [a-z0-9_]+\(\)( and( in)? [a-z0-9_]+\(\))*' |
	grep -oE '[a-z0-9_]+\(\)' | tr -d '()' | sort -u); do
	if ! grep -qE "(^|[ *\t])$name\(" "$@"; then
		echo "a comment pairs with $name(), which is nowhere"
		status=1
	fi
done
exit $status
