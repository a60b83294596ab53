#!/bin/bash
# G16: a family that is switched off has no events, and the others have theirs.
. "$(dirname "$0")/../lib/metrics.sh"
definitions='counter(forks, event=libc.process.fork.stop); counter(c, event=e)'
observe "$definitions" 'fork:e'
shows 'forks counter - {} count=1 value=1'
vars=("TELEMETRY_WRAP=all,-process")
observe "$definitions" 'fork:e'
! grep -q '^forks .*value=1' "$T/dump" || hazard_fail "it still counts forks"
shows 'c counter - {} count=1 value=1'
hazard_finish
