#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kill -9 of the daemon under load: not a packet is lost, the counters go on, the next daemon
# continues them.
cd "$(dirname "$0")/../.." || exit 1
. tests/system/common.sh

KILLS=${KILLS:-20}
SECONDS_OF_LOAD=${SECONDS_OF_LOAD:-15}

kill_again_and_again() {
	local i killed=0
	for ((i = 1; i <= KILLS; i++)); do
		sleep 0.3
		kill -KILL "$LAB_GATEWAY_PID" && killed=$((killed + 1))
		wait "$LAB_GATEWAY_PID" 2>/dev/null
		gateway_start "$LAB/policy"
	done
	echo "$killed $LAB_GATEWAY_PID" >"$LAB/killed"
}

lab_open
load_cables
load_policy >"$LAB/policy"
gateway_start "$LAB/policy"
load 1 100000
first=$(status_of .passed.packets)
equal "before: what was sent has passed" "$first" "$sent"
all=$sent

kill_again_and_again &
killer=$!
lab_register "pid $killer $(lab_started $killer)"
load "$SECONDS_OF_LOAD" 1000000
wait "$killer"
read -r killed LAB_GATEWAY_PID <"$LAB/killed"
all=$((all + sent))
equal "the daemon was killed $KILLS times under load" "$killed" "$KILLS"
equal "no allowed frame of $sent is lost" "$received" "$sent"
equal "no forbidden frame of $sent_forbidden passes" "$received_forbidden" 0
equal "the counters went on over all daemons" "$(status_of .passed.packets)" "$all"
equal "received by the ports is the sum of all verdicts" "$(gateway_received)" "$(gateway_judged)"

kill -KILL "$LAB_GATEWAY_PID"
wait "$LAB_GATEWAY_PID" 2>/dev/null
load 1 100000
all=$((all + sent))
equal "no daemon: no allowed frame is lost" "$received" "$sent"
equal "no daemon: no forbidden frame passes" "$received_forbidden" 0
gateway_start "$LAB/policy"
equal "the next daemon has counted what passed without one" "$(status_of .passed.packets)" "$all"
flows=$(wardgate --json devices | jq '[.devices[].flows] | add')
equal "and knows the live flows" "$flows" 100
exit $((failures > 0))
