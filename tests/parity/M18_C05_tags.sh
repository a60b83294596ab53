#!/bin/bash
# M18, C05 and the prose on tags: which tags a sample has and where their
# values are from; missing tags are "" and counted; the cap on series.
. "$(dirname "$0")/../lib/metrics.sh"

# C05: other names and constants.  M18: one more than there are tags.
observe 'counter(a.b.c, tags=[new, k, stage], tag_values=[new=old, stage="test \"1\"", more=k])' \
	'a.b / old=x k=y' 'a.b / k=y old=x' 'a.b / old=z k=y new=w'
shows 'a.b.c counter - {new="x",k="y",stage="test "1""} count=2 value=2'
shows 'a.b.c counter - {new="z",k="y",stage="test "1""} count=1 value=1'
nothing_logged

# Values of every type are texts; the same text is the same series.
observe 'counter(a.b.c, tags=[k])' 'a.b / k=5' 'a.b / k=5u' 'a.b / k=5.5' \
	'a.b / k=true' 'a.b / k=null' 'a.b / k='
shows 'a.b.c counter - {k="5"} count=2 value=2'
shows 'a.b.c counter - {k="5.5"} count=1 value=1'
shows 'a.b.c counter - {k="true"} count=1 value=1'
shows 'a.b.c counter - {k=""} count=2 value=2'
hides telemetry.dropped

# Missing: kept as "", counted; not where there may be nothing to say.
observe 'counter(a.b.c, tags=[k]); counter(e, event=a.b, tags=[error.type, server.address])' \
	'3xa.b / j=1' 'a.b / k=v'
shows 'a.b.c counter - {k=""} count=3 value=3'
shows 'a.b.c counter - {k="v"} count=1 value=1'
shows 'telemetry.dropped counter - {reason="tag"} count=3 value=3'

# What is missing: a text, or the event is skipped; the same for NULL and "".
observe 'counter(a.b.c, tags=[k], missing=none); counter(s, event=a.b, tags=[k], missing=skip)' \
	'3xa.b / j=1' 'a.b / k=null' 'a.b / k=' 'a.b / k=v'
shows 'a.b.c counter - {k="none"} count=5 value=5'
shows 's counter - {k="v"} count=1 value=1'
shows 'telemetry.dropped counter - {reason="tag"} count=8 value=8'

# S0.12: regular expressions and templates of paths; the result is the tag.
observe 'counter(c, event=a.b, tags=[t], tag_values=[t=replace(k, "\d+", "N")]);
	counter(d, event=a.b, tags=[t], tag_values=[t=match(k, "^/([a-z]+)/(.)", "$2 of $1")], missing=other);
	counter(e, event=a.b, tags=[t], tag_values=[t=template(k, "/users/:id", "/users/:id/orders/:n", auto)], max_series=2)' \
	'a.b / k=/users/1' 'thread:a.b / k=/users/22' '2xa.b / k=/users/3/orders/4' 'fork:a.b / k=/5'
shows 'c counter - {t="/users/N"} count=2 value=2'
shows 'c counter - {t="/users/N/orders/4"} count=2 value=2'
shows 'd counter - {t="1 of users"} count=1 value=1'
shows 'd counter - {t="2 of users"} count=1 value=1'
shows 'd counter - {t="other"} count=1 value=1'
shows 'e counter - {t="/users/:id"} count=2 value=2'
shows 'e counter - {t="/users/:id/orders/:n"} count=2 value=2'
shows 'e counter - {t="/:n"} count=1 value=1'
shows 'telemetry.dropped counter - {reason="tag"} count=1 value=1'
nothing_logged

# The cap: what is beyond it is added to one series, and counted.
observe 'sum(a.b.n, tags=[k, j], max_series=2); counter(c, event=a.b, tags=[k])' \
	'a.b n=1 / k=1 j=x' 'a.b n=2 / k=2 j=x' 'a.b n=4 / k=3 j=x' \
	'thread:2xa.b n=8 / k=4 j=x' 'a.b n=32 / k=1 j=x'
shows 'a.b.n sum - {k="1",j="x"} count=2 value=33'
shows 'a.b.n sum - {k="2",j="x"} count=1 value=2'
shows 'a.b.n sum - {k="",j="",otel.metric.overflow="true"} count=3 value=20'
shows 'telemetry.dropped counter - {reason="series"} count=3 value=3'
shows 'telemetry.overflowed counter - {metric="a.b.n"} count=3 value=3'
shows 'c counter - {k="4"} count=2 value=2'
hazard_finish
