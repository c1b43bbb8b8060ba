#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# `make bench`: what a packet costs on one core, generator and sink included, through a bare redirect,
# through the gateway, and through nftables with the same policy (conntrack, a limit for each source,
# a verdict map). The paths take turns; figures and ratios are medians of the rounds.
#
#   SIZES="1 1000 100000"   devices
#   ROUNDS=7                of each path
#   VLAN=0                  tag of all frames; nftables is left out when there is one
#   FRAMES=2000000          a round
#   PATHS="bare gateway nftables"
set -euo pipefail
cd "$(dirname "$0")/../.."

BUILD=${BUILD:-build}
SIZES=${SIZES:-1 1000 100000}
ROUNDS=${ROUNDS:-7}
VLAN=${VLAN:-0}
FRAMES=${FRAMES:-2000000}
PATHS=${PATHS:-bare gateway nftables}
CPU=$(($(nproc) - 1))
BENCH=$BUILD/tools/bench/bench
LAB_BUILD=$(realpath -m "$BUILD")

# shellcheck source=tools/lab/lab.sh
. tools/lab/lab.sh
# shellcheck source=tools/lab/gateway.sh
. tools/lab/gateway.sh

# gen0 <-> gw0 (gateway) gw1 <-> sink0. gw0 has the MAC to which devices send, see bench.h.
cables() {
	local path=$1
	lab_netns "$path-gen"
	lab_netns "$path"
	lab_netns "$path-sink"
	ip link add gen0 netns "$LAB_PREFIX-$path-gen" type veth \
		peer name gw0 address 02:02:00:00:00:01 netns "$LAB_PREFIX-$path"
	ip link add sink0 netns "$LAB_PREFIX-$path-sink" type veth \
		peer name gw1 address 02:02:00:00:00:02 netns "$LAB_PREFIX-$path"
	lab_in "$path-gen" ip link set gen0 up
	lab_in "$path-sink" ip link set sink0 up
	lab_in "$path" ip link set gw0 up
	lab_in "$path" ip link set gw1 up
}

start_bare() {
	lab_spawn bare redirect "$BUILD/tools/bench/redirect" gw0 gw1
	until grep -q ready "$LAB/redirect.log"; do
		kill -0 "$LAB_PID" || lab_fail "the redirect did not start"
		sleep 0.05
	done
}

start_gateway() {
	"$BENCH" wardgate "$1" "$VLAN" >"$LAB/policy.yaml"
	gateway_start "$LAB/policy.yaml" --max-devices "$1"
}

# A router: static neighbours and routes, and conntrack large enough for all.
start_nftables() {
	"$BENCH" nftables "$1" >"$LAB/bench.nft"
	lab_in nftables ethtool -K gw0 gro on >/dev/null
	lab_in nftables ethtool -K gw1 gro on >/dev/null
	lab_in nftables sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 \
		net.ipv4.conf.gw0.rp_filter=0 net.ipv4.conf.gw1.rp_filter=0
	lab_in nftables ip address add 198.19.255.1/30 dev gw0
	lab_in nftables ip neighbour add 198.19.255.2 lladdr 02:02:00:00:00:03 dev gw0
	lab_in nftables ip route add 198.18.0.0/15 via 198.19.255.2
	lab_in nftables ip address add 198.19.255.253/30 dev gw1
	lab_in nftables ip neighbour add 198.19.255.254 lladdr 02:02:00:00:00:04 dev gw1
	lab_in nftables nft -f "$LAB/bench.nft"
	lab_sysctl net.netfilter.nf_conntrack_max 524288
}

# In a subshell, so that each size has a lab of its own.
one_size() (
	lab_open
	lanes=()
	for path in $PATHS; do
		[ "$path" = nftables ] && [ "$VLAN" != 0 ] && continue
		cables "$path"
		"start_$path" "$1"
		mode=bridged
		[ "$path" = nftables ] && mode=routed
		lanes+=("$path,$mode,$FRAMES,$LAB_PREFIX-$path-gen,$LAB_PREFIX-$path-sink")
	done
	taskset -c "$CPU" "$BENCH" run "$1" "$ROUNDS" "$VLAN" "${lanes[@]}" >"$LAB/lines"
	gateway_counted
	cat "$LAB/lines"
)

# The gateway passed as many frames as were sent and received, and dropped none: else no figures.
gateway_counted() {
	local sent passed judged
	sent=$(sed -n 's/^gateway .* //p' "$LAB/lines")
	[ -n "$sent" ] || return 0
	passed=$(wardgate --json status | jq .passed.packets)
	judged=$(gateway_judged)
	if [ "$passed" != "$sent" ] || [ "$judged" != "$sent" ]; then
		lab_fail "$sent frames crossed the gateway; it passed $passed of $judged"
	fi
}

# The lines of `bench run` as a table.
table() {
	echo "| devices | path | ns a packet (fastest to slowest) | Mpps | of bare | times nftables |"
	echo "|--:|---|--:|--:|--:|--:|"
	awk '{ printf "| %d | %s | %d (%d to %d) | %.2f | %s | %s |\n", $2, $1, $3, $4, $5, 1000 / $3,
		($6 > 0) ? $6 : "-", ($7 > 0) ? $7 : "-" }'
}

machine() {
	printf '%s, one of %s cores, Linux %s, veth in native XDP, %s-byte frames, ' \
		"$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)" "$(nproc)" \
		"$(uname -r | cut -d- -f1)" "$([ "$VLAN" = 0 ] && echo 64 || echo 68)"
	printf 'medians of %s rounds of %s frames\n\n' "$ROUNDS" "$FRAMES"
}

lines=$(for size in $SIZES; do
	printf 'measuring %s devices ...\n' "$size" >&2
	one_size "$size"
done)
machine
table <<<"$lines"
