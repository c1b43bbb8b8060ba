#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A hairpin: both sides on one trunk, and every frame leaves by the port it came in on.
cd "$(dirname "$0")/../.." || exit 1
. tests/system/common.sh
. tests/system/cables.sh

lab_open
lab_netns gateway
lab_switch stick
lab_host ct stick 110 198.18.110.11/24 02:00:00:00:11:01
lab_host pacs stick 210 198.18.110.101/24 02:00:00:00:11:a1
lab_wire stick gateway trunk0
# It learns MACs for all VLANs together, and each host now stands behind two of its ports.
for port in ct pacs trunk; do
	lab_in stick bridge link set dev $port learning off
done
cat >"$LAB/policy" <<-'END'
	version: 1
	links:
	  - {name: ward, clinical: trunk0, it: trunk0, vlan-map: {110: 210}}
	networks:
	  pacs: [198.18.110.101]
	profiles:
	  scanner:
	    allow:
	      - {to: pacs, services: [tcp/104, ping]}
	devices:
	  - {name: ct, mac: "02:00:00:00:11:01", vlan: 110, ip: 198.18.110.11, profile: scanner}
END
# veth takes what XDP sends back only where XDP runs too, other than a NIC.
lab_in stick ip link set trunk xdp obj "$LAB_BUILD/tools/lab/vlan.bpf.o" sec xdp
lab_in stick ip link set trunk down
gateway_start "$LAB/policy"
lab_in stick ip link set trunk up
mkdir -p "$LAB/archive"
lab_spawn pacs storescp storescp -od "$LAB/archive" -aet ARCHIVE 104
lab_wait_listen pacs 104
serve pacs 8080

check "a ping crosses" reaches ct 198.18.110.101
check "a DICOM echo" lab_in ct echoscu -to 3 -ta 3 -aec ARCHIVE 198.18.110.101 104
check "a service that no rule names does not" refused fetches ct 198.18.110.101 8080
check "nor does IT reach the device" refused reaches pacs 198.18.110.11
equal "received by the port is the sum of all verdicts" "$(gateway_received)" "$(gateway_judged)"
exit $((failures > 0))
