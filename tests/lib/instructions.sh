# shellcheck shell=sh
# For tests: how many instructions of the shim a program took, counted by
# callgrind.  Neither the load of the machine nor the C library matters, nor with
# which bytes the kernel would have seeded the shim's hashes: of three seeds each
# run has the one in `seed`, unless that is empty.  Needs TEST_TMP, TEST_LIB and TEST_SHIM.

callgrind=$TEST_TMP/callgrind
mkdir -p "$callgrind"
seed=1
for number in 1 2 3; do
	gcc -O2 -shared -fPIC -DSEED=$number -o "$callgrind/seed-$number.so" \
		"$TEST_LIB/seed.c" || exit 1
done

# Out of a file of callgrind: the costs of the shim's object, inlined functions
# of headers included.  The line behind "calls=" is the callee's.  Valgrind knows
# an object by its .text only: all code has to be there.
cat >"$callgrind/sum.awk" <<'EOF'
/^c?ob=/ {
	id = name = $0
	sub(/^c?ob=/, "", id)
	sub(/\).*/, "", id)
	sub(/^[^)]*\) ?/, "", name)
	if (name != "")
		names[id] = name
	if (/^ob=/)
		ours = names[id] ~ /libtelemetry_shim\.so$/
	next
}
/^calls=/ { getline; next }
/^[0-9+*-]/ && ours { sum += $2 }
END { print sum + 0 }
EOF

# In the code of the shim, of a whole run.
instructions() { # NAME COMMAND...
	out=$callgrind/$1
	shift
	LD_PRELOAD="$TEST_SHIM${seed:+ $callgrind/seed-$seed.so}" valgrind --tool=callgrind \
		--max-threads=3000 --callgrind-out-file="$out" "$@" >"$out.log" 2>&1 ||
		{ cat "$out.log" >&2; return 1; }
	awk -f "$callgrind/sum.awk" "$out"
}
