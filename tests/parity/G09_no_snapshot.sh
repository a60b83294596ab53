#!/bin/bash
# G09: a page when there is no memory to look at the group: 503, and counted.
. "$(dirname "$0")/../lib/units.sh"
units test_prometheus_http G09_no_snapshot
hazard_finish
