#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# `make bench`: what a packet costs on one core, generator and sink included, through a bare
# redirect, through the gateway, and through nftables with the same policy (conntrack, a limit for
# each source, a verdict map); then memory, latency and the cost of each stage. Prints Markdown. The
# paths of a row take turns; figures and ratios are medians of the rounds.
#
#   ROWS="..."        of: ipv4 ipv6 many new denied limited rules routed memory latency stages
#                     policies
#   ROUNDS=7          of each path
#   FRAMES=2000000    a round
#   MANY=100000       devices of the row `many`
#   SECONDS_EACH=10   of the latency of each path
set -euo pipefail
shopt -s inherit_errexit	# a row runs in a subshell: its errors count too
cd "$(dirname "$0")/../.."

BUILD=${BUILD:-build}
ROWS=${ROWS:-ipv4 ipv6 many new denied limited rules routed memory latency stages policies}
ROUNDS=${ROUNDS:-7}
FRAMES=${FRAMES:-2000000}
MANY=${MANY:-100000}
SECONDS_EACH=${SECONDS_EACH:-10}
CPU=$(($(nproc) - 1))
BENCH=$BUILD/tools/bench/bench
LAB_BUILD=$(realpath -m "$BUILD")
VLAN=110
# Each new flow is an entry of conntrack for as long as the row takes.
NEW_FRAMES=$((FRAMES < 200000 ? FRAMES : 200000))

# shellcheck source=tools/lab/lab.sh
. tools/lab/lab.sh
# shellcheck source=tools/lab/gateway.sh
. tools/lab/gateway.sh
# shellcheck source=tools/bench/paths.sh
. tools/bench/paths.sh

lane() {
	printf '%s,%s,%s,%s,%s,%s\n' "$1" "$2" "$3" "$4" "$LAB_PREFIX-$1-gen" "$LAB_PREFIX-$1-sink"
}

run_bench() {
	taskset -c "$CPU" "$BENCH" run "$@"
}

# row TITLE KIND DEVICES FRAMES PATH...: each PATH is NAME:MODE:VLAN[:WORD...]. Prints "TITLE|" and
# what `bench run` says. In a subshell, so that each row has a lab of its own.
row() (
	local title=$1 kind=$2 devices=$3 frames=$4 path name mode vlan words lanes=()
	shift 4
	lab_open
	for path in "$@"; do
		IFS=: read -r name mode vlan words <<<"$path"
		cables "$name"
		start_"$name" "$devices" "$vlan" 0 "$words"
		lanes+=("$(lane "$name" "$mode" "$frames" "$vlan")")
	done
	run_bench "$kind" "$devices" "$ROUNDS" "${lanes[@]}" >"$LAB/lines"
	gateway_counted
	sed "s/^/$title|/" "$LAB/lines"
)

# The gateway judged at least as many frames as were sent: else no figures.
gateway_counted() {
	local sent judged
	sent=$(sed -n 's/^\(gateway\|routed\) .* //p' "$LAB/lines")
	[ -n "$sent" ] || return 0
	judged=$(gateway_judged)
	[ "$judged" -ge "$sent" ] || lab_fail "$sent frames were sent, the gateway judged $judged"
}

row_ipv4() {
	row "established flow, IPv4, tagged, 1,000 devices" ipv4 1000 "$FRAMES" bare:bridged:$VLAN \
		gateway:bridged:$VLAN nftables:routed:0
}

row_ipv6() {
	row "established flow, IPv6, tagged, 1,000 devices" ipv6 1000 "$FRAMES" bare:bridged:$VLAN \
		gateway:bridged:$VLAN:ipv6 nftables:routed:0:ipv6
}

row_many() {
	row "a flow each of $MANY devices at random" ipv4 "$MANY" "$FRAMES" bare:bridged:0 \
		gateway:bridged:0 nftables:routed:0
}

row_new() {
	row "each frame opens a flow, 1,000 devices" new 1000 "$NEW_FRAMES" bare:bridged:0 \
		gateway:bridged:0 nftables:routed:0
}

row_denied() {
	row "dropped: no rule allows it, 1,000 devices" denied 1000 "$FRAMES" bare:bridged:0:drop \
		gateway:bridged:0 nftables:routed:0
}

