#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A VLAN map: the sides have other ids, or none, and hosts do not notice.
cd "$(dirname "$0")/../.." || exit 1
. tests/system/common.sh
. tests/system/cables.sh

lab_open
lab_netns gateway
lab_switch bedside
lab_switch datacenter
lab_host ct bedside 110 198.18.110.11/24 02:00:00:00:11:01
lab_host pump bedside 120 198.18.120.21/24 02:00:00:00:12:01
lab_host pacs datacenter 210 198.18.110.101/24 02:00:00:00:11:a1
lab_host web datacenter none 198.18.120.104/24 02:00:00:00:12:a4
lab_wire bedside gateway clinical
lab_wire datacenter gateway it
cat >"$LAB/policy" <<-'END'
	version: 1
	links:
	  - {name: ward, clinical: clinical, it: it, vlan-map: {110: 210, 120: none}}
	networks:
	  pacs: [198.18.110.101]
	  web: [198.18.120.104]
	profiles:
	  scanner:
	    allow:
	      - {to: pacs, services: [tcp/104, ping]}
	  pump:
	    allow:
	      - {to: web, services: [tcp/8080, ping]}
	devices:
	  - {name: ct, mac: "02:00:00:00:11:01", vlan: 110, ip: 198.18.110.11, profile: scanner}
	  - {name: pump, mac: "02:00:00:00:12:01", vlan: 120, ip: 198.18.120.21, profile: pump}
END
gateway_start "$LAB/policy"
mkdir -p "$LAB/archive"
lab_spawn pacs storescp storescp -od "$LAB/archive" -aet ARCHIVE 104
lab_wait_listen pacs 104
serve web 8080

check "a ping from VLAN 110 is answered from VLAN 210" reaches ct 198.18.110.101
check "a DICOM echo" lab_in ct echoscu -to 3 -ta 3 -aec ARCHIVE 198.18.110.101 104
check "a ping from VLAN 120 is answered from no VLAN" reaches pump 198.18.120.104
check "a page crosses out of a tag and back into it" fetches pump 198.18.120.104 8080
equal "nothing was dropped" "$(status_of .dropped.packets)" 0

lab_access bedside pump 210
check "an id of the IT side means nothing on the clinical side" refused reaches pump 198.18.120.104
check "and the gateway says why" grep -q vlan_unmapped <(gateway_drops)
equal "received by the ports is the sum of all verdicts" "$(gateway_received)" "$(gateway_judged)"
exit $((failures > 0))
