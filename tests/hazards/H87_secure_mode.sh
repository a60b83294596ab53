#!/bin/bash
# H87: in a setuid program the shim is inert even when /etc/ld.so.preload
# forces it in: no file, no environment, no output.
#
# Technique: getauxval(AT_SECURE) decides before anything else.
# shellcheck source=tests/lib/hazard_lib.sh
unset TELEMETRY_DIR # of root, when run.sh runs us
. "$(dirname "$0")/../lib/hazard_lib.sh"
hazard_need_shim

[ "$(id -u)" = 0 ] || hazard_skip "only root can make a setuid program"
unshare -m true 2>/dev/null || hazard_skip "no mount namespaces here"
mkdir -p "$T/etc" "$T/dir"
chmod 755 "$T"
chmod 777 "$T/dir"
cp /etc/passwd /etc/group /etc/nsswitch.conf /etc/ld.so.cache "$T/etc/"
cp "$HAZARD_SHIM" "$T/shim.so"
chmod 755 "$T/shim.so"
echo "$T/shim.so" >"$T/etc/ld.so.preload"
cp /bin/cat "$T/plain"
cp /bin/cat "$T/setuid"
chmod 755 "$T/plain"
chmod 4755 "$T/setuid"

# as_nobody PROGRAM: maps and output of a run with the shim forced in.
as_nobody() {
	rm -rf "$T/dir"/* "$T/segments"
	mkdir -m 700 "$T/segments"
	chown nobody "$T/segments"
	unshare -m sh -c "mount --make-rprivate / && mount --bind $T/etc /etc &&
		exec setpriv --reuid=65534 --clear-groups \
		env TELEMETRY_DIR=$T/segments TELEMETRY_LOG=debug \
		TELEMETRY_LOG_FILE=$T/dir/log \
		$1 /proc/self/maps" >"$T/maps" 2>"$T/err"
}

as_nobody "$T/plain" || hazard_skip "cannot run with another /etc"
grep -q shim.so "$T/maps" || hazard_fail "ld.so.preload had no effect"
grep -q "$T/segments/" "$T/maps" ||
	hazard_fail "an ordinary program recorded nothing"
as_nobody "$T/setuid"
grep -q shim.so "$T/maps" || hazard_fail "ld.so.preload had no effect"
[ -s "$T/err" ] && hazard_fail "output: $(cat "$T/err")"
find "$T/segments" "$T/dir" -type f | grep . &&
	hazard_fail "files of a setuid program"
grep "$T/segments/" "$T/maps" && hazard_fail "segment is mapped"
hazard_finish
