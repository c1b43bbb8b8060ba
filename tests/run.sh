#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs all tests, or those named, and ends with "N passed, N failed, N skipped".
#
#   tests/run.sh [layers] [unit] [packet] [system/NAME] ...
cd "$(dirname "$0")/.." || exit 1

BUILD=${BUILD:-build}
export BUILD
passed=0 failed=0 skipped=0

# count TAP-FILE NAME EXIT-CODE: a test that ended badly without saying so is a failure too.
count() {
	local good skips bad
	skips=$(grep -cE '^ok .*# SKIP' "$1")
	good=$(($(grep -cE '^ok ' "$1") - skips))
	bad=$(grep -cE '^not ok ' "$1")
	if [ "$3" != 0 ] && [ "$bad" = 0 ]; then
		printf 'not ok - %s ended with %s\n' "$2" "$3"
		bad=1
	elif [ $((good + bad + skips)) = 0 ]; then
		printf 'not ok - %s tested nothing\n' "$2"
		bad=1
	fi
	passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + skips))
	printf '== %s: %d passed, %d failed, %d skipped, %d s\n' "$2" "$good" "$bad" "$skips" \
		$((SECONDS - started))
}

# Criterion writes what failed to the terminal and TAP to a file.
criterion() {
	local program=$BUILD/tests/$1/run
	"$program" --output="tap:$tap" 2>&1 | grep -vE '^\[====\]' | grep -E '^\[|^\s' | head -200
	return "${PIPESTATUS[0]}"
}

run() {
	local rc started=$SECONDS
	printf '== %s\n' "$1"
	: >"$tap"
	case $1 in
	unit | packet)
		criterion "$1"
		rc=$?
		grep '# SKIP' "$tap"
		;;
	*)
		timeout --foreground 300 "tests/$1.sh" 2>&1 | tee "$tap" | awk '!/^ok / || /# SKIP/'
		rc=${PIPESTATUS[0]}
		;;
	esac
	count "$tap" "$1" "$rc"
}

tap=$(mktemp)
trap 'rm -f "$tap"' EXIT
if [ $# = 0 ]; then
	set -- layers unit packet
	for script in tests/system/*.sh; do
		[ "$script" = tests/system/common.sh ] || set -- "$@" "${script#tests/}"
	done
fi
for name in "$@"; do
	run "${name%.sh}"
done
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" = 0 ]
