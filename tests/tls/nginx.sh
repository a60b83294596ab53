#!/bin/sh
# A server under the shim: nginx, whose handshakes need many calls.  Each
# connection that it has logged is a handshake, and each byte of an answer is
# written.
. "$(dirname "$0")/../lib/tls.sh"
for program in curl nginx; do
	command -v $program >/dev/null || skip "no $program here"
done

cat >"$TEST_TMP/serve.sh" <<'END'
until_there() {
	tries=600
	until [ -s "$1" ]; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || { echo "no server"; cat nginx.err; exit 1; }
		sleep 0.05 # between two looks
	done
}
ask() {
	env -u LD_PRELOAD curl -s --unix-socket web.sock https://localhost/file \
		"$@" | cksum
}
head -c 100000 /dev/zero | tr '\0' x >file
chmod 755 . ..
cat >nginx.conf <<EOT
daemon off; pid nginx.pid; error_log $PWD/error.log info; worker_processes 2;
$([ "$(id -u)" != 0 ] || echo 'user root;')
events { worker_connections 64; }
http {
	log_format short "\$ssl_protocol \$status \$body_bytes_sent";
	access_log access.log short; root $PWD;
	client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3;
	uwsgi_temp_path t4; scgi_temp_path t5;
	ssl_certificate $CERT; ssl_certificate_key $KEY;
	ssl_protocols TLSv1.2 TLSv1.3;
	server { listen unix:$PWD/web.sock ssl; }
}
EOT
nginx -p "$PWD" -c nginx.conf 2>nginx.err &
until_there nginx.pid
for i in 1 2 3 4 5 6 7 8 9 10; do
	ask --cacert "$CERT"
	ask --cacert "$CERT" --tls-max 1.2
done
ask --cacert /dev/null
kill -QUIT "$(cat nginx.pid)"
wait
sort access.log | uniq -c
grep -c 'SSL_do_handshake() failed' error.log
END
both sh "$TEST_TMP/serve.sh"
done='^tls.handshake.stop tls.library=openssl'
server='role=server server.address=localhost'
expect 10 "$done version=1.3 resumed=false $server"
expect 10 "$done version=1.2 resumed=false $server"
expect 1 '^tls.handshake.exception kind=tls role=server'
expect 21 '^tls.handshake.start'
bytes=$(sum bytes '^tls.write.stop role=server')
head=$((bytes - 20 * 100000))
[ $head -gt 2000 ] && [ $head -lt 10000 ] ||
	fail "$bytes bytes were written for 20 answers of 100000"
finish
