#!/bin/sh
# What threads do to each other, under ThreadSanitizer: handlers that come and
# go while others execute, and what they leave to be freed.
set -eu
cd "$(dirname "$0")/../.."

# At random addresses it does not start on kernels with much address entropy.
build=$TEST_TMP/build
make -s B="$build" SAN=thread WERROR=0 \
	"$build/tests/unit/test_api" "$build/tests/unit/test_retire" \
	"$build/tests/unit/test_define" \
	"$build/tests/unit/test_metric_expire"
for test in api retire define metric_expire; do
	setarch -R "$build/tests/unit/test_$test"
done
