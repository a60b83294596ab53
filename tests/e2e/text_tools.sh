#!/bin/sh
# awk, sed, grep, find, xargs, tar, gzip, diff.
. "$(dirname "$0")/../lib/e2e.sh"

scenario() {
	seq 1 5000 >numbers
	awk '{ s += $1; a[$1 % 7]++ } END { print s; for (i = 0; i < 7; i++) print a[i] }' numbers
	awk 'BEGIN { while (("seq 1 3" | getline x) > 0) print "got", x; print system("exit 3") }'
	awk 'BEGIN { exit 5 }'
	echo "awk $?"
	sed -n '10,12p;s/^4999$/found/p' numbers
	sed -i 's/9/nine/g' numbers && tail -n 2 numbers
	grep -c nine numbers
	grep -q nothing numbers
	echo "grep $?"
	grep -r nine . | wc -l
	mkdir -p tree/one tree/two
	cp numbers tree/one && echo x >tree/two/x
	touch -d @0 tree tree/one tree/two tree/one/numbers tree/two/x
	find tree -type f | sort | xargs -n 1 -P 2 sha256sum | sort
	find tree -name x -exec cat {} +
	find tree -name numbers -exec false {} \;
	tar --owner=0 --group=0 --sort=name -cf tree.tar tree && sha256sum tree.tar
	tar -czf - tree | tar -tzf - | sort
	gzip -9nk tree.tar && gzip -l tree.tar.gz && sha256sum tree.tar.gz
	zcat tree.tar.gz | tar -xf - -C kept
	echo broken | gzip -d
	echo "gzip $?"
	diff -u numbers tree/two/x | wc -l
	echo 'scale=3; 22/7' | { command -v bc >/dev/null && bc || echo 3.142; }
	tar -xf nonexistent.tar
	echo "tar $?"
}

compare awk /sed /grep /find /xargs /tar /gzip
