#!/bin/bash
# S1.18-S1.22, S2.9: is it alive, is it ready, who is told what, and what becomes
# of a check that fails in whatever way.
. "$(dirname "$0")/../lib/units.sh"
units test_health S1_18_liveness S1_19_readiness_without_checks S1_20_strangers \
	S1_20_beyond_this_machine S1_22_whatever_a_server_says S1_22_databases \
	S1_21_several

# The same of a program that runs.
. "$(dirname "$0")/../lib/pages.sh"
answers() { # STATUS PATH FILTER
	local got

	got=$(curl -s -o "$T/body" -w '%{http_code}' \
		"http://127.0.0.1:$(cat "$T/port")$2")
	[ "$got" = "$1" ] && jq -e "${@:4}" "$3" "$T/body" >/dev/null
}
expect() {
	until_ok answers "$@" || hazard_fail "$*: $(cat "$T/body")"
}
page() {
	[ -s "$T/port" ]
}
begin() {
	vars=(TELEMETRY_REPORTERS=health TELEMETRY_HEALTH_PORT=0
		TELEMETRY_HEALTH_PORT_FILE="$T/port" TELEMETRY_HEALTH_INTERVAL=100
		OTEL_RESOURCE_ATTRIBUTES=service.version=1.2.3 "$@")
	serve '' wait:
	until_ok test -s "$T/port" || hazard_fail "nobody listens: $(cat "$T/log")"
}
begin
expect 200 /health '.status == "ok" and .version == "1.2.3" and .uptime_seconds >= 0'
expect 200 /health/ready '.status == "ready"'
expect 404 /other 'length > 0' -R
finish
# Nobody at port 1, on any machine that this runs on.
begin TELEMETRY_HEALTH_CHECKS=db=tcp://127.0.0.1:1
expect 503 /health/ready '.status == "not_ready" and .db != "connected"'
expect 200 /health '.status == "ok"'
finish
hazard_finish
