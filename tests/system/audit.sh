#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The audit log: who did what, chained, whole again after a crash.
cd "$(dirname "$0")/../.." || exit 1
. tests/system/common.sh

log() {
	"$LAB_BUILD/wardgate" audit "$@"
}

verify() {
	log verify --json "$LAB/state/audit.jsonl" "$@"
}

stop_hard() {
	kill -KILL "$LAB_GATEWAY_PID"
	wait "$LAB_GATEWAY_PID" 2>/dev/null
}

lab_open
load_cables
load_policy >"$LAB/policy"
mkdir -p "$LAB/state"
# Of before there was a chain.
printf '{"action":"apply","subject":"%s"}\n' one two >"$LAB/state/audit.jsonl"
gateway_start "$LAB/policy"
equal "the chain begins behind an older log" "$(verify | jq -c '[.whole, .older]')" '[true,2]'
wardgate quarantine load-1 >/dev/null
wardgate apply "$LAB/policy" >/dev/null
equal "lines say who did what" \
	"$(log --json "$LAB/state/audit.jsonl" | jq -r \
		'[.entries[] | select(.uid == 0) | "\(.action) \(.outcome)"] | join(", ")')" \
	"quarantine done, apply started, apply done"
head=$(verify | jq -r '"\(.sequence) \(.hash)"')
equal "status has the head of the chain" "$(status_of '"\(.audit.sequence) \(.audit.hash)"')" "$head"
check "the metrics, too" within 5 grep -q "^wardgate_audit_info{hash=\"${head#* }\"} 1$" \
	"$LAB/textfile/wardgate.prom"
stop_hard
truncate -s -20 "$LAB/state/audit.jsonl"
equal "a line that a crash cut short is no change" \
	"$(verify | jq -c '[.whole, .unfinished]')" '[true,true]'
equal "but a head that was noted before is missed" \
	"$(verify --head "${head#* }" >/dev/null; echo $?)" 7
gateway_start "$LAB/policy"
equal "the next daemon mends it" "$(verify | jq -c '[.whole, .unfinished, .cut]')" '[true,false,1]'
equal "with a line that says so" \
	"$(grep -c '"mends":true.*"action":"mend".*cut short' "$LAB/state/audit.jsonl")" 1
wardgate release load-1 >/dev/null

sed 's/"action":"quarantine","subject":"load-1"/"action":"quarantine","subject":"load-2"/' \
	"$LAB/state/audit.jsonl" >"$LAB/edited"
equal "a changed line is found" "$(log verify "$LAB/edited" >/dev/null; echo $?)" 7
sed '/"action":"quarantine"/d' "$LAB/state/audit.jsonl" >"$LAB/removed"
equal "and a removed one" "$(log verify "$LAB/removed" >/dev/null; echo $?)" 7
equal "the log itself is whole" "$(verify | jq .whole)" true
exit $((failures > 0))
