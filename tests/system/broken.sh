#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Broken policies: each is refused with its place, and the running policy stays.
cd "$(dirname "$0")/../.." || exit 1
. tests/system/common.sh

lab_open
load_cables
load_policy >"$LAB/policy"
gateway_start "$LAB/policy"
generation=$(status_of .generation)
hash=$(status_of .hash)

# refused KIND PATTERN: the policy on standard input is refused by apply and by check alike.
refused() {
	local kind=$1 pattern=$2 said rc
	cat >"$LAB/broken.yaml"
	said=$(wardgate apply "$LAB/broken.yaml" 2>&1)
	rc=$?
	equal "$kind: apply exits with 1" "$rc" 1
	check "$kind: the message has the place and says what is wrong" grep -Eq "$pattern" <<<"$said"
	grep -Eq "$pattern" <<<"$said" || sed 's/^/# /' <<<"$said"
	wardgate check "$LAB/broken.yaml" >"$LAB/said" 2>&1
	equal "$kind: check, without the daemon, exits with 1 too" "$?" 1
	equal "$kind: what runs is untouched" "$(status_of '"\(.generation) \(.hash)"')" "$generation $hash"
}

changed() {
	sed "$1" "$LAB/policy"
}

refused "unknown profile" 'broken.yaml:[0-9]+:[0-9]+: error\[E[0-9]+\]: .*loadet' \
	< <(changed '0,/profile: loaded/s//profile: loadet/')
refused "duplicate address" 'broken.yaml:[0-9]+:[0-9]+: error\[E[0-9]+\]: .*198\.18\.0\.1' \
	< <(changed 's/ip: 198.18.0.2,/ip: 198.18.0.1,/')
refused "bad CIDR" 'broken.yaml:[0-9]+:[0-9]+: error\[E[0-9]+\]: .*198\.19\.255\.254/33' \
	< <(changed 's/\[198.19.255.254\]/[198.19.255.254\/33]/')
refused "tab" 'broken.yaml:[0-9]+:[0-9]+: error\[E[0-9]+\]: .*tab' \
	< <(changed "s/^    allow:/\tallow:/")
refused "wrong type" 'broken.yaml:[0-9]+:[0-9]+: error\[E[0-9]+\]: .*(list|mapping)' \
	< <(changed 's/^networks:/networks: 5/; /^  peer:/d')
refused "unknown key" 'broken.yaml:[0-9]+:[0-9]+: error\[E[0-9]+\]: .*alow' \
	< <(changed 's/^    allow:/    alow:/')
refused "two devices with one MAC" 'broken.yaml:[0-9]+:[0-9]+: error\[E[0-9]+\]: .*02:01:00:00:00:01' \
	< <(changed 's/02:01:00:00:00:02/02:01:00:00:00:01/')
refused "huge file" 'broken.yaml.*32 MiB|32 MiB.*broken.yaml' \
	< <(cat "$LAB/policy"; head -c 40000000 /dev/zero | tr '\0' '#')
refused "alias bomb" 'broken.yaml:[0-9]+:[0-9]+: error\[E[0-9]+\]: .*(anchor|alias)' <<-'END'
	a: &a [x, x, x, x, x, x, x, x, x]
	b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]
	c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]
	d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c]
	version: 1
	END
# Each link is within the limit of a link; both together are more than the tables take.
stacks() {
	local outer inner
	for ((outer = $1; outer < $1 + 21; outer++)); do
		for ((inner = 1; inner <= 100; inner++)); do
			printf '%d.%d,' "$outer" "$inner"
		done
	done
}
refused "a policy too large to compile" 'broken.yaml: .*more than 4096 stacks' < <(
	changed "s/it: gw1}/it: gw1, vlans: [$(stacks 1)]}/; s/profile: loaded}/&/
		/^networks:/i\\  - {name: more, clinical: gw2, it: gw3, vlans: [$(stacks 22)]}" |
		sed 's/, profile: loaded}/, link: load, vlan: 1.1&/')
wardgate preflight "$LAB/broken.yaml" >"$LAB/said" 2>&1
equal "preflight of it exits with 1, too" "$?" 1
check "and says why" grep -q 'more than 4096 stacks' "$LAB/said"
refused "empty file" 'broken.yaml.*error\[E[0-9]+\]: .*empty' </dev/null
load 1 100000
equal "after all of them, allowed frames pass" "$received" "$sent"
equal "and forbidden ones do not" "$received_forbidden" 0
exit $((failures > 0))
