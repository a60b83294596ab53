#!/bin/sh
# check_parity.sh - the tables of tests/parity/README.md against what is there:
# each case has a row and each row a verdict; a test that it names exists; one in
# tests/parity has the case in its name, and says it; each of those is named by
# a row, and has each case that it says in its name.  A range in a name, or a test
# elsewhere, does not count.  A rule without a number may be left out, with the
# reason.
set -eu

# Every case there is.
cases='T01-T04 T07-T13 T20 T22-T29 T31-T33 T36-T38 T40-T49 T51-T54 T56-T58
T60-T67 T69-T78 T80-T84 T86 T91-T96
M02-M10 M13-M22 M25 M26 M28-M42 M44 M46 M48 M49 C01-C05 C07-C13
P01-P04 P06-P09 P11-P17 P19-P29
X01-X04 X06 X07 X09-X11 X13-X15 X17 X19-X24 X26-X35 X37-X48 X50-X61
S03-S17 S19-S26 S29-S35 S37-S44 S46-S53 S55-S74 S76-S87
G01-G25 D01-D52 S1.18 S1.19 S1.20 S1.21 S1.22 S2.9'

# The tests by name, and each case that a test names: "NAME CASE".
for file in tests/parity/[A-Z]*_*.* tests/unit/test_*.c tests/e2e/*.sh \
	tests/api/*.* tests/hazards/H*_*.* tests/db/*.* tests/slow/*.sh; do
	name=${file#tests/}
	case $name in parity/*) name=${name#parity/} ;; esac
	echo "$name"
	case $name in */*) continue ;; esac
	# S03-S08 stands for each of them.
	grep -oE '\b([TMCPXGSD][0-9]{2}(-[TMCPXGSD]?[0-9]{2})?|S[12][._][0-9]+)' "$file" |
		sed "s|_|.|; s|^|$name |" | sort -u
done | awk -v cases="$cases" '
function bad(text) {
	print "tests/parity/README.md: " text
	failed = 1
}

# The cases of "T01-T03, T07 names, S1.18" go to list; how many there are.
function expand(text, list,    n, at, from, to, i, letter) {
	n = 0
	while (match(text, /S[12]\.[0-9]+|[TMCPXGSD][0-9][0-9]+(-[TMCPXGSD]?[0-9][0-9]+)?/)) {
		letter = substr(text, RSTART, 1)
		at = substr(text, RSTART, RLENGTH)
		text = substr(text, RSTART + RLENGTH)
		if (at ~ /\./) {
			list[++n] = at
			continue
		}
		from = to = substr(at, 2) + 0
		if (match(at, /-[A-Z]?/))
			to = substr(at, RSTART + RLENGTH) + 0
		for (i = from; i <= to; i++)
			list[++n] = sprintf("%s%02d", letter, i)
	}
	return n
}

# The files that a name of the last column means go to list: a path, or the words
# behind the cases of a name.
function files_of(name, list,    n, file) {
	n = 0
	gsub(/^ +| +$|`/, "", name)
	sub(/ with .*/, "", name)
	sub(/^tests\//, "", name)
	if (name in test)
		list[++n] = name
	else if (name !~ /\//)
		for (file in test)
			if (file !~ /\// && words_of(file) == name)
				list[++n] = file
	return n
}

# "heap" of "P06_heap.c", "S2_9_health" has "health".
function words_of(file) {
	sub(/\.[a-z]+$/, "", file)
	while (sub(/^[A-Z][0-9]+_([0-9]+_)?/, "", file))
		;
	return file
}

# Is the case one of the name?
function is_named(file, what) {
	gsub(/\./, "_", what)
	return index("_" file, "_" what "_") > 0
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
	if (verdict ~ /^cannot exist: / || verdict ~ /^as /)
		for (i = 1; i <= n; i++)
			excused[list[i]] = 1
	else if (m == 0 && (n > 0 || verdict !~ /^left out: /))
		bad(what ": no test, and no reason why there is none")
	for (i = 1; i <= n; i++)
		for (file in named)
			if (file !~ /\// && is_named(file, list[i]) && (file, list[i]) in names)
				covered[list[i]] = 1
}

FILENAME == "-" || FILENAME == "" {
	test[$1] = 1
	n = expand($2, all)
	for (i = 1; i <= n; i++)
		names[$1, all[i]] = 1
	next
}
/^\|/ && !/^\|---/ && !/\| here \| test \|$/ {
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
			bad(all[i] ": no test that its row names has it in its name, and says it")
	}
	for (file in test)
		if (file !~ /\// && !(file in in_table))
			bad("tests/parity/" file " is in no row")
	for (file in test)
		if (file !~ /\//)
			for (i = 1; i <= n; i++)
				if (is_named(file, all[i]) && !((file, all[i]) in names))
					bad("tests/parity/" file " says nothing of " all[i])
				else if (!is_named(file, all[i]) && (file, all[i]) in names)
					bad("tests/parity/" file " says " all[i] ", its name does not")
	exit failed
}' - tests/parity/README.md
