# npm.sh - packages of npm for tests, kept in the build folder.
#
#   npm_package NAME VERSION   $npm_modules/NAME is there; skips without npm
#
# shellcheck shell=sh

npm_modules=$TEST_BUILD/npm/node_modules

npm_package() {
	[ ! -e "$npm_modules/$1/package.json" ] || return 0
	need node npm
	# One at a time: tests run in parallel.
	mkdir -p "$TEST_BUILD/npm"
	flock "$TEST_BUILD/npm/lock" npm install --prefix "$TEST_BUILD/npm" \
		--no-audit --no-fund --omit=optional --ignore-scripts \
		"$1@$2" >"$TEST_TMP/npm.log" 2>&1 ||
		skip "npm cannot install $1 $2: $(tail -n 1 "$TEST_TMP/npm.log")"
}
