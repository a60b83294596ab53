#!/bin/bash
# S80-S84: a host's name: looked up once, again at intervals, by family, and when
# nobody knows it; with a name server of the test's own.
. "$(dirname "$0")/../lib/units.sh"
units test_statsd_peer S80_S81_a_name_is_looked_up_once \
	S80_a_family_may_be_asked_for S82_S83_an_address_that_moves_is_followed \
	S84_a_name_that_is_not_known_yet
hazard_finish
