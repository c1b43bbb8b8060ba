#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Tagged frames as the kernel makes them (no test BPF): a device on an access port of a switch that
# filters VLANs, a server with 802.1Q interfaces, and the inline gateway between the two.
cd "$(dirname "$0")/../../.." || exit 1
. tests/vm/common.sh

# device eth0 -- access port, switch, trunk -- clinical, gateway, it -- eth0.110, eth0.120 server
lab_open
lab_netns gateway
lab_switch bedside
lab_in bedside ip link set br0 type bridge vlan_filtering 1 vlan_default_pvid 0
lab_netns device
ip link add access netns "$LAB_PREFIX-bedside" type veth \
	peer name eth0 address 02:00:00:00:00:01 netns "$LAB_PREFIX-device"
vm_plain device eth0
lab_in device ip address add 198.18.110.1/24 dev eth0
lab_in device ip link set eth0 up
lab_wire bedside gateway clinical
lab_in bedside ip link set access master br0 up
for vlan in 110 120; do
	lab_in bedside bridge vlan add dev trunk vid $vlan
done
lab_in bedside bridge vlan add dev access vid 110 pvid untagged

vm_cable server it "" 02:00:00:00:00:a1
for vlan in 110 120; do
	lab_in server ip link add link eth0 name eth0.$vlan type vlan id $vlan
	lab_in server ip address add "198.18.$vlan.101/24" dev eth0.$vlan
	lab_in server ip link set eth0.$vlan up
done
cat >"$LAB/policy" <<-'END'
	version: 1
	links:
	  - {name: ward, clinical: clinical, it: it, vlans: [110]}
	networks:
	  server: [198.18.110.101, 198.18.120.101]
	profiles:
	  plain:
	    allow:
	      - {to: server, services: [tcp/5000, ping]}
	devices:
	  - {name: device, mac: "02:00:00:00:00:01", vlan: 110, ip: 198.18.110.1, profile: plain}
END
gateway_start "$LAB/policy"
check "a ping through access port and trunk is answered" vm_reaches device 198.18.110.101
check "a file arrives whole, by tagged frames" vm_transfer device server 198.18.110.101 5000 200000

lab_in bedside bridge vlan del dev access vid 110
lab_in bedside bridge vlan add dev access vid 120 pvid untagged
lab_in device ip neigh flush all
check "with its cable in another VLAN the device reaches nothing" vm_not vm_reaches device \
	198.18.110.101
lab_in device ip address add 198.18.120.1/24 dev eth0
check "nor with an address of that VLAN" vm_not vm_reaches device 198.18.120.101
check "and the gateway says that the VLAN is the reason" grep -q $'^device\twrong_vlan\t[1-9]' <(gateway_drops)
exit $((failures > 0))
