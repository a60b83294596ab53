#!/bin/bash
# H17: what bash, env and their children see as environment is the same with
# and without the shim, apart from the variables that load it.
#
# Technique: the shim never calls setenv, putenv or unsetenv, and leaves envp
# of exec alone.
# shellcheck source=tests/lib/hazard_lib.sh
. "$(dirname "$0")/../lib/hazard_lib.sh"
hazard_need_shim

own='^(declare -x )?(LD_PRELOAD|TELEMETRY_|HAZARD_MODE|PWD|OLDPWD|SHLVL|_)'
script="export A=1; unset HOME; declare -x | grep -vE '$own'
	env | sort | grep -vE '$own'; env -i B=2 env
	(unset LD_PRELOAD; env | grep -c LD_PRELOAD)"

hazard_compare "record console" bash -c "$script"
for mode in bare record; do
	[ "$(wc -l <"$T/$mode/out")" -ge 4 ] || hazard_fail "$mode: no output"
done
hazard_finish
