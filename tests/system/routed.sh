#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Routed mode without tags: each network on a NIC of the gateway. With tags: see tests/vm.
cd "$(dirname "$0")/../.." || exit 1
. tests/system/common.sh
. tests/system/cables.sh

# host NAME PORT NETWORK NUMBER MAC: and the gateway's addresses in the network. It has no way to
# any name server, and so does not wait for one.
host() {
	local name=$1 port=$2 network=$3 number=$4 mac=$5
	cable "$name" "$port" "198.18.$network.$number/24" "$mac"
	lab_in "$name" sysctl -qw net.ipv6.conf.all.disable_ipv6=0
	lab_in gateway ip address add "198.18.$network.1/24" dev "$port"
	lab_in gateway ip address add "2001:db8:$network::1/64" dev "$port" nodad
}

# Plugs it in. IPv6 addresses stay only on what is.
connect() {
	local name=$1 network=$2 number=$3
	plug "$name"
	lab_in "$name" ip address add "2001:db8:$network::$number/64" dev eth0 nodad
	lab_in "$name" ip route add 198.18.0.0/15 via "198.18.$network.1"
	lab_in "$name" ip route add 2001:db8::/32 via "2001:db8:$network::1"
}

lab_open
lab_netns gateway
lab_in gateway sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0 \
	net.ipv6.conf.all.forwarding=1
host ct imaging 110 11 02:00:00:00:11:01
host pump bedside 120 21 02:00:00:00:12:01
host server it 210 101 02:00:00:00:21:a1
cable spare it2 198.18.220.101/24 02:00:00:00:22:a1
# A host on a NIC of no link, which the kernel could forward from.
cable admin mgmt 198.18.230.5/24 02:00:00:00:23:05
lab_in gateway ip address add 198.18.230.1/24 dev mgmt
cat >"$LAB/policy" <<-'END'
	version: 1
	links:
	  - {name: imaging, clinical: imaging, it: it, mode: routed}
	  - {name: bedside, clinical: bedside, it: it2, mode: routed}
	networks:
	  server: [198.18.210.101, "2001:db8:210::101"]
	  imaging: [198.18.110.0/24, "2001:db8:110::/64"]
	  bedside: [198.18.120.0/24, "2001:db8:120::/64"]
	profiles:
	  scanner:
	    allow:
	      - {to: server, services: [tcp/104, tcp/8080, ping]}
	      - {to: bedside, services: [tcp/8080, tcp/8081, ping]}
	  pump:
	    allow:
	      - {from: imaging, services: [tcp/8080, ping]}
	devices:
	  - {name: ct, mac: "02:00:00:00:11:01", ip: [198.18.110.11, "2001:db8:110::11"],
	     profile: scanner, link: imaging}
	  - {name: pump, mac: "02:00:00:00:12:01", ip: [198.18.120.21, "2001:db8:120::21"],
	     profile: pump, link: bedside}
END
gateway_start "$LAB/policy"
plug admin
lab_in admin ip route add 198.18.0.0/15 via 198.18.230.1
connect ct 110 11
connect pump 120 21
connect server 210 101
mkdir -p "$LAB/archive"
lab_spawn server storescp storescp -od "$LAB/archive" -aet ARCHIVE 104
lab_wait_listen server 104
serve server 8080
serve server 8082
serve pump 8080
serve pump 8081

check "a ping from a device to IT is answered" reaches ct 198.18.210.101
check "and by IPv6" reaches ct 2001:db8:210::101
check "a DICOM echo" lab_in ct echoscu -to 3 -ta 3 -aec ARCHIVE 198.18.210.101 104
check "a page" fetches ct 198.18.210.101 8080
check "a service that no rule names cannot be reached" refused fetches ct 198.18.210.101 8082
check "the gateway answers for a packet at the end of its hops" grep -q 'Time to live exceeded' \
	<(lab_in ct ping -n -c 1 -W 2 -t 1 198.18.210.101)
check "a ping from device to device is answered" reaches ct 198.18.120.21
check "and by IPv6" reaches ct 2001:db8:120::21
check "a page that both policies allow" fetches ct 198.18.120.21 8080
check "one that only the sender's allows" refused fetches ct 198.18.120.21 8081
check "is charged to the receiver" grep -q $'^pump\tservice\t[1-9]' <(gateway_drops)
explains() {
	wardgate --json explain "$@" | jq -r '.frames | map("\(.verdict) \(.reason) \(.rules | length)") | join(", ")'
}
equal "explain judges both ends at once" "$(explains ct pump tcp/8080)" "pass new_flow 2"
equal "and says which of them refuses" "$(explains ct pump tcp/8081)" "drop service 0"
equal "by IPv6 too" "$(explains ct 2001:db8:120::21 tcp/8080)" "pass new_flow 2"
equal "and of a peer that no rule names" "$(explains ct 198.18.220.9 tcp/8080)" "drop destination 0"
check "IT cannot open what no rule names" refused reaches server 198.18.110.11
check "nor can a NIC of no link" refused reaches admin 198.18.110.11
lab_in gateway sysctl -qw net.ipv4.conf.mgmt.forwarding=1
check "a preflight finds what would let it" grep -q 'mgmt is of no routed link' <(wardgate preflight)
lab_in gateway sysctl -qw net.ipv4.conf.mgmt.forwarding=0
lab_in gateway ip route add blackhole 198.18.210.101/32
check "a route that forbids is obeyed" refused reaches ct 198.18.210.101
check "and said" grep -q no_route <(gateway_drops)
forwarding() {
	local port
	for port; do lab_in gateway sysctl -n "net.ipv4.conf.$port.forwarding"; done | xargs
}
equal "the gateway forwards from its links alone" "$(forwarding imaging bedside it it2 mgmt)" "1 1 1 1 0"
lab_in gateway ip link del mgmt
equal "received by the ports is the sum of all verdicts" "$(gateway_received)" "$(gateway_judged)"
kill "$LAB_GATEWAY_PID"
wait "$LAB_GATEWAY_PID" 2>/dev/null
lab_in gateway "$LAB_BUILD/wardgated" detach --bpffs "$LAB/bpf/wardgate"
equal "and from none when it is gone" "$(forwarding imaging bedside it it2)" "0 0 0 0"
check "so nothing passes then" refused reaches ct 198.18.210.101
exit $((failures > 0))
