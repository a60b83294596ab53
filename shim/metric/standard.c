/*
 * standard.c - the metrics that everybody gets, in the grammar of metric.h.
 *
 * Names, units and buckets are OpenTelemetry's where it has any.  Those of
 * processes, of the heap and telemetry.dropped need no definition: snapshots
 * make them from what is known anyway.
 */
#include "metric/metric.h"

#define SECONDS                                                                \
	"[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, "          \
	"2.5, 5, 7.5, 10]"

const char metric_standard_definitions[] =
	"distribution(db.client.operation.duration, span=db.query,"
	" unit=native:second,"
	" buckets=[0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],"
	" tags=[db.system.name, db.operation.name, db.query.summary,"
	" db.namespace, server.address, error.type],"
	" description=\"Duration of database client operations\");"

	"distribution(db.client.response.returned_rows, event=db.query.stop,"
	" measurement=rows, unit={row},"
	" buckets=[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000,"
	" 10000], tags=[db.system.name],"
	" description=\"Rows that a database operation returned\");"

	"distribution(dns.lookup.duration, span=libc.dns.lookup,"
	" unit=native:second, buckets=" SECONDS ", tags=[error.type],"
	" description=\"Duration of name look-ups\");"

	"distribution(tls.handshake.duration, span=tls.handshake,"
	" unit=native:second, buckets=" SECONDS ","
	" tags=[tls.protocol.version, error.type],"
	" description=\"Duration of TLS handshakes\");"

	"distribution(libc.socket.connect.duration, span=libc.socket.connect,"
	" unit=native:second, buckets=" SECONDS ","
	" tags=[network.transport, network.type, error.type],"
	" description=\"Duration of connect\");"

	"distribution(libc.socket.wait.duration, span=libc.socket.wait,"
	" unit=native:second, buckets=" SECONDS ", tags=[error.type],"
	" description=\"Time spent waiting for descriptors to be ready\");"

	"sum(libc.socket.io,"
	" event=[libc.socket.send.stop, libc.socket.recv.stop],"
	" measurement=bytes, unit=byte,"
	" tags=[network.io.direction, network.transport, network.type],"
	" description=\"Bytes sent and received\");"

	"counter(libc.socket.operations,"
	" span=[libc.socket.connect, libc.socket.accept, libc.socket.send,"
	" libc.socket.recv, libc.socket.close],"
	" unit={operation}, tags=[operation, network.transport, error.type],"
	" description=\"Calls on sockets\");"

	"sum(libc.socket.connections,"
	" event=[libc.socket.connect.stop, libc.socket.accept.stop,"
	" libc.socket.close.stop],"
	" measurement=connections, up_down=true, unit={connection},"
	" tags=[network.transport, role],"
	" description=\"Open connections\");"

	"distribution(libc.socket.connection.lifetime,"
	" event=libc.socket.close.stop, measurement=lifetime,"
	" unit=native:second,"
	" buckets=[0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120,"
	" 300], tags=[network.transport, role],"
	" description=\"Time that connections were open\");"

	/* A subscriber to the heap's events would make a span of every malloc;
	 * its failures are counted without. */
	"counter(telemetry.exceptions, event=[*.exception, -libc.heap.*],"
	" tags=[span, error.type],"
	" description=\"Spans that failed\");"

	"counter(telemetry.handler.failures, event=telemetry.handler.failure,"
	" tags=[reason],"
	" description=\"Handlers that failed\")";
