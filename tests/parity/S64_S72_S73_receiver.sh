#!/bin/bash
# S64, S72, S73: a receiver that goes and comes back, and a line that fits nowhere.
. "$(dirname "$0")/../lib/units.sh"
units test_statsd_peer S72_S73_a_receiver_that_goes_and_comes_back \
	S64_a_line_that_fits_nowhere_is_dropped_and_the_others_are_sent
hazard_finish
