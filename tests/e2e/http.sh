#!/bin/sh
# curl, and the server that answers it.
. "$(dirname "$0")/../lib/e2e.sh"
need curl python3

port() {
	sed -n 's/.*port \([0-9]*\).*/\1/p' server.out | grep .
}

scenario() {
	seq 1 50000 >page.html
	mkdir site && mv page.html site
	python3 -u -m http.server --bind 127.0.0.1 --directory site 0 \
		>server.out 2>server.err &
	server=$!
	wait_for port || return 1
	url=http://127.0.0.1:$(port)
	curl -s "$url/page.html" | sha256sum
	curl -s "$url/page.html" "$url/missing" -o /dev/null -o /dev/null \
		-w '%{http_code} %{size_download}\n'
	curl -sfI "$url/page.html" | grep -i length
	curl -sf "$url/missing"
	echo "status $?"
	curl -sS http://127.0.0.1:1/
	echo "status $?"
	curl -sS http://no.such.name.invalid/
	echo "status $?"
	curl -sS --no-progress-meter --parallel "$url/page.html" -o one "$url/page.html" -o two
	cmp one two && echo same
	curl -s file://"$PWD"/site/page.html | wc -l
	kill $server
	wait $server
	echo "server $?"
	sed 's/.*\] //' server.err | sort
}

filter() {
	# The shell may or may not say how the server ended.
	sed '/^Terminated$/d; s/after [0-9]* ms/after N ms/'
}

compare /curl /python3
