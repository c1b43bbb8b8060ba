#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The gateway between two hosts on veth: what the policy allows passes, nothing else does.
cd "$(dirname "$0")/../../.." || exit 1
. tests/vm/common.sh

lab_open
lab_netns gateway
vm_cable device clinical 198.18.0.1/24 02:00:00:00:00:01
vm_cable server it 198.18.0.101/24 02:00:00:00:00:a1
lab_in server ip address add 198.18.0.102/24 dev eth0
cat >"$LAB/policy" <<-'END'
	version: 1
	links:
	  - {name: ward, clinical: clinical, it: it}
	networks:
	  server: [198.18.0.101]
	profiles:
	  plain:
	    allow:
	      - {to: server, services: [tcp/5000, tcp/5001, ping]}
	      - {from: server, services: [tcp/6000]}
	devices:
	  - {name: device, mac: "02:00:00:00:00:01", ip: 198.18.0.1, profile: plain}
END
gateway_start "$LAB/policy"
equal "XDP runs in the driver of both ports" \
	"$(lab_in gateway ip -j link show | jq '[.[] | select(.xdp.mode == 1)] | length')" 2
vm_listen server 5000
vm_listen server 5002
vm_listen device 6000
vm_listen device 6001

check "an allowed ping is answered" vm_reaches device 198.18.0.101
check "an allowed connection is made" vm_connects device 198.18.0.101 5000
check "a file arrives whole" vm_transfer device server 198.18.0.101 5001 300000
check "the server may connect where a rule says so" vm_connects server 198.18.0.1 6000
check "a peer that no rule names does not answer ping" vm_not vm_reaches device 198.18.0.102
check "a service that no rule names cannot be reached" vm_not vm_connects device 198.18.0.101 5002
check "nor can the server reach it on the device" vm_not vm_connects server 198.18.0.1 6001
check "the server's ping of the device is not answered" vm_not vm_reaches server 198.18.0.1

lab_in device ip link set eth0 address 02:00:00:00:00:66
lab_in device ip neigh flush all
check "the device's address with another MAC passes nothing" vm_not vm_reaches device 198.18.0.101
for reason in destination service arp_spoof; do
	check "the drops are charged to their reasons: $reason" \
		grep -q $'\t'"$reason"$'\t[1-9]' <(gateway_drops)
done
equal "received by the ports is the sum of all verdicts" "$(gateway_received)" "$(gateway_judged)"
exit $((failures > 0))
