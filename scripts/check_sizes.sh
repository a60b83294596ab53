#!/bin/sh
# check_sizes.sh - no file over 400 lines, no function over 60 (from its opening
# to its closing brace, both in the first column).
set -eu

files() {
	git ls-files -co --exclude-standard 2>/dev/null ||
		find . -name build -prune -o -name .git -prune -o -type f -print
}

files | while read -r file; do
	[ -f "$file" ] && echo "$file"
done | xargs awk '
function end_of_file() {
	if (lines > 400) {
		print last ": " lines " lines, 400 are allowed"
		bad = 1
	}
}
FNR == 1 {
	end_of_file()
	last = FILENAME
	code = FILENAME ~ /\.(c|cc|h)$/
	begin = 0
}
{ lines = FNR }
code && /^\{/ { begin = FNR }
code && /^\}/ && begin {
	if (FNR - begin + 1 > 60) {
		print FILENAME ":" begin ": function of " FNR - begin + 1 \
			" lines, 60 are allowed"
		bad = 1
	}
	begin = 0
}
END {
	end_of_file()
	exit bad
}'
