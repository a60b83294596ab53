#!/bin/sh
# bash and dash: pipes, jobs, traps, substitutions, exit statuses.
. "$(dirname "$0")/../lib/e2e.sh"

scenario() {
	cat >both.sh <<'END'
exec 3>&1
trap 'echo bye; exit 7' EXIT
trap 'echo got usr1' USR1
i=0
while [ $i -lt 50 ]; do
	x=$(echo $i | tr 0-9 a-j)
	i=$((i + 1))
done
echo $x
for n in 1 2 3; do (exit $n); echo "status $?"; done
seq 1 1000 | sort -rn | head -n 3
seq 1 100000 | head -n 1
echo "pipe $?"
false | true; echo "last $?"
(echo child; exec 3>&-; kill -USR1 $$; exit 3); echo "child $?"
(exit 6) & wait $!; echo "wait $?"
cat <<TEXT | sed 's/t/T/g'
some text
TEXT
/none/such; echo "missing $?"
. ./also.sh
echo to three >&3
exec 3>&-
sh -c 'kill -9 $$'; echo "killed $?"
read line </etc/hostname; echo "${#line}" >/dev/null
ls -l /proc/self/fd | wc -l
(ulimit -n 20; ulimit -n)
umask
cd / && pwd
END
	echo 'echo sourced; set -- a b c; echo $#' >also.sh
	cat >bashisms.sh <<'END'
declare -A map=([one]=1 [two]=2)
for k in one two; do echo "$k=${map[$k]}"; done
diff <(seq 1 5) <(seq 2 6)
coproc cat
echo hello >&"${COPROC[1]}"
read -r answer <&"${COPROC[0]}"
echo "$answer"
exec {COPROC[1]}>&-
wait
mapfile -t lines < <(printf '%s\n' a b c)
echo "${#lines[@]} ${lines[2]}"
printf '%(%Y)T\n' 0
time_of() { TIMEFORMAT=%0R; time :; } 2>/dev/null
time_of
set -o pipefail; false | true; echo "pipefail $?"
export MARK=1; env | grep -c '^MARK='
echo "$BASHPID" >/dev/null
enable -n echo; type -t echo
END
	for shell in bash dash; do
		$shell both.sh
		echo "$shell ended with $?"
		echo 'echo from stdin; exit 4' | $shell
		echo "$?"
		$shell -c 'exec sleep 0'
		$shell -c 'if'
		echo "$?"
	done
	bash bashisms.sh
}

filter() {
	sed 's/ *[0-9]* Killed/ N Killed/'
}

compare /bash /dash /seq
