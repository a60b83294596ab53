#!/bin/sh
# Python's ssl, an extension module that brings libssl along: blocking sockets,
# asyncio, threads, and sessions that are used again; every byte that one side
# has counted is in the spans of the other.
. "$(dirname "$0")/../lib/tls.sh"
python=/usr/bin/python3
$python -c 'import ssl' 2>/dev/null || skip "no ssl for $python"

cat >"$TEST_TMP/blocking.py" <<'END'
import os, socket, ssl, threading
cert, key = os.environ["CERT"], os.environ["KEY"]
server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server.load_cert_chain(cert, key)
listener = socket.create_server(("127.0.0.1", 0))
said = []
def serve(n):
    for _ in range(n):
        raw = listener.accept()[0]
        try:
            with server.wrap_socket(raw, server_side=True) as s:
                n = 0
                while n < 20000:
                    n += len(s.recv(4096))
                s.sendall(b"y" * 10)
                s.unwrap().close()
                said.append(n)
        except ssl.SSLError as e:
            said.append(e.reason)
            raw.close()
client = ssl.create_default_context(cafile=cert)
def talk(context=client, name="localhost", session=None):
    raw = socket.create_connection(listener.getsockname())
    with context.wrap_socket(raw, server_hostname=name, session=session) as s:
        s.sendall(b"x" * 20000)
        got = s.recv(10)
        print(s.version(), s.session_reused, len(got))
        session = s.session
        s.unwrap().close()
        return session
t = threading.Thread(target=serve, args=(5,))
t.start()
session = talk()
talk(session=session)
old = ssl.create_default_context(cafile=cert)
old.maximum_version = ssl.TLSVersion.TLSv1_2
talk(old)
for context, name in (ssl.create_default_context(), "localhost"), (client, "other.example"):
    try:
        talk(context, name)
    except ssl.SSLCertVerificationError as e:
        print(e.reason, e.verify_message)
t.join()
print(said)
END
both $python "$TEST_TMP/blocking.py"
expect 10 '^tls.handshake.start'
for role in client server; do
	ok="^tls.handshake.stop function=SSL_do_handshake tls.library=openssl"
	expect 1 "$ok version=1.3 resumed=false role=$role"
	expect 1 "$ok version=1.3 resumed=true role=$role"
	expect 1 "$ok version=1.2 resumed=false role=$role"
done
failed='^tls.handshake.exception kind=tls'
expect 1 "$failed reason=CERTIFICATE_VERIFY_FAILED role=client server.address=localhost"
expect 1 "$failed reason=CERTIFICATE_VERIFY_FAILED role=client server.address=other.example"
expect 1 "$failed reason=TLSV1_ALERT_UNKNOWN_CA role=server"
expect 1 "$failed reason=SSLV3_ALERT_BAD_CERTIFICATE role=server"
expect 4 exception
for i in 'read.stop role=server 60000' 'write.stop role=client 60000' \
	'read.stop role=client 30' 'write.stop role=server 30'; do
	[ "$(sum bytes "^tls.${i% *}")" = "${i##* }" ] ||
		fail "$(sum bytes "^tls.${i% *}") bytes: $i"
done

# Each handshake takes many calls, and reads find nothing to read.
cat >"$TEST_TMP/async.py" <<'END'
import asyncio, os, ssl
cert, key = os.environ["CERT"], os.environ["KEY"]
server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server.load_cert_chain(cert, key)
client = ssl.create_default_context(cafile=cert)
async def answer(r, w):
    data = await r.readexactly(30000)
    w.write(data[::-1]); await w.drain()
    w.close()
async def ask(port):
    r, w = await asyncio.open_connection("127.0.0.1", port, ssl=client,
                                         server_hostname="localhost")
    w.write(b"q" * 30000); await w.drain()
    data = await r.readexactly(30000)
    w.close()
    return len(data)
async def main():
    s = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=server)
    port = s.sockets[0].getsockname()[1]
    async with s:
        print(sum(await asyncio.gather(*[ask(port) for _ in range(40)])))
asyncio.run(main())
END
both $python "$TEST_TMP/async.py"
expect 80 '^tls.handshake.start'
expect 40 '^tls.handshake.stop version=1.3 role=client server.address=localhost'
expect 40 '^tls.handshake.stop version=1.3 role=server server.address=localhost'
for i in read.stop write.stop; do
	[ "$(sum bytes "^tls.$i")" = 2400000 ] ||
		fail "$(sum bytes "^tls.$i") bytes and not 2400000: $i"
done

cat >"$TEST_TMP/threads.py" <<'END'
import os, socket, ssl, threading
cert, key = os.environ["CERT"], os.environ["KEY"]
server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server.load_cert_chain(cert, key)
client = ssl.create_default_context(cafile=cert)
def work(n):
    for _ in range(n):
        a, b = socket.socketpair()
        def serve():
            with server.wrap_socket(b, server_side=True) as s:
                s.sendall(s.recv(100))
                s.unwrap().close()
        t = threading.Thread(target=serve)
        t.start()
        with client.wrap_socket(a, server_hostname="localhost") as s:
            s.sendall(b"hello")
            assert s.recv(100) == b"hello"
            s.unwrap().close()
        t.join()
ts = [threading.Thread(target=work, args=(10,)) for _ in range(8)]
[t.start() for t in ts]
[t.join() for t in ts]
print("done")
END
both $python "$TEST_TMP/threads.py"
expect 160 '^tls.handshake.start'
expect 160 '^tls.handshake.stop'
expect 160 '^tls.write.stop bytes=5'
expect 160 '^tls.read.stop bytes=5'
finish
