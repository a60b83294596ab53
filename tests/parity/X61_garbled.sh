#!/bin/bash
# X61: garbled requests, here for the sanitizers.
. "$(dirname "$0")/../lib/units.sh"
units test_prometheus_fuzz X61_garbled_requests \
	X61_garbled_requests_at_a_socket X61_garbled_requests_for_health
hazard_finish
