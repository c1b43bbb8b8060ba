#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# All packet tests. One at a time: the machine has few processors and little memory.
cd "$(dirname "$0")/../../.." || exit 1
tap=$(mktemp)
trap 'rm -f "$tap"' EXIT
"${BUILD:-build}/tests/packet/run" --jobs 1 --output="tap:$tap" 2>&1 |
	grep -vE '^\[====\]' | grep -E '^\[|^\s' | head -200 | sed 's/^/# /'
rc=${PIPESTATUS[0]}
grep -E '^(not )?ok ' "$tap"
exit "$rc"