row_limited() {
	row "dropped: over the limit, 1,000 devices" limited 1000 "$FRAMES" bare:bridged:0:drop \
		gateway:bridged:0:tight nftables:routed:0:tight
}

row_routed() {
	row "routed by the kernel's tables, 1,000 devices" ipv4 1000 "$FRAMES" bare:bridged:0 \
		routed:routed:0:routed nftables:routed:0
}

# The same flows, before and after a policy with many more rules is applied.
row_rules() (
	local pairs
	lab_open
	cables bare
	cables gateway
	start_bare 1000 0 0 ''
	start_gateway 1000 0 10 ""
	for pairs in 10 1000000; do
		"$BENCH" wardgate 1000 0 "$pairs" >"$LAB/policy.yaml"
		wardgate apply "$LAB/policy.yaml" >/dev/null
		run_bench ipv4 1000 "$ROUNDS" "$(lane bare bridged "$FRAMES" 0)" \
			"$(lane gateway bridged "$FRAMES" 0)" |
			sed "s/^/the same flows, about $pairs pairs of peer and service allowed|/"
	done
)

# Bytes of all maps that the gateway holds, for so many devices.
map_bytes() (
	lab_open
	cables gateway
	start_gateway 1 0 0 "" --max-devices "$1"
	bpftool -j map show | jq --argjson ids "$(lab_in gateway bpftool -j prog show pinned \
		"$(find "$LAB/bpf/wardgate" -name 'program*' | head -1)" | jq .map_ids)" \
		'[.[] | select(.id as $id | $ids | index($id)).bytes_memlock] | add'
)

row_memory() {
	local few many
	few=$(map_bytes 1000)
	many=$(map_bytes 100000)
	printf '| memory | |\n|---|--:|\n'
	printf '| a flow | 64 B |\n'
	printf '| a device, with places for 64 flows | %d B |\n' $(((many - few) / 99000))
	printf '| all maps, 100,000 devices, with places for 6,400,000 flows | %d MiB |\n\n' \
		$((many / 1048576))
}

# A path's latency in us, "p50 p99", while frames cross it at a rate.
latency_of() {
	local name=$1 mode=$2 rate=$3 server load=
	lab_spawn "$name-sink" "sockperf-$name" taskset -c 0 sockperf server -i 198.19.255.254 -p 11111
	server=$LAB_PID
	if [ "$rate" -gt 0 ]; then
		taskset -c "$CPU" "$BENCH" load 1000 "$rate" $((SECONDS_EACH + 3)) \
			"$(lane "$name" "$mode" 64 0)" &
		load=$!
		sleep 2
	fi
	lab_in "$name-gen" taskset -c 0 sockperf ping-pong -i 198.19.255.254 -p 11111 \
		-t "$SECONDS_EACH" -m 14 >"$LAB/sockperf-$name.client" 2>&1 ||
		printf 'no latency of %s: %s\n' "$name" "$(tail -n 1 "$LAB/sockperf-$name.client")" >&2
	awk '/percentile 99.000/ { p99 = $NF } /percentile 50.000/ { p50 = $NF }
		END { print (p50 ? p50 : "-"), (p99 ? p99 : "-") }' "$LAB/sockperf-$name.client"
	lab_stop "$server" "$(lab_started "$server")"
	[ -z "$load" ] || wait "$load"
}

# Half of what each path can take is measured first.
row_latency() (
	local name mode half idle loaded
	lab_open
	for name in bare gateway nftables; do
		mode=bridged
		[ "$name" = nftables ] && mode=routed
		cables "$name"
		start_"$name" 1000 0 0 ''
		hosts "$name" "$mode"
	done
	printf '| latency one way, us | p50 | p99 | p50 at half load | p99 at half load |\n'
	printf '|---|--:|--:|--:|--:|\n'
	for name in bare gateway nftables; do
		mode=bridged
		[ "$name" = nftables ] && mode=routed
		half=$(run_bench ipv4 1000 3 "$(lane "$name" "$mode" $((FRAMES / 4)) 0)" |
			awk '{ print int(1e9 / $3 / 2) }')
		idle=$(latency_of "$name" "$mode" 0)
		loaded=$(latency_of "$name" "$mode" "$half")
		printf '| %s, half load %d frames a second | %s | %s | %s | %s |\n' "$name" "$half" \
			"${idle% *}" "${idle#* }" "${loaded% *}" "${loaded#* }"
	done
	printf '\n'
)

