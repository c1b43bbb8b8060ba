# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What stands between generator and sink, to be sourced by bench.sh. start_NAME DEVICES VLAN PAIRS
# WORDS [OPTION...] builds and starts the path NAME in its namespaces NAME-gen, NAME and NAME-sink.

# gen0 <-> gw0 (gateway) gw1 <-> sink0. gw0 has the MAC to which devices send, see bench.h.
cables() {
	local path=$1 netns=$1
	lab_netns "$path-gen"
	lab_netns "$netns"
	lab_netns "$path-sink"
	ip link add gen0 netns "$LAB_PREFIX-$path-gen" type veth \
		peer name gw0 address 02:02:00:00:00:01 netns "$LAB_PREFIX-$netns"
	ip link add sink0 netns "$LAB_PREFIX-$path-sink" type veth \
		peer name gw1 address 02:02:00:00:00:02 netns "$LAB_PREFIX-$netns"
	lab_in "$path-gen" ip link set gen0 up
	lab_in "$path-sink" ip link set sink0 up
	lab_in "$netns" ip link set gw0 up
	lab_in "$netns" ip link set gw1 up
}

# With the word "drop" it counts and drops: the floor of what is refused.
start_bare() {
	# shellcheck disable=SC2086
	lab_spawn bare redirect "$BUILD/tools/bench/redirect" gw0 gw1 $4
	until grep -q ready "$LAB/redirect.log"; do
		kill -0 "$LAB_PID" || lab_fail "the redirect did not start"
		sleep 0.05
	done
}

start_gateway() {
	local devices=$1 vlan=$2 pairs=$3 words=$4
	shift 4
	# shellcheck disable=SC2086
	"$BENCH" wardgate "$devices" "$vlan" "$pairs" $words >"$LAB/policy.yaml"
	[ $# -gt 0 ] || set -- --max-devices "$((devices > 8192 ? devices : 8192))"
	gateway_start "$LAB/policy.yaml" "$@"
}

# The gateway as a router: static neighbours, as many as there are devices.
start_routed() {
	lab_in routed sysctl -qw net.ipv4.ip_forward=1
	lab_in routed ip address add 198.18.255.254/16 dev gw0
	lab_in routed ip address add 198.19.255.253/30 dev gw1
	lab_in routed ip neighbour add 198.19.255.254 lladdr 02:02:00:00:00:04 dev gw1
	awk -v n="$1" 'BEGIN { for (i = 1; i <= n; i++)
		printf "neighbour add 198.18.%d.%d lladdr 02:01:00:00:%02x:%02x dev gw0\n",
			i / 256, i % 256, i / 256, i % 256 }' | lab_in routed ip -batch -
	# The lab's gateway is started in the namespace of this name.
	lab_register "netns $LAB_PREFIX-gateway"
	ln -sf "/run/netns/$LAB_PREFIX-routed" "/run/netns/$LAB_PREFIX-gateway"
	start_gateway "$@"
	rm -f "/run/netns/$LAB_PREFIX-gateway"
}

# A router: static neighbours and routes, and conntrack large enough for all.
start_nftables() {
	# shellcheck disable=SC2086
	"$BENCH" nftables "$1" 0 0 $4 >"$LAB/bench.nft"
	lab_in nftables ethtool -K gw0 gro on >/dev/null
	lab_in nftables ethtool -K gw1 gro on >/dev/null
	lab_in nftables sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 \
		net.ipv4.conf.gw0.rp_filter=0 net.ipv4.conf.gw1.rp_filter=0
	lab_in nftables ip address add 198.19.255.1/30 dev gw0
	lab_in nftables ip neighbour add 198.19.255.2 lladdr 02:02:00:00:00:03 dev gw0
	lab_in nftables ip route add 198.18.0.0/15 via 198.19.255.2
	lab_in nftables ip address add 198.19.255.253/30 dev gw1
	lab_in nftables ip neighbour add 198.19.255.254 lladdr 02:02:00:00:00:04 dev gw1
	[ "$4" != ipv6 ] || nftables_ipv6
	lab_in nftables nft -f "$LAB/bench.nft"
	lab_sysctl net.netfilter.nf_conntrack_max 4194304
}

nftables_ipv6() {
	lab_in nftables sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.gw0.disable_ipv6=0 \
		net.ipv6.conf.gw1.disable_ipv6=0 net.ipv6.conf.all.forwarding=1
	lab_in nftables ip address add 2001:db8:0:3::1/64 dev gw0 nodad
	lab_in nftables ip neighbour add 2001:db8:0:3::2 lladdr 02:02:00:00:00:03 dev gw0
	lab_in nftables ip route add 2001:db8:0:1::/64 via 2001:db8:0:3::2
	lab_in nftables ip address add 2001:db8:0:2::fe/64 dev gw1 nodad
	lab_in nftables ip neighbour add 2001:db8:0:2::1 lladdr 02:02:00:00:00:04 dev gw1
}

# The first device and the peer as hosts, for sockperf. XDP reads frames as a wire carries them.
hosts() {
	local path=$1 gen_mac=02:01:00:00:00:01 sink_mac=02:02:00:00:00:01 back=02:01:00:00:00:01
	if [ "$2" = routed ]; then
		gen_mac=02:02:00:00:00:03 sink_mac=02:02:00:00:00:04 back=02:02:00:00:00:02
	fi
	lab_in "$path-gen" ip link set gen0 address $gen_mac
	lab_in "$path-sink" ip link set sink0 address $sink_mac
	lab_in "$path-gen" ethtool -K gen0 tx off tso off gso off gro on >/dev/null
	lab_in "$path-sink" ethtool -K sink0 tx off tso off gso off gro on >/dev/null
	lab_in "$path-gen" ip address add 198.18.0.1/15 dev gen0
	lab_in "$path-sink" ip address add 198.19.255.254/15 dev sink0
	lab_in "$path-gen" ip neighbour add 198.19.255.254 lladdr 02:02:00:00:00:01 dev gen0
	lab_in "$path-sink" ip neighbour add 198.18.0.1 lladdr $back dev sink0
}
