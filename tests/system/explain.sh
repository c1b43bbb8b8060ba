#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What explain says is what the wire does, and asking leaves no trace.
cd "$(dirname "$0")/../.." || exit 1
. tests/system/common.sh
. tests/system/cables.sh

lab_open
lab_netns gateway
cable ct ward 198.18.110.11/15 02:00:00:00:11:01
cable server it 198.18.210.101/15 02:00:00:00:21:a1
cat >"$LAB/policy" <<-'END'
	version: 1
	links:
	  - {name: ward, clinical: ward, it: it}
	networks:
	  server: [198.18.210.101]
	profiles:
	  scanner:
	    allow:
	      - {to: server, services: [tcp/8080, ping], purpose: pages}
	      - {from: server, services: [tcp/22]}
	devices:
	  - {name: ct, mac: "02:00:00:00:11:01", ip: 198.18.110.11, profile: scanner}
END
gateway_start "$LAB/policy"
plug ct server
serve server 8080
serve server 8081

explain() {
	wardgate --json explain "$@"
}

reason_of() {
	explain "$@" | jq -r '.frames[-1] | "\(.verdict) \(.reason)"'
}

counters() {
	wardgate --json status | jq -c '[.passed, .dropped, .flows, .events]'
	gateway_drops
	wardgate --json rules | jq -c '[.rules[] | [.packets, .bytes, .last_used]]'
	wardgate --json devices | jq -c '[.devices[] | [.sent, .received, .dropped, .flows]]'
}

drops_of() {
	gateway_drops | awk -F '\t' -v reason="$1" '$2 == reason { n += $3 } END { print n + 0 }'
}

# Nothing may speak while counters are compared.
lab_in ct ip neigh replace 198.18.210.101 lladdr 02:00:00:00:21:a1 dev eth0
lab_in server ip neigh replace 198.18.110.11 lladdr 02:00:00:00:11:01 dev eth0
sleep 1
before=$(counters)
equal "what a rule allows passes" "$(reason_of ct 198.18.210.101 tcp/8080)" "pass new_flow"
equal "another service does not" "$(reason_of ct 198.18.210.101 tcp/8081)" "drop service"
equal "another peer does not" "$(reason_of ct 198.18.210.102 tcp/8080)" "drop destination"
equal "the other way neither" "$(reason_of 198.18.210.101 ct tcp/8080)" "drop service"
equal "nor from elsewhere" "$(reason_of 198.18.210.102 ct tcp/8080)" "drop unsolicited"
equal "but what may be opened" "$(reason_of 198.18.210.101 ct tcp/22)" "pass new_flow"
equal "in mid-stream without a flow" "$(reason_of ct 198.18.210.101 tcp/8080 --flags A)" \
	"drop not_opened"
equal "asking moved no counter" "$(counters)" "$before"

check "the wire agrees: a page" fetches ct 198.18.210.101 8080
was=$(drops_of service)
check "the wire agrees: no page" refused fetches ct 198.18.210.101 8081
check "for the same reason" [ "$(drops_of service)" -gt "$was" ]
was=$(drops_of service)
check "the wire agrees: no connection from IT" refused lab_in server nc -z -w 1 198.18.110.11 8080
check "for the same reason" [ "$(drops_of service)" -gt "$was" ]

explain ct 198.18.210.101 tcp/8080 >"$LAB/said"
equal "the rule is named with its line" \
	"$(jq -r '.frames[0].rules[0] | "\(.text) \(.purpose) \(.where.line)"' "$LAB/said")" \
	"to server pages 9"
explain ct 198.18.210.101 tcp/8081 >"$LAB/said"
equal "the smallest edit is named" \
	"$(jq -r '.frames[0].nearest | "\(.edit) \(.where.line)"' "$LAB/said")" \
	'add tcp/8081 to the `services` of this rule 9'
