#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The demo: every row as it should be, and nothing left behind.
cd "$(dirname "$0")/../.." || exit 1
. tests/system/common.sh

log=$(mktemp)
trap 'rm -f "$log"' EXIT
check "every row of the demo is as it should be" bash -c "tools/demo.sh >$log 2>&1 || { cat $log; exit 1; }"
exit $((failures > 0))
