#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# All packet tests. One at a time: the machine has few processors and little memory.
cd "$(dirname "$0")/../../.." || exit 1
tap=$(mktemp) rc=0
trap 'rm -f "$tap"' EXIT
for program in packet packet/clock; do
	"${BUILD:-build}/tests/$program/run" --jobs 1 --output="tap:$tap" 2>&1 |
		grep -vE '^\[====\]' | grep -E '^\[|^\s' | head -200 | sed 's/^/# /'
	[ "${PIPESTATUS[0]}" = 0 ] || rc=1
	grep -E '^(not )?ok ' "$tap"
done
exit $rc
