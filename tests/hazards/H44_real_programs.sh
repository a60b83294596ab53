#!/bin/bash
# H44, H12: programs that create children by vfork behave as they do bare.
#
# Technique: vfork is not wrapped, and nothing that runs in its child keeps
# state of the parent.
# shellcheck source=tests/lib/hazard_lib.sh
. "$(dirname "$0")/../lib/hazard_lib.sh"
hazard_need_shim

python=/usr/bin/python3
[ -x "$python" ] || python=$(command -v python3)
hazard_compare "record console" "$python" -c '
import subprocess
for i in range(40):
    r = subprocess.run(["/bin/sh", "-c", "echo %d; exit %d" % (i, i % 7)],
                       capture_output=True)
    print(r.returncode, r.stdout.decode().strip(), r.stderr.decode())
try:
    subprocess.run(["/nonexistent"])
except FileNotFoundError as e:
    print(e)'
printf 'int main(void) { return 7; }\n' >"$T/seven.c"
printf 'a:\n\t@echo made; exit 3\n' >"$T/makefile"
hazard_compare record sh -c "gcc -pipe -o seven $T/seven.c && ./seven
	echo \$?; sha256sum <seven; make -f $T/makefile"
hazard_compare record dash -c \
	'x=$(echo a | tr a b); echo $x; (exit 4); echo $?; sh -c "kill -9 \$\$"
	echo $?'
hazard_finish
