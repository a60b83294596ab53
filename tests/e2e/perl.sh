#!/bin/sh
# perl: forks, pipes, sockets, signals, and how it ends.
. "$(dirname "$0")/../lib/e2e.sh"
need perl

scenario() {
	cat >all.pl <<'END'
use strict; use warnings; use Socket; use IO::Socket::INET; use POSIX ":sys_wait_h";
$| = 1;
my $s = IO::Socket::INET->new(Listen => 5, LocalAddr => "127.0.0.1", Proto => "tcp") or die;
for my $n (1 .. 3) {
	my $pid = fork();
	if (!$pid) {
		my $c = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $s->sockport) or die;
		print $c "line $n\n"; print scalar <$c>; exit $n;
	}
	my $c = $s->accept; my $line = <$c>; print $c uc $line; close $c;
	waitpid($pid, 0); print "status ", $? >> 8, "\n";
}
socketpair(my $a, my $b, AF_UNIX, SOCK_STREAM, PF_UNSPEC) or die;
syswrite($a, "pair\n"); sysread($b, my $got, 100); print $got;
open(my $p, "-|", "seq 1 3") or die; print while <$p>; close $p;
my $out = `echo backticks; exit 2`; print $out, $? >> 8, "\n";
local $SIG{ALRM} = sub { die "alarm\n" };
use Time::HiRes "ualarm"; eval { ualarm 10000; select(undef, undef, undef, 20); }; print "got $@";
my %h = map { $_ => "x" x $_ } 1 .. 2000; print scalar(keys %h), "\n";
IO::Socket::INET->new(PeerAddr => "127.0.0.1:1") or print "no: $!\n";
opendir(my $d, "/proc/self/fd"); print scalar(grep { /\d/ } readdir $d), "\n";
exec "/bin/echo", "exec'd";
END
	perl all.pl
	echo "$?"
	perl -e 'print "x" x 10, "\n"; die "dead\n"'
	echo "$?"
	perl -e 'kill 9, $$'
	echo "$?"
	perl -MDigest::MD5=md5_hex -e 'print md5_hex("a" x 1e6), "\n"'
	seq 1 10 | perl -ne 'print if $_ % 5 == 0; END { $? = 4 }'
	echo "$?"
}

compare /perl