equal "of what answers nothing, for the question" \
	"$(explain 198.18.210.200 ct tcp/40000 --flags SA |
		jq -r '.frames[0] | "\(.reason) \(.nearest.edit | split(": - ")[1])"')" \
	"unsolicited { to: NETWORK, services: [tcp/50000] }, with NETWORK: [198.18.210.200] in \`networks\`"
sed 's|tcp/8080, ping|tcp/8080, tcp/8081, ping|' "$LAB/policy" >"$LAB/edited"
equal "and with it the packet passes" \
	"$(reason_of ct 198.18.210.101 tcp/8081 --policy "$LAB/edited")" "pass new_flow"
printf 'include: [edited]\nversion: 1\n' >"$LAB/several"
explain ct 198.18.210.101 tcp/8081 --policy "$LAB/several" >"$LAB/said"
equal "a policy of several files is one" \
	"$(jq -r '.frames[-1] | "\(.verdict) \(.rules[0].where.file)"' "$LAB/said")" \
	"pass $LAB/edited"
sed 's|tcp/8080, ping\]|tcp/8080, udp/8081], encrypted: required|' "$LAB/policy" >"$LAB/encrypted"
explain ct 198.18.210.101 udp/8081 --policy "$LAB/encrypted" >"$LAB/said"
equal "what must be encrypted ends at the rules" \
	"$(jq -r '.frames[-1] | "\(.reason) \([.stages[] | select(.passed == false).name] | join(" "))"' \
		"$LAB/said")" "clear_text allow"
equal "while the policy in force is the one before" \
	"$(reason_of ct 198.18.210.101 tcp/8081)" "drop service"

# A live connection: its own frames, captured at the device.
lab_spawn ct tcpdump tcpdump -U --immediate-mode -w "$LAB/trace" -i eth0 tcp port 8080
within 5 grep -q listening "$LAB/tcpdump.log" || sleep 1
lab_spawn ct session sh -c "(printf 'GET'; sleep 5) | nc 198.18.210.101 8080"
holds_frames() {
	[ "$(stat -c %s "$LAB/trace")" -gt 360 ]
}
# Both SYNs, the answer to them and the first data are a bit more than that.
within 5 holds_frames
cp "$LAB/trace" "$LAB/trace.pcap"
explain --pcap "$LAB/trace.pcap" >"$LAB/said"
check "frames of a capture are judged in their order" \
	[ "$(jq '.frames | length' "$LAB/said")" -ge 4 ]
equal "those of a live connection belong to it" \
	"$(jq -r '[.frames[2:][] | .reason] | unique | join(" ")' "$LAB/said")" "flow"
equal "from either side" "$(jq -r '[.frames[] | .port] | unique | join(" ")' "$LAB/said")" "it ward"
printf 'nonsense' >"$LAB/nonsense"
check "what is no capture is refused" refused wardgate explain --pcap "$LAB/nonsense"

wardgate quarantine ct >/dev/null
equal "a quarantine counts" "$(reason_of ct 198.18.210.101 tcp/8080)" "drop quarantined"
wardgate release ct >/dev/null
equal "until the device is released" "$(reason_of ct 198.18.210.101 tcp/8080)" "pass new_flow"
check "a capture of a stranger is judged as one" bash -c '/usr/bin/python3 - "$1" <<-END
	from scapy.all import Ether, IP, TCP, wrpcap
	wrpcap(__import__("sys").argv[1], [Ether(src="02:00:00:00:99:99", dst="02:00:00:00:21:a1") /
	       IP(src="198.18.110.11", dst="198.18.210.101") / TCP(dport=8080, flags="S")])
	END' - "$LAB/stranger"
equal "with the port at which it comes in" \
	"$(reason_of --pcap "$LAB/stranger" --port ward)" "drop spoofed_mac"
equal "received by the ports is the sum of all verdicts" "$(gateway_received)" "$(gateway_judged)"
exit $((failures > 0))
