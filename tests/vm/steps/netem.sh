#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A bad path: with loss, delay and frames out of order on both sides of the gateway, TCP still
# completes, because no stage takes such frames for foreign ones.
cd "$(dirname "$0")/../../.." || exit 1
. tests/vm/common.sh

lab_open
lab_netns gateway
vm_cable device clinical 198.18.0.1/24 02:00:00:00:00:01
vm_cable server it 198.18.0.101/24 02:00:00:00:00:a1
cat >"$LAB/policy" <<-'END'
	version: 1
	links:
	  - {name: ward, clinical: clinical, it: it}
	networks:
	  server: [198.18.0.101]
	profiles:
	  plain:
	    allow:
	      - {to: server, services: [tcp/5000]}
	devices:
	  - {name: device, mac: "02:00:00:00:00:01", ip: 198.18.0.1, profile: plain}
END
gateway_start "$LAB/policy"
for host in device server; do
	# Frame by frame: TCP would else hand down bursts, which are cut only behind the queue.
	lab_in $host ip link set eth0 gso_max_segs 1
	check "$host: 5 % lost, 5 ms late, a quarter of the frames out of order" lab_in $host \
		tc qdisc add dev eth0 root netem delay 5ms 1ms loss 5% reorder 25% 50%
done
check "a file arrives whole over the bad path" vm_transfer device server 198.18.0.101 5000 400000
lost=$(lab_in device tc -j -s qdisc show dev eth0 | jq '.[0].drops')
check "and the path was bad: frames were lost ($lost)" test "$lost" -gt 0
equal "no frame of the connection was dropped by the gateway" "$(status_of .dropped.packets)" 0
exit $((failures > 0))