row_stages() (
	lab_open
	cables gateway
	WARDGATE_VERIFIER=$LAB/verifier LD_PRELOAD=$LAB_BUILD/tests/vm/verifier.so \
		start_gateway 1000 $VLAN 0 ""
	run_bench ipv4 1000 1 "$(lane gateway bridged 1000 $VLAN)" >/dev/null
	printf '| stage | ns | so far |\n|---|--:|--:|\n'
	lab_in gateway taskset -c "$CPU" "$BUILD/tools/bench/stages" gw0 "$ROUNDS" $VLAN |
		awk -F'|' '{ printf "| %s | %s | %s |\n", $1, $2, $3 }'
	awk '$1 == "wardgate" { i = $2; s = $3 } END {
		printf "\nThe verifier looks at %d instructions; the deepest chain of calls uses ", i
		printf "%d bytes of stack.\n\n", s }' "$LAB/verifier"
)

# policies TITLE DEVICES ENTRIES: "TITLE|" and what the program says of such a policy.
policies() (
	local title=$1 what
	shift
	lab_open
	lab_bpffs
	cables gateway
	for what in "" changed; do
		# shellcheck disable=SC2086
		"$BENCH" hospital "$@" $what >"$LAB/policy$what.yaml"
	done
	lab_in gateway "$BUILD/tools/bench/policies" "$ROUNDS" "$LAB/bpf/wardgate" "$1" \
		"$LAB/policy.yaml" "$LAB/policychanged.yaml" | sed "s/^/$title|/"
)

# Times are of the wall, those of the CPU in brackets.
row_policies() {
	local lines
	lines=$(policies "10,000 devices" 10000 100000 && policies "100,000 devices" 100000 1000000)
	printf '| policy, ms (of CPU) | read | parse | check | lint | compile | prove | publish | all |'
	printf '\n|---|--:|--:|--:|--:|--:|--:|--:|--:|\n'
	awk -F'[| ]' '$3 == "policy" || $3 == "change" {
		if ($4 == "read")
			printf "| %s %s%s |", $1, $2, $3 == "change" ? ", one of them changed" : ""
		printf " %.0f (%.0f) |%s", $5, $6, $4 == "all" ? "\n" : "" }
		' <<<"$lines"
	printf '\n'
	awk -F'[| ]' '$3 == "size" {
		printf "- %s %s: %s entries, %s comparisons in the proof, at most %d MiB in memory\n",
			$1, $2, $4, $6, $7 / 1024 }' <<<"$lines"
	printf '\n'
}

# The lines of `row` as a table.
table() {
	echo "| what | path | ns a packet (fastest to slowest) | Mpps | of bare | times nftables |"
	echo "|---|---|--:|--:|--:|--:|"
	awk -F'|' '{ split($2, f, " "); printf "| %s | %s | %d (%d to %d) | %.2f | %s | %s |\n",
		$1, f[1], f[3], f[4], f[5], 1000 / f[3], (f[6] > 0) ? f[6] : "-", (f[7] > 0) ? f[7] : "-" }'
	echo
}

machine() {
	printf '%s, one of %s cores, Linux %s, veth in native XDP, ' \
		"$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)" "$(nproc)" \
		"$(uname -r | cut -d- -f1)"
	printf '64-byte frames (tagged 68; IPv6 66 and 70; nftables untagged), '
	printf 'medians of %s rounds of %s frames\n\n' "$ROUNDS" "$FRAMES"
}

machine
lines='' rest=''
for name in $ROWS; do
	printf 'measuring: %s ...\n' "$name" >&2
	case $name in
	memory | latency | stages | policies) rest+=$(row_"$name")$'\n\n' ;;
	*) lines+=$(row_"$name")$'\n' ;;
	esac
done
[ -z "$lines" ] || table <<<"${lines%$'\n'}"
printf '%s' "$rest"
