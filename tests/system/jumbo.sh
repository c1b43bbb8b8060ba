#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Frames of 9,000 bytes: a driver gives XDP only their beginning in one piece. They are judged, pass
# whole, in and out of tags, and are dropped like any other.
cd "$(dirname "$0")/../.." || exit 1
. tests/system/common.sh
. tests/system/cables.sh

# jumbo NAMESPACE INTERFACE...
jumbo() {
	local name=$1 interface
	shift
	for interface in "$@"; do
		lab_in "$name" ip link set "$interface" mtu 9000
	done
}

# A datagram of 9,000 bytes in one piece.
fills_a_frame() {
	lab_in "$1" ping -n -q -c 3 -i 0.2 -W 1 -M do -s 8972 "$2"
}

lab_open
lab_netns gateway
lab_switch bedside
lab_switch datacenter
lab_host ct bedside 110 198.18.110.11/24 02:00:00:00:11:01
lab_host pump bedside 120 198.18.120.21/24 02:00:00:00:12:01
lab_host pacs datacenter 110 198.18.110.101/24 02:00:00:00:11:a1
lab_host web datacenter none 198.18.120.104/24 02:00:00:00:12:a4
lab_wire bedside gateway clinical
lab_wire datacenter gateway it
for host in ct pump pacs web; do jumbo "$host" eth0; done
jumbo bedside ct pump trunk br0
jumbo datacenter pacs web trunk br0
jumbo gateway clinical it
cat >"$LAB/policy" <<-'END'
	version: 1
	links:
	  - {name: ward, clinical: clinical, it: it, vlan-map: {110: 110, 120: none}}
	networks:
	  pacs: [198.18.110.101]
	  web: [198.18.120.104]
	profiles:
	  scanner:
	    allow:
	      - {to: pacs, services: [tcp/8080, ping]}
	  pump:
	    allow:
	      - {to: web, services: [tcp/8080, ping]}
	devices:
	  - {name: ct, mac: "02:00:00:00:11:01", vlan: 110, ip: 198.18.110.11, profile: scanner}
	  - {name: pump, mac: "02:00:00:00:12:01", vlan: 120, ip: 198.18.120.21, profile: pump}
END
gateway_start "$LAB/policy"
serve pacs 8080
serve web 8080

equal "both ports are native" \
	"$(lab_in gateway ip -j link show | jq '[.[] | select(.xdp.mode == 1)] | length')" 2
check "a frame of 9,000 bytes passes in its tag" fills_a_frame ct 198.18.110.101
check "and a page in such frames" fetches ct 198.18.110.101 8080
check "one passes out of a tag and back into it" fills_a_frame pump 198.18.120.104
check "and a page in such frames" fetches pump 198.18.120.104 8080
equal "nothing was dropped" "$(status_of .dropped.packets)" 0
head -c 8900 /dev/zero >"$LAB/datagram"
lab_in ct nc -u -w 1 198.18.110.101 9999 <"$LAB/datagram"
check "one that no rule allows is dropped for that" \
	grep -q $'^ct\tservice\t1$' <(gateway_drops)
equal "received by the ports is the sum of all verdicts" "$(gateway_received)" "$(gateway_judged)"
exit $((failures > 0))
