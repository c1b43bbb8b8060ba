#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A change of policy under load loses no allowed packet, passes no forbidden one, and stops what it
# revokes.
cd "$(dirname "$0")/../.." || exit 1
. tests/system/common.sh

APPLIES=${APPLIES:-100}
SECONDS_OF_LOAD=${SECONDS_OF_LOAD:-15}

# Two policies in turn: both allow port 5000, neither 5001, and a third port differs.
apply_in_turn() {
	local i done=0
	for ((i = 1; i <= APPLIES; i++)); do
		wardgate apply "$LAB/policy.$((i % 2))" >/dev/null 2>>"$LAB/apply.log" && done=$((done + 1))
		sleep 0.05
	done
	echo "$done" >"$LAB/applied"
}

under_load() {
	local before after applies
	load_policy "" udp/5002 >"$LAB/policy.0"
	load_policy "" udp/5003 >"$LAB/policy.1"
	gateway_start "$LAB/policy.0"
	before=$(status_of .generation)
	apply_in_turn &
	applies=$!
	lab_register "pid $applies $(lab_started $applies)"
	load "$SECONDS_OF_LOAD" 1000000
	wait "$applies"
	after=$(status_of .generation)
	equal "all of $APPLIES applies succeed under a million frames a second" \
		"$(cat "$LAB/applied")" "$APPLIES"
	equal "each makes a generation of its own" "$((after - before))" "$APPLIES"
	check "the load was sent: $((sent + sent_forbidden)) frames in $took ms" \
		[ "$((sent + sent_forbidden))" -ge $((SECONDS_OF_LOAD * 990000)) ]
	equal "no allowed frame is lost meanwhile" "$received" "$sent"
	equal "no forbidden frame passes meanwhile" "$received_forbidden" 0
	equal "passed, as counted, is what arrived" "$(status_of .passed.packets)" "$received"
	equal "received by the ports is the sum of all verdicts" \
		"$(gateway_received)" "$(gateway_judged)"
	kill "$LAB_GATEWAY_PID"
	wait "$LAB_GATEWAY_PID" 2>/dev/null
}

session_policy() {
	cat <<-END
	version: 1
	links: [{name: ward, clinical: clinical, it: it}]
	networks: {server: [198.18.110.101]}
	profiles:
	  scanner:
	    allow:
	      - {to: server, services: [$1]}
	devices:
	  - {name: ct-1, mac: 02:00:00:00:11:01, vlan: 110, ip: 198.18.110.11, profile: scanner}
	END
}

# A live TCP session sends a line ten times a second; the server writes down what arrives.
revoked_session() {
	local stopped
	lab_switch bedside
	lab_switch datacenter
	lab_host ct bedside 110 198.18.110.11/24 02:00:00:00:11:01
	lab_host server datacenter 110 198.18.110.101/24 02:00:00:00:11:a1
	lab_netns wardgw
	lab_wire bedside gateway clinical
	lab_wire datacenter gateway it
	session_policy tcp/7000 >"$LAB/allowing"
	session_policy tcp/7001 >"$LAB/revoking"
	gateway_start "$LAB/allowing"
	lab_spawn server arrived nc -l -k 7000
	lab_wait_listen server 7000
	lab_spawn ct sender bash -c \
		'for i in $(seq 100); do echo "line $i"; sleep 0.1; done | nc -N 198.18.110.101 7000'
	check "a TCP session works" within 5 grep -q 'line 5' "$LAB/arrived.log"
	check "the policy that revokes its rule is applied" wardgate apply "$LAB/revoking"
	stopped=$(wc -l <"$LAB/arrived.log")
	sleep 1.5
	equal "not a line more arrives in the live session" "$(wc -l <"$LAB/arrived.log")" "$stopped"
	check "the drop says that the rule was revoked" \
		grep -q $'^ct-1\trevoked\t[1-9]' <(gateway_drops)
}

lab_open
load_cables
under_load
revoked_session
exit $((failures > 0))
