#!/bin/sh
# The parity tests under UBSan alone, where the heap is the shim's to count:
# tests/lib/sanitized.sh has what AddressSanitizer sees.
B=$TEST_TMP exec "$(dirname "$0")/../lib/sanitized.sh" undefined
