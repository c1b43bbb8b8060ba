#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every policy of the tree is good, without a warning, and laid out as `fmt` does. Prints TAP.
cd "$(dirname "$0")/../.." || exit 1
. tests/system/common.sh

folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

hash_of() {
	"$BUILD/wardgate" check --json "$1" | jq -er .policy.hash
}

for policy in policies/*.yaml policies/hospital/main.yaml; do
	said=$("$BUILD/wardgate" check --json "$policy" | jq -c '[.ok, .findings]')
	equal "$policy: check finds nothing" "$said" "[true,[]]"
	"$BUILD/wardgate" print "$policy" >"$folder/once"
	"$BUILD/wardgate" print "$folder/once" >"$folder/twice"
	check "$policy: what print writes is the same policy" \
		test "$(hash_of "$folder/once")" = "$(hash_of "$policy" || echo none)"
	check "$policy: and is printed as it was" cmp "$folder/once" "$folder/twice"
done
shopt -s globstar
for file in policies/**/*.yaml; do
	check "$file: fmt would change nothing" "$BUILD/wardgate" fmt --check "$file"
done
exit $((failures > 0))
