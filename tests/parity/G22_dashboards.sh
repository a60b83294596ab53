#!/bin/bash
# G22: dashboards as files, one for each bundle and one of the user's own metrics.
. "$(dirname "$0")/../lib/metrics.sh"
mkdir "$T/boards"
vars=(TELEMETRY_REPORTERS=dashboards TELEMETRY_DASHBOARDS_DIR="$T/boards")
observe 'sum(shop.revenue, event=shop.order, measurement=amount)' 'shop.order amount=5'
bundles='process sockets dns tls db custom'
# Where the heap is a sanitizer's there is nothing to show of it.
case $TEST_SAN in
address*)
	[ ! -e "$T/boards/telemetry-heap.json" ] ||
		hazard_fail "a dashboard of a heap that nobody counts"
	;;
*) bundles+=' heap' ;;
esac
for bundle in $bundles; do
	jq -e --arg uid "telemetry-$bundle" '.uid == $uid and
		(.panels | length) > 0 and all(.panels[]; .title != "" and
		all(.targets[]; .expr != ""))' \
		"$T/boards/telemetry-$bundle.json" >/dev/null ||
		hazard_fail "$bundle: $(ls "$T/boards")"
done
grep -q 'shop_revenue_total' "$T/boards/telemetry-custom.json" ||
	hazard_fail "nothing of the user's metric"
nothing_logged
hazard_finish
