#!/bin/sh
# The situations of lib/family.c, of which e2e/groups.sh shows some.
GROUPS_SITUATIONS="short deep raw fork vfork spawn thread kill again daemon \
	orphans"
export GROUPS_SITUATIONS
exec sh "$(dirname "$0")/../e2e/groups.sh"
