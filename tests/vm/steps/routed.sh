#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Routed mode: VLAN interfaces on the gateway's own NICs. Two clinical VLANs and one of IT reach
# each other as the policies of both ends say, by the kernel's routes and neighbours.
cd "$(dirname "$0")/../../.." || exit 1
. tests/vm/common.sh

# vm_vlan NAME WIRE VLAN HOST MAC: a host whose only interface is a VLAN of the cable WIRE.
vm_vlan() {
	local name=$1 wire=$2 vlan=$3 host=$4 mac=$5
	lab_netns "$name"
	lab_in "$name" sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0
	lab_in "$wire" ip link add link eth0 name "eth0.$vlan" address "$mac" type vlan id "$vlan"
	lab_in "$wire" ip link set "eth0.$vlan" netns "$LAB_PREFIX-$name"
	lab_in "$name" ip link set "eth0.$vlan" name eth0
	lab_in "$name" ip address add "198.18.$vlan.$host/24" dev eth0
	lab_in "$name" ip address add "2001:db8:$vlan::$host/64" dev eth0 nodad
	lab_in "$name" ip link set lo up
	lab_in "$name" ip link set eth0 up
	lab_in "$name" ip route add default via "198.18.$vlan.1"
	lab_in "$name" ip route add default via "2001:db8:$vlan::1"
}

vm_reaches6() {
	lab_in "$1" ping -6 -n -c 3 -i 0.2 -W 2 "$2" | grep -q ' [1-3] received'
}

# The gateway itself answers a packet that has come to the end of its hops.
vm_ends_at() {
	local said
	said=$(lab_in "$1" ping -n -c 1 -W 2 -t 1 "$2")
	grep -q "From $3.*Time to live exceeded" <<<"$said" || { echo "$said"; return 1; }
}

lab_open
lab_netns gateway
lab_in gateway sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0 \
	net.ipv6.conf.all.forwarding=1
# Not plugged in before the gateway runs, so that it sees every frame.
vm_cable bedside clinical "" 02:00:00:00:00:0b
vm_cable datacenter it "" 02:00:00:00:00:0d
lab_in bedside ip link set eth0 down
lab_in datacenter ip link set eth0 down
for vlan in 110 120 210; do
	port=clinical
	[ $vlan = 210 ] && port=it
	lab_in gateway ip link add link $port name $port.$vlan type vlan id $vlan
	lab_in gateway ip address add 198.18.$vlan.1/24 dev $port.$vlan
	lab_in gateway ip address add 2001:db8:$vlan::1/64 dev $port.$vlan nodad
	lab_in gateway ip link set $port.$vlan up
done
cat >"$LAB/policy" <<-'END'
	version: 1
	links:
	  - {name: ward, clinical: clinical, it: it, vlans: [110, 120, 210], mode: routed}
	networks:
	  server: [198.18.210.101, "2001:db8:210::101"]
	  imaging: [198.18.110.0/24, "2001:db8:110::/64"]
	  bedside: [198.18.120.0/24, "2001:db8:120::/64"]
	profiles:
	  scanner:
	    allow:
	      - {to: server, services: [tcp/5000, tcp/5001, ping]}
	      - {to: bedside, services: [tcp/6000, tcp/6001, ping]}
	  pump:
	    allow:
	      - {to: server, services: [ping]}
	      - {from: imaging, services: [tcp/6000, tcp/6002, ping]}
	devices:
	  - {name: ct, mac: "02:00:00:00:11:01", vlan: 110, ip: [198.18.110.11, "2001:db8:110::11"],
	     profile: scanner}
	  - {name: pump, mac: "02:00:00:00:12:01", vlan: 120, ip: [198.18.120.21, "2001:db8:120::21"],
	     profile: pump}
END
gateway_start "$LAB/policy"
lab_in bedside ip link set eth0 up
lab_in datacenter ip link set eth0 up
vm_vlan ct bedside 110 11 02:00:00:00:11:01
vm_vlan pump bedside 120 21 02:00:00:00:12:01
vm_vlan server datacenter 210 101 02:00:00:00:21:a1
equal "routed ports are not promiscuous" \
	"$(lab_in gateway ip -j -d link show clinical | jq '.[0].promiscuity')" 0
vm_listen server 5000
vm_listen server 5002
vm_listen pump 6000
vm_listen pump 6001
vm_listen pump 6002

check "a ping from a clinical VLAN to IT is answered" vm_reaches ct 198.18.210.101
check "and by IPv6" vm_reaches6 ct 2001:db8:210::101
check "a connection to IT is made" vm_connects ct 198.18.210.101 5000
lab_spawn server nc6 nc -6 -n -l -k 5000
check "and by IPv6" vm_connects ct 2001:db8:210::101 5000
check "a file arrives whole" vm_transfer ct server 198.18.210.101 5001 300000
before=$(status_of .passed.packets)
forwarded=$(lab_in gateway cat /proc/net/snmp | awk '/^Ip: [0-9]/ { print $7 }')
check "a second file arrives whole" vm_transfer ct server 198.18.210.101 5001 300000
between "its frames pass the program" $(($(status_of .passed.packets) - before)) 100 100000
between "and not the kernel's router, whose part are unresolved neighbours" \
	$(($(lab_in gateway cat /proc/net/snmp | awk '/^Ip: [0-9]/ { print $7 }') - forwarded)) 0 3
check "the gateway answers for a packet at the end of its hops" vm_ends_at ct 198.18.210.101 \
	198.18.110.1

check "a ping between two clinical VLANs is answered" vm_reaches ct 198.18.120.21
check "and by IPv6" vm_reaches6 ct 2001:db8:120::21
check "a connection that both policies allow is made" vm_connects ct 198.18.120.21 6000
check "one that only the sender's allows is not" vm_not vm_connects ct 198.18.120.21 6001
check "and the receiver is charged with it" grep -q $'^pump\tservice\t[1-9]' <(gateway_drops)
check "one that only the receiver's allows is not" vm_not vm_connects ct 198.18.120.21 6002
check "nor one the other way" vm_not vm_connects pump 198.18.110.11 6000
check "a service that no rule names cannot be reached" vm_not vm_connects ct 198.18.210.101 5002
check "IT cannot open what no rule names" vm_not vm_reaches server 198.18.110.11

lab_in ct ip link set eth0 address 02:00:00:00:00:66
lab_in ct ip neigh flush all
check "the device's address with another MAC passes nothing" vm_not vm_reaches ct 198.18.210.101
equal "received by the ports is the sum of all verdicts" \
	"$(lab_in gateway ip -j -s link show | jq '[.[] | select(.ifname == "clinical" or .ifname == "it")
		| .stats64.rx.packets] | add')" "$(gateway_judged)"
exit $((failures > 0))
