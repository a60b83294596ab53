#!/bin/sh
# ssh-keygen makes, reads and signs; ssh fails to connect.
. "$(dirname "$0")/../lib/e2e.sh"
need ssh-keygen ssh

ssh-keygen -q -t ed25519 -N '' -C test -f "$TEST_TMP/key"

scenario() {
	ssh-keygen -y -f "$TEST_TMP/key"
	ssh-keygen -l -f "$TEST_TMP/key.pub"
	echo text | ssh-keygen -Y sign -f "$TEST_TMP/key" -n file -
	ssh-keygen -q -t rsa -b 1024 -N '' -f rsa && ssh-keygen -l -f rsa | cut -d' ' -f1
	ssh-keygen -y -f /none/such
	echo "status $?"
	ssh -F none -o BatchMode=yes -p 1 127.0.0.1 true
	echo "status $?"
	ssh -V
}

compare /ssh-keygen /ssh
