#!/bin/sh
# deps.sh [--check] GROUP... - installs the Debian packages that the groups
# (build demo test bench apps peers lint) need and that are missing; says which.  With --check
# it only says, and fails.  Nothing but a dpkg-query when all are there.
set -eu

# build: to compile; libunwind8 is opened at run time, for stack traces.
build="gcc libc6-dev make binutils liburcu-dev libyaml-dev libunwind8
	libmicrohttpd-dev libc-ares-dev zlib1g-dev"
# demo: the programs that it looks at.  PostgreSQL is shown if it is there.
demo="curl python3 sqlite3"
# test: the programs that must run under the shim as they do without it, and
# the tools of the contract checks.
test="perl-base perl dash git g++ gzip tar procps util-linux systemd
	curl python3 sqlite3 libsqlite3-dev libpq-dev openssl libssl-dev
	gnutls-bin libgnutls28-dev wget
	postgresql postgresql-client postgresql-contrib python3-psycopg2
	redis-server redis-tools nginx-light mariadb-server gdb strace ltrace openssh-client
	libjemalloc2 fakeroot musl-tools busybox-static pkg-config
	jq valgrind apache2 apache2-utils php-fpm libfcgi-bin collectd-core
	prometheus python3-prometheus-client clang libc++-dev
	libc++abi-dev"
bench="python3 libsqlite3-dev"
# apps: for make bench-apps.
apps="python3 make gcc redis-server redis-tools nginx-light wrk postgresql
	postgresql-contrib mariadb-server sysbench gunicorn procps"
# peers: other tools, for make bench-peers.
peers="lttng-tools liblttng-ust1 heaptrack uftrace libjemalloc2 bpftrace
	linux-perf"
lint="clang-format clang-tidy shellcheck"

say() {
	echo "deps: $*" >&2
}

missing() {
	for package in "$@"; do
		dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null |
			grep -q '^installed$' || printf ' %s' "$package"
	done
}

check=
wanted=
for group; do
	case $group in
	--check) check=1 ;;
	build) wanted="$wanted $build" ;;
	demo) wanted="$wanted $demo" ;;
	test) wanted="$wanted $test" ;;
	bench) wanted="$wanted $bench" ;;
	apps) wanted="$wanted $apps" ;;
	peers) wanted="$wanted $peers" ;;
	lint) wanted="$wanted $lint" ;;
	*) say "no group '$group'; there are: build demo test bench apps peers lint"; exit 2 ;;
	esac
done

if ! command -v dpkg-query >/dev/null; then
	# shellcheck disable=SC2086
	say "not a Debian system; what Debian calls" $wanted "has to be there"
	exit 0
fi

# One dpkg-query answers the usual case; the list is only made when it fails.
# shellcheck disable=SC2086 # lists of words
if dpkg-query -W -f '${db:Status-Status}\n' $wanted 2>/dev/null |
	awk 'END { exit NR != n } $1 != "installed" { exit 1 }' \
		n="$(set -- $wanted; echo $#)"; then
	exit 0
fi
# shellcheck disable=SC2086
todo=$(missing $wanted)
[ -n "$todo" ] || exit 0

if [ -n "$check" ]; then
	say "missing packages:$todo (make deps installs them)"
	exit 1
fi
if [ "$(id -u)" = 0 ]; then
	root=
elif command -v sudo >/dev/null; then
	root=sudo
else
	say "need root or sudo to install:$todo"
	exit 1
fi

# What is installed for a test must not start as a service of this machine.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
	trap '$root rm -f $policy' EXIT
	trap 'exit 1' HUP INT TERM
	printf '#!/bin/sh\nexit 101\n' | $root tee $policy >/dev/null
	$root chmod 755 $policy
fi

say "installing:$todo"
apt() {
	# shellcheck disable=SC2086 # empty when we are root
	$root env DEBIAN_FRONTEND=noninteractive apt-get -qq \
		-o DPkg::Lock::Timeout=300 "$@" </dev/null >&2
}
apt update || say "package lists could not be updated; trying with the old ones"
# shellcheck disable=SC2086
if ! apt -o Dpkg::Use-Pty=0 install --no-install-recommends $todo; then
	say "apt-get could not install:$todo"
	exit 1
fi
