#!/bin/bash
# S09-S12, S35, S37-S39, S44, S47, S48, S55-S58, S62, S63: tags and prefixes of
# plain StatsD, as a program's events leave by UDP.
. "$(dirname "$0")/../lib/datagrams.sh"
receive
m=my.awesome.metric
last="last_value($m, event=e, measurement=n, tags=[method, status])"

# S09, S12: in the order of the definition, whatever else there is.
dialect plain
sends "$last" 'e n=131 / method=GET status=200' -- "$m.GET.200:131|g"
sends "$last" 'e n=131 / status=200 x=y method=GET' -- "$m.GET.200:131|g"
# S10, S48: null is what is not there.
sends "$last" 'e n=131 / method=GET status=null' -- "$m.GET.none:131|g"
# S62: a value is one segment.
sends "$last" 'e n=131 / method=1.2.3.4 status=200' -- "$m.1_2_3_4.200:131|g"

# S11, S39, S47, S63: nothing of a line that is dropped, no empty line or datagram.
dialect plain TELEMETRY_STATSD_EMPTY=drop
sends "$last" 'e n=131 / method=GET status=' -- ''
sends "$last" 'e n=131 / method=GET' -- ''
sends "$last; counter(e.w, event=e)" 'e n=131 / method=GET' -- 'e.w:1|c'
dialect plain TELEMETRY_STATSD_EMPTY=drop TELEMETRY_STATSD_PREFIX=myapp
sends "$last" 'e n=131 / method=GET' -- ''

# S35, S37, S38: a prefix, none, and never an empty segment.
http='counter(http.duration, event=e, tags=[resource, method])'
request='e / resource=users method=GET'
dialect plain TELEMETRY_STATSD_PREFIX=api
sends "$http" "$request" -- 'api.http.duration.users.GET:1|c'
dialect plain
sends "$http" "$request" -- 'http.duration.users.GET:1|c'
dialect dogstatsd
sends "$http" "$request" -- 'http.duration:1|c|#resource:users,method:GET'
dialect plain TELEMETRY_STATSD_PREFIX=
sends "$http" "$request" -- 'emit.http.duration.users.GET:1|c'
dialect dogstatsd TELEMETRY_STATSD_PREFIX=
sends "$http" "$request" -- 'http.duration:1|c|#resource:users,method:GET'

# S44, S57: global tags stand in for what an event has not, and for nothing else.
dialect plain TELEMETRY_STATSD_TAGS=env:prod,host:example
three='counter(http.requests, event=e, tags=[env, method, status])'
sends "$three" 'e / method=GET status=200' -- 'http.requests.prod.GET.200:1|c'
sends 'counter(http.requests, event=e, tags=[method])' 'e / method=GET' -- \
	'http.requests.GET:1|c'
# S55, S56, S58: what the event says goes first; null says nothing.
sends "$three" 'e / env=dev method=GET status=200' -- \
	'http.requests.dev.GET.200:1|c'
sends "$three" 'e / env=null method=GET status=200' -- \
	'http.requests.prod.GET.200:1|c'
sends 'counter(c, event=e, tags=[host], tag_values=[host=peer])' \
	'e / host=mine peer=dev.example.com' -- 'c.dev_example_com:1|c'
hazard_finish
