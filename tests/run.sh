#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs all tests, or those named, and ends with "N passed, N failed, N skipped".
#
#   tests/run.sh [layers] [schema] [unit] [fuzz] [packet] [packet/clock] [reference] [system/NAME] [deb] [kernels]
#
# FUZZ_FRAMES and FUZZ_SEED say how the program is held against the reference gateway.
# FUZZ_TIME is how many seconds each fuzzer of what a policy is read from has.
# The kernels take longer than the rest: by themselves they run only with CHECK_KERNELS=yes.
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

# What TAP has to say beyond `ok`; all of it is counted.
news() {
	tee -a "$tap" | awk '!/^ok / || /# SKIP/'
}

# The reference's own tests, the cases that were found before, then new ones.
reference() {
	local fuzz=$BUILD/tests/reference/fuzz cases=(tests/reference/cases/*.case)
	criterion reference || return
	if [ -e "${cases[0]}" ]; then
		timeout --foreground 300 "$fuzz" --replay "${cases[@]}" | news
		[ "${PIPESTATUS[0]}" = 0 ] || return 1
	fi
	timeout --foreground 900 "$fuzz" --frames "${FUZZ_FRAMES:-1000000}" \
		${FUZZ_SEED:+--seed "$FUZZ_SEED"} | news
	return "${PIPESTATUS[0]}"
}

# fuzzer NAME SEEDS...: what it found lies in $BUILD/fuzz, to be given to $BUILD/fuzz/NAME again.
fuzzer() {
	local name=$1 folder=$BUILD/fuzz/corpus-$1 log=$BUILD/fuzz/$1.log
	shift
	mkdir -p "$folder"
	if "$BUILD/fuzz/$name" -max_total_time="${FUZZ_TIME:-20}" -max_len=4096 -len_control=0 -timeout=20 \
		-rss_limit_mb=2048 -print_final_stats=1 -dict=tests/fuzz/policy.dict \
		-artifact_prefix="$BUILD/fuzz/$name-" "$folder" "$@" >"$log" 2>&1; then
		printf 'ok - %s: %s inputs, and none breaks it\n' "$name" \
			"$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
	else
		printf 'not ok - %s\n' "$name"
		tail -n 40 "$log" | sed 's/^/# /'
	fi
}

fuzzers() {
	fuzzer policy tests/golden policies
	fuzzer csv tests/fuzz/corpus/csv
	fuzzer json tests/fuzz/corpus/json
}

# script SECONDS COMMAND: one that ends with this one, for it has a lab to take down.
script() {
	(
		set -o pipefail
		setpriv --pdeathsig TERM timeout --foreground "$@" 2>&1 | tee "$tap" |
			awk '(!/^ok / || /# SKIP/) && !/^[0-9]+ passed, /'
	) &
	job=$!
	wait "$job"
}

run() {
	local rc started=$SECONDS
	printf '== %s\n' "$1"
	: >"$tap"
	case $1 in
	unit | packet | packet/clock)
		criterion "$1"
		rc=$?
		grep '# SKIP' "$tap"
		;;
	reference)
		reference
		rc=$?
		;;
	fuzz)
		fuzzers | tee -a "$tap"
		rc=0
		;;
	kernels)
		script 3000 tests/vm/run.sh
		rc=$?
		;;
	deb)
		script 1800 tests/deb.sh
		rc=$?
		;;
	*)
		script 300 "tests/$1.sh"
		rc=$?
		;;
	esac
	count "$tap" "$1" "$rc"
}

tap=$(mktemp) job=
trap '[ -z "$job" ] || kill "$job" 2>/dev/null; rm -f "$tap"' EXIT
trap 'exit 143' TERM HUP
if [ $# = 0 ]; then
	set -- layers schema unit fuzz packet packet/clock reference
	for script in tests/system/*.sh; do
		case $script in
		*/common.sh | */cables.sh) ;;
		*) set -- "$@" "${script#tests/}" ;;
		esac
	done
	[ "${CHECK_KERNELS:-no}" = no ] || set -- "$@" kernels
fi
for name in "$@"; do
	run "${name%.sh}"
done
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" = 0 ]
