#!/bin/sh
# exports.sh OBJECT... - prints the linker's version script: anonymous (a named
# node would stop the wrappers from interposing), and an allow list of what the
# objects mark EXPORT.  Read from the objects, not from the source text: tables
# and macros make names that no pattern on the source finds.
# scripts/check_exports.sh decides whether each of them may be there.
set -eu

LC_ALL=C readelf -Ws "$@" | awk '
	($5 == "GLOBAL" || $5 == "WEAK") && $6 == "DEFAULT" && $7 != "UND" {
		sub(/@.*/, "", $8)
		names[$8] = 1
	}
	END {
		print "{"
		print "global:"
		for (name in names)
			if (name != "")
				print "\t" name ";" | "LC_ALL=C sort"
		close("LC_ALL=C sort")
		print "local:"
		print "\t*;"
		print "};"
	}'
