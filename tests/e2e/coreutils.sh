#!/bin/sh
# The small programs that every script calls, in their usual and failing ways.
. "$(dirname "$0")/../lib/e2e.sh"

scenario() {
	seq 1 20000 >numbers
	sort -R --random-source=numbers numbers | sort -n | cmp - numbers
	sort -rn numbers | sha256sum
	shuf --random-source=numbers -n 3 numbers
	split -n 3 numbers part. && cat part.* | md5sum
	dd if=numbers bs=1k count=3 status=none | wc -c
	dd if=numbers of=copy bs=7 conv=notrunc 2>&1 | head -n 2
	cp -a numbers kept/numbers && ln -s numbers link && readlink -f link |
		sed "s|$PWD|.|"
	mkdir -p a/b/c && mv copy a/b/c && find a | sort && rm -r a
	ls /none/such
	echo "status $?"
	cat numbers nonexistent | tail -n 1
	rm nonexistent
	chmod 640 numbers && stat -c '%a %s %F' numbers
	head -c 1000000 /dev/zero | tr '\0' x | fold -w 100 | uniq -c
	yes | head -n 2
	timeout 0.05 tail -f /dev/null
	echo "timeout $?"
	timeout -s KILL 10 true
	env -i A=1 /usr/bin/env
	date -u -d @0
	printf '%s\n' b a c | tee kept/tee | sort | paste -sd,
	join numbers numbers | tail -n 1
	comm -12 numbers numbers 2>/dev/null | wc -l
	expr 6 '*' 7
	test -e link && basename "$PWD"
	nice -n 1 nice
	nohup true </dev/null
	stdbuf -oL echo buffered
	id -u
	mktemp -u XXXX | wc -c
	base64 numbers | base64 -d | cmp - numbers
	kill -l 9
	dircolors -b | wc -l
	df / >/dev/null && uname -s
	truncate -s 1G sparse && du -k sparse && sync sparse
	echo full >full && cat full >/dev/full
	echo "full $?"
}

compare /sort /dd /cp /ls /head
