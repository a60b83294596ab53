#!/bin/sh
# check_parity.sh - the table of tests/parity/README.md against what is there:
# each case has a row and each row a verdict; a test that it names exists, and
# one of them names the case; each test of tests/parity is named by a row.
set -eu

# Every case of the core, of metrics, of the console and of the poller.
cases='T01-T04 T07-T13 T20 T22-T29 T31-T33 T36-T38 T40-T49 T51-T54 T56-T58
T60-T67 T69-T78 T80-T84 T86 T91-T96
M02-M10 M13-M22 M25 M26 M28-M42 M44 M46 M48 M49 C01-C05 C07-C13
P01-P04 P06-P09 P11-P17 P19-P24 P26-P29'

# The tests by name, and each case that a test names: "NAME CASE".
for file in tests/parity/[A-Z]*_*.* tests/unit/test_*.c tests/e2e/*.sh \
	tests/api/*.*; do
	name=${file#tests/}
	case $name in parity/*) name=${name#parity/} ;; esac
	echo "$name"
	grep -owE '[TMCPXGS][0-9]{2,3}(_[A-Za-z0-9_]*)?' "$file" |
		sed "s|\(...\)_.*|\1|; s|^|$name |" | sort -u
done | awk -v cases="$cases" '
function bad(text) {
	print "tests/parity/README.md: " text
	failed = 1
}

# The cases of "T01-T03, T07 names" go to list; how many there are.
function expand(text, list,    n, at, from, to, i, letter) {
	n = 0
	while (match(text, /[TMCPXGS][0-9][0-9]+(-[TMCPXGS][0-9][0-9]+)?/)) {
		letter = substr(text, RSTART, 1)
		at = substr(text, RSTART, RLENGTH)
		text = substr(text, RSTART + RLENGTH)
		from = to = substr(at, 2) + 0
		if (match(at, /-./))
			to = substr(at, RSTART + 2) + 0
		for (i = from; i <= to; i++)
			list[++n] = sprintf("%s%02d", letter, i)
	}
	return n
}

# The files that a name of the last column means go to list.
function files_of(name, list,    n, file) {
	n = 0
	gsub(/^ +| +$|`/, "", name)
	sub(/ with .*/, "", name)
	sub(/^tests\//, "", name)
	if (name in test)
		list[++n] = name
	else if (name !~ /\//)
		for (file in test)
			if (index(file, name "_") == 1 || index(file, name ".") == 1)
				list[++n] = file
	return n
}

# {a,b} of a name are two names, with commas between them.
function unfold(text,    before, after, inner, part, n, i, out) {
	while (match(text, /`[^`{]*\{[^}]*\}[^`]*`/)) {
		inner = substr(text, RSTART + 1, RLENGTH - 2)
		before = substr(text, 1, RSTART - 1)
		after = substr(text, RSTART + RLENGTH)
		n = split(inner, part, /[{},]/)
		out = ""
		for (i = 2; i < n; i++)
			out = out (i > 2 ? ", " : "") part[1] part[i] part[n]
		text = before out after
	}
	return text
}

function row(what, verdict, tests,    list, name, found, n, m, k, i, j, named, file) {
	n = expand(what, list)
	if (verdict !~ /^[a-z]/)
		bad("no verdict: " what)
	for (i = 1; i <= n; i++)
		has_row[list[i]] = 1
	m = split(unfold(tests), name, /, */)
	for (i = 1; i <= m; i++) {
		delete found
		k = files_of(name[i], found)
		if (k == 0)
			bad(what ": no test is called " name[i])
		for (j = 1; j <= k; j++)
			named[found[j]] = in_table[found[j]] = 1
	}
	if (m == 0) {
		if (verdict !~ /cannot exist/ && verdict !~ /^as /)
			bad(what ": no test, and no reason why there is none")
		for (i = 1; i <= n; i++)
			excused[list[i]] = 1
	}
	for (i = 1; i <= n; i++)
		for (file in named)
			if ((file, list[i]) in names)
				covered[list[i]] = 1
}

FILENAME == "-" || FILENAME == "" {
	test[$1] = 1
	if ($2 != "")
		names[$1, $2] = 1
	next
}
/^\|/ && !/^\|---/ && !/^\| case / {
	gsub(/\\\|/, "/")
	n = split($0, column, /\|/)
	gsub(/^ +| +$/, "", column[2])
	gsub(/^ +| +$/, "", column[3])
	gsub(/^ +| +$/, "", column[4])
	row(column[2], column[3], column[4])
}
END {
	n = expand(cases, all)
	for (i = 1; i <= n; i++) {
		if (!(all[i] in has_row))
			bad(all[i] " has no row")
		else if (!(all[i] in covered) && !(all[i] in excused))
			bad(all[i] ": no test that its row names says " all[i])
	}
	for (file in test)
		if (file !~ /\// && !(file in in_table))
			bad("tests/parity/" file " is in no row")
	exit failed
}' - tests/parity/README.md
