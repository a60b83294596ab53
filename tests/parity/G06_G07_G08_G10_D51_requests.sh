#!/bin/bash
# G06, G07, G08, G10, D51: who may read the page of Prometheus, and where it is.
. "$(dirname "$0")/../lib/pages.sh"

# asks STATUS PATH [OPTION...]
asks() {
	local got

	got=$(curl -s -o "$T/body" -w '%{http_code}' "${@:3}" \
		"http://127.0.0.1:$(cat "$T/port")$2")
	[ "$got" = "$1" ] || hazard_fail "${*:2}: $got, not $1"
}
# serve waits for a page, which needs a password here.
open_page() {
	page() {
		[ -s "$T/port" ]
	}
	serve 'counter(c, event=e)' "$@"
}
settle() {
	until_ok test -s "$T/port"
}

# G06, G08, G10: no credentials, other paths, another path.
open_page e wait:
settle
asks 200 /metrics
grep -q '^c_total 1' "$T/body" || hazard_fail "G06: $(cat "$T/body")"
asks 404 /other
finish
vars=(TELEMETRY_PROMETHEUS_PATH=/own/page)
open_page e wait:
settle
asks 200 /own/page
asks 404 /metrics
finish

# G07: either kind, right and wrong.
vars=(TELEMETRY_PROMETHEUS_USERNAME=user TELEMETRY_PROMETHEUS_PASSWORD=secret)
open_page e wait:
settle
asks 401 /metrics
asks 200 /metrics -u user:secret
asks 401 /metrics -u user:wrong
asks 401 /metrics -u other:secret
finish
vars=(TELEMETRY_PROMETHEUS_TOKEN=token)
open_page e wait:
settle
asks 401 /metrics
asks 200 /metrics -H 'Authorization: Bearer token'
asks 401 /metrics -H 'Authorization: Bearer other'
finish

# D51: beyond this machine only for those with credentials.
vars=(TELEMETRY_PROMETHEUS_ADDRESS=0.0.0.0)
page() {
	grep -q prometheus "$T/log"
}
serve 'counter(c, event=e)' e wait:
finish
[ ! -e "$T/port" ] || hazard_fail "D51: it listens"
hazard_finish
