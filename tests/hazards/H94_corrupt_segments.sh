#!/bin/bash
# H94: an exporter reads the files of others: cut short, overwritten, replaced
# by something else while it reads, they are left out, never fatal, and what is
# sound is still reported.
#
# Technique: pread into own memory, every offset and length checked.
# shellcheck source=tests/lib/hazard_lib.sh
. "$(dirname "$0")/../lib/hazard_lib.sh"
hazard_need_shim

# An honest segment, left behind by a process that was killed.
hazard_run record perl -MSocket -e '
socketpair(A, B, AF_UNIX, SOCK_STREAM, 0);
for (1..9) { send(A, "x", 0); recv(B, my $x, 1, 0); } kill 9, $$;'
segment=$(find "$T/record/dir" -name '*.0' | head -n 1)
[ -s "$segment" ] || hazard_fail "no segment to damage"
head -c 65536 "$segment" >"$T/segment"

# Damages it in all ways, over and over, as pids that do not exist; says after
# 60 files that it has come round again.
cat >"$T/rubbish.pl" <<'END'
my ($group, $stop, $segment, $passes) = @ARGV;
local $/; open(F, "<", $segment); my $good = <F>; close(F); srand(1);
my ($header, $used, @blocks) = unpack("LQ", substr($good, 12, 12));
for (my $at = $header; $at < $used && $at + 16 < length $good;
     $at += unpack("L", substr($good, $at + 4, 4))) { push(@blocks, $at) }
for (my $i = 1; !-e $stop; $i++) {
	my $pid = 900000 + $i % 60;
	my $file = "$group/$pid." . ($i % 2);
	my $bytes = $good;
	if ($i % 60 == 0) { open(F, ">", "$passes.new"); print F $i / 60;
		close(F); rename("$passes.new", $passes) }
	if ($i % 6 == 0) { unlink($file); next }
	substr($bytes, 24, 4) = pack("L", $pid) if $i % 5; # else of another
	if ($i % 6 == 1) { $bytes = substr($bytes, 0, int(rand(length $bytes))) }
	if ($i % 6 == 2) { substr($bytes, 16, 8) = pack("Q", int(rand(1 << 40))) }
	if ($i % 6 >= 3) { substr($bytes, $header + 4 * int(rand(9000)), 4) =
		pack("L", int(rand(2)) ? rand(4294967295) : rand(80)) for 1..20 }
	# And one word of a block, or of what is first in it.
	if ($i % 6 == 4) { substr($bytes,
		$blocks[rand(@blocks)] + 4 * int(rand(8)), 4) =
		pack("L", 16 * int(rand(2) ? rand(1 << 20) : rand(9))) }
	open(F, ">", $file) || die("$file: $!");
	print F $bytes; truncate(F, rand(70000)) if $i % 7 == 0; close(F);
}
END

host='use Socket; socketpair(A, B, AF_UNIX, SOCK_STREAM, 0);
for (1..3) { system("/bin/true"); send(A, "x", 0); recv(B, my $x, 1, 0); }
select(undef, undef, undef, 0.001) for 1..80; print "done\n";'
HAZARD_VARS=("TELEMETRY_LOG_FILE=$T/log")
hazard_compare events perl -e "$host"
group=$(find "$T/events/dir" -mindepth 1 -maxdepth 1 -type d | head -n 1)
[ -n "$group" ] || { hazard_fail "no group"; hazard_finish; }
perl "$T/rubbish.pl" "$group" "$T/stop" "$T/segment" "$T/passes" &
writer=$!

# All of them, in all ways, from now on: the last report of a round has removed
# them, and on a slow machine there may be no new ones yet.
damaged() {
	local before passes

	before=$(cat "$T/passes" 2>/dev/null)
	for _ in $(seq 1500); do
		passes=$(cat "$T/passes" 2>/dev/null)
		[ "${passes:-0}" -gt $((before + 1)) ] && return
		sleep 0.01
	done
	return 1
}

for round in 1 2 3 4 5 6 7 8; do
	damaged || { hazard_fail "round $round: nothing was damaged"; break; }
	mapfile -t vars < <(hazard_env events)
	rm -f "$T/events/console.out"
	env -i PATH="$PATH" "${vars[@]}" "${HAZARD_VARS[@]}" \
		timeout -k 1 20 perl -e "$host" >"$T/again" 2>"$T/again.err" ||
		hazard_fail "round $round: status $?"
	cmp -s "$T/again" "$T/bare/out" || hazard_fail "round $round: output"
	grep -q 'libc.socket.send.stop' "$T/events/console.out" ||
		hazard_fail "round $round: nothing was reported"
	[ -s "$T/again.err" ] && hazard_fail "$(cat "$T/again.err")"
done
touch "$T/stop"
wait "$writer" || hazard_fail "what damages has failed: status $?"
hazard_finish
