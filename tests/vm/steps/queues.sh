#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A NIC with four queues: native XDP, traffic on several of them, and one limit over all of them.
# The host sends and counts, at the other end of the machine's two NICs; see tests/vm/flood.py.
cd "$(dirname "$0")/../../.." || exit 1
. tests/vm/common.sh

# Frames that each receive queue gave to XDP. Linux 6.12 names the counters another way than 6.1.
queues_of() {
	lab_in gateway ethtool -S "$1" |
		sed -nE 's/^ *rx(_queue_)?[0-9]+_xdp_packets: ([0-9]+)/\2/p'
}

if [ "$VM_NICS" != 2 ]; then
	skip "a NIC with four queues" "the host could not make a tap device"
	exit 0
fi
lab_open
lab_netns gateway
for nic in nic0 nic1; do
	check "the machine has $nic" ip link set "$nic" netns "$LAB_PREFIX-gateway"
	lab_in gateway ip link set "$nic" up
done
equal "the NIC has four queues in use" "$(lab_in gateway ethtool -l nic0 |
	awk '/^Combined:/ { n = $2 } END { print n }')" 4
cat >"$LAB/policy" <<-'END'
	version: 1
	links:
	  - {name: ward, clinical: nic0, it: nic1}
	networks:
	  peer: [198.19.255.254]
	profiles:
	  plain:
	    allow:
	      - {to: peer, services: [udp/5000]}
	    limit: {packets: 1000/s, burst: 1000}
	devices:
	  - {name: device, mac: "02:00:00:00:00:01", ip: 198.18.0.1, profile: plain}
END
gateway_start "$LAB/policy"
equal "native XDP on both NICs" \
	"$(lab_in gateway ip -j link show | jq '[.[] | select(.xdp.mode == 1)] | length')" 2

# flood SECONDS FRAMES_A_SECOND FORBIDDEN: sets sent, sent_forbidden, received, received_forbidden,
# took and span, in ms; see tests/vm/flood.py. FORBIDDEN is 1 when every second frame goes to a port
# that no rule allows.
flood() {
	read -r sent sent_forbidden received received_forbidden took span <<<"$(vm_ask flood "$@")"
	[ -n "${span:-}" ]
}

# Well below the limit: nothing may be lost, and the flows spread over the queues.
check "the host can send" flood 1 100 0
flood 3 400 1
equal "below the limit all of $sent allowed frames arrive" "$received" "$sent"
equal "and none of $sent_forbidden forbidden ones" "$received_forbidden" 0
used=$(queues_of nic0 | awk '$1 > 0' | wc -l)
between "they came in by $used of 4 queues" "$used" 2 4

# Four times the limit, in as many queues: a burst of 1,000, then 1,000 a second.
flood 10 4000 0
most=$((1000 + span)) wanted=$((1000 + took))
between "over the limit, $received of $sent pass: at most 101 % of $most" "$received" 0 \
	$((most * 101 / 100))
if [ "$took" -gt 10300 ]; then
	skip "and at least 99 % of $wanted" \
		"the machine is busy: ten seconds of sending took $took ms"
else
	between "and at least 99 % of $wanted" "$received" $((wanted * 99 / 100)) "$sent"
fi
equal "received by the ports is the sum of all verdicts" "$(gateway_received)" "$(gateway_judged)"
exit $((failures > 0))
