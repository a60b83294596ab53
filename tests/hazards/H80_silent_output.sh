#!/bin/bash
# H80: nothing of ours on the host's stdout and stderr, and the flags of the
# descriptors that it shares with others are what they were.
#
# Technique: default is silence; the console reporter writes where it was told
# to, from its own thread, whole lines, and never to descriptor 1.
# shellcheck source=tests/lib/hazard_lib.sh
. "$(dirname "$0")/../lib/hazard_lib.sh"
hazard_need_shim

python=/usr/bin/python3
[ -x "$python" ] || python=$(command -v python3)
compare() { hazard_compare "record console events" "$@"; }

compare bash -c 'echo out; echo err >&2; ls /nonexistent; cd /nonexistent
	for i in 1 2 3; do (echo $i | tr 1-3 a-c); done; exit 3'
compare perl -e 'print "a\n"; print STDERR "b\n"; my $x = `echo c`; print $x;
	die "dies\n"'
compare "$python" -c 'import sys, socket
a, b = socket.socketpair(); a.send(b"x"); print(b.recv(1)); sys.exit("bye")'
mkdir "$T/repository"
compare sh -c "cd $T/repository && rm -rf .git && git init -q . &&
	git status --short && git rev-parse HEAD"
compare sqlite3 :memory: 'create table t(a); insert into t values(1),(2);
	select sum(a) from t; select nothing from nowhere;'
# The flags of 0, 1 and 2 are shared with whoever gave them.
compare sh -c "cat /proc/self/fdinfo/1 | grep flags; echo x | cat;
	grep flags /proc/self/fdinfo/0"
for mode in record console events; do
	mapfile -t vars < <(hazard_env "$mode")
	mkdir -p "$T/$mode/dir"
	out=$( (
		# A pipe that nobody reads any more: no SIGPIPE of our making.
		env "${vars[@]}" "$python" -c '
import os, sys
print("first"); sys.stdout.flush()' 2>"$T/pipe.err"
		echo "status $?"
	) | head -n 1)
	[ "$out" = first ] || hazard_fail "$mode: pipe gave '$out'"
	[ -s "$T/pipe.err" ] && hazard_fail "$mode: pipe: $(cat "$T/pipe.err")"
done
# What was asked for did come, so silence is not for lack of a reporter.
[ -s "$T/console/console.out" ] || hazard_fail "no console report at all"
[ -s "$T/events/console.out" ] || hazard_fail "no event lines at all"
hazard_finish
