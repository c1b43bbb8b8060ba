#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A device in quarantine is off the network at once, and stays so over applies and daemons.
cd "$(dirname "$0")/../.." || exit 1
. tests/system/common.sh

# $1: a line for the profile of quarantined devices, or nothing.
policy() {
	cat <<-END
	version: 1
	${1:+quarantine: repair}
	links: [{name: ward, clinical: clinical, it: it}]
	networks: {server: [198.18.110.101]}
	profiles:
	  scanner:
	    allow:
	      - {to: server, services: [icmp/echo, tcp/7000]}
	  ${1:-}
	devices:
	  - {name: ct-1, mac: 02:00:00:00:11:01, vlan: 110, ip: 198.18.110.11, profile: scanner}
	  - {name: ct-2, mac: 02:00:00:00:11:02, vlan: 110, ip: 198.18.110.12, profile: scanner}
	END
}

reaches() {
	lab_in "$1" ping -q -c 1 -W 1 198.18.110.101 >/dev/null
}

reaches_not() {
	! reaches "$1"
}

lab_open
lab_switch bedside
lab_switch datacenter
lab_host ct1 bedside 110 198.18.110.11/24 02:00:00:00:11:01
lab_host ct2 bedside 110 198.18.110.12/24 02:00:00:00:11:02
lab_host server datacenter 110 198.18.110.101/24 02:00:00:00:11:a1
lab_netns gateway
lab_wire bedside gateway clinical
lab_wire datacenter gateway it
policy >"$LAB/policy"
gateway_start "$LAB/policy" --max-devices 3

lab_spawn server arrived nc -l -k 7000
lab_wait_listen server 7000
lab_spawn ct1 sender bash -c \
	'for i in $(seq 200); do echo "line $i"; sleep 0.1; done | nc -N 198.18.110.101 7000'
check "a device reaches its server" within 3 reaches ct1
check "its session works" within 5 grep -q 'line 5' "$LAB/arrived.log"
equal "no device is in quarantine" "$(wardgate quarantine)" "no device is in quarantine"

generation=$(status_of .generation)
equal "a device goes into quarantine" "$(wardgate quarantine ct-1)" "ct-1 is in quarantine"
stopped=$(wc -l <"$LAB/arrived.log")
check "it reaches nothing any more" reaches_not ct1
sleep 1
equal "not a line more arrives in its live session" "$(wc -l <"$LAB/arrived.log")" "$stopped"
check "another device is not touched" reaches ct2
check "its drops say why" grep -q $'^ct-1\tquarantined\t[1-9]' <(gateway_drops)
equal "it took no new generation" "$(status_of .generation)" "$generation"
equal "it is listed" "$(wardgate quarantine)" ct-1
equal "status counts it" "$(status_of .quarantined)" 1
equal "devices shows it" \
	"$(wardgate --json devices | jq -r '.devices[] | select(.quarantined).name')" ct-1
check "the daemon's log says who did it" grep -q 'ct-1 is in quarantine, by user 0' "$LAB/wardgated.log"
check "the audit log, too" grep -q '"action":"quarantine","subject":"ct-1"' "$LAB/state/audit.jsonl"

# Who is root by sudo was somebody else when he logged in.
logged_in() {
	(echo 198180 >/proc/self/loginuid && wardgate "$@") 2>/dev/null
}
if logged_in quarantine ct-2 >/dev/null; then
	check "the log says who logged in" grep -q \
		'ct-2 is in quarantine, by user 0, who logged in as user 198180$' "$LAB/wardgated.log"
	check "the audit log, too" grep -q '"uid":0,"login":198180,.*"subject":"ct-2"' \
		"$LAB/state/audit.jsonl"
	wardgate release ct-2 >/dev/null
else
	skip "the log says who logged in" "this kernel does not let a test log in"
fi
equal "a device is released by its MAC" "$(wardgate release 02-00-00-00-11-01)" \
	"ct-1 is out of quarantine"
equal "and goes into quarantine by its address" "$(wardgate quarantine 198.18.110.11)" \
	"ct-1 is in quarantine"
equal "devices shows the one that is asked for" \
	"$(wardgate --json devices 198.18.110.12 | jq -r '.devices[].name, .next')" $'ct-2\nnull'
equal "rules those of its profile" "$(wardgate --json rules ct-2 | jq -r '.rules[].peer')" server
for command in "quarantine ct1" "devices ct1" "rules ct1" "drops --device ct1" "watch --device ct1" \
	"explain ct1 198.18.110.101 tcp/7000"; do
	# shellcheck disable=SC2086
	wardgate $command >"$LAB/said" 2>&1
	equal "$command: a misspelt name is refused" "$?" 2
	check "with the one that was meant" grep -q "'ct1'.*did you mean 'ct-1'?" "$LAB/said"
done
check "the metrics show it" within 5 \
	grep -q '^wardgate_device_quarantined{device="ct-1"} 1$' "$LAB/textfile/wardgate.prom"

wardgate quarantine ct-2 nosuch >"$LAB/said" 2>&1
equal "an unknown name is refused" "$?" 2
equal "and then none of the names is touched" "$(wardgate quarantine)" ct-1

wardgate apply "$LAB/policy" >/dev/null
check "an apply does not end it" reaches_not ct1
kill -KILL "$LAB_GATEWAY_PID"
wait "$LAB_GATEWAY_PID" 2>/dev/null
check "a killed daemon does not end it" reaches_not ct1
gateway_start "$LAB/policy"
check "nor does a new daemon" reaches_not ct1

policy "repair: {allow: [{to: server, services: [icmp/echo]}]}" >"$LAB/repair"
wardgate apply "$LAB/repair" >/dev/null
check "a quarantine profile allows what it names" reaches ct1
check "and nothing else" bash -c '! "$@"' - nsenter --net="$(lab_path ct1)" \
	nc -z -w 1 198.18.110.101 7000

# A quarantine is kept under a name: another name must not end it in silence.
sed 's/name: ct-1/name: 1-ct/' "$LAB/repair" >"$LAB/renamed"
generation=$(status_of .generation)
wardgate preflight "$LAB/renamed" >"$LAB/said" 2>&1
equal "a new name for a device in quarantine is refused by preflight" "$?" 6
wardgate apply "$LAB/renamed" >"$LAB/said" 2>&1
equal "and by apply, as the policy's fault" "$?" 1
check "which counts it as one error" grep -q 'renamed: refused: 1 error, 0 warnings; nothing was changed' \
	"$LAB/said"
check "with what to do" grep -q \
	'ct-1 is in quarantine and is called 1-ct here: release it first, or keep its name' "$LAB/said"
equal "nothing was touched" "$(status_of .generation) $(wardgate quarantine)" "$generation ct-1"
kill "$LAB_GATEWAY_PID"
wait "$LAB_GATEWAY_PID" 2>/dev/null
gateway_start "$LAB/renamed"
check "a daemon that starts with it refuses it, too" grep -q 'ct-1 is in quarantine and is called 1-ct' \
	"$LAB/wardgated.log"
equal "and goes on with the policy before" "$(wardgate quarantine)" ct-1

# Three slots and no more: who leaves gives way, and one in quarantine last.
sed '/name: ct-1/d' "$LAB/repair" >"$LAB/without"
wardgate apply "$LAB/without" >"$LAB/said" 2>&1
equal "a device in quarantine may leave the policy" "$?" 0
check "which is said" grep -q '^warning: ct-1 is in quarantine and leaves the policy' "$LAB/said"
equal "its quarantine stays" "$(wardgate quarantine)" "ct-1 (no longer in the policy)"
for name in ct-3 ct-4 ct-5; do
	sed "/name: ct-1/d; s/name: ct-2/name: $name/" "$LAB/repair" >"$LAB/other"
	wardgate apply "$LAB/other" >/dev/null 2>&1
done
equal "another's slot is taken before its own" "$(wardgate quarantine)" \
	"ct-1 (no longer in the policy)"
check "with its name back" wardgate apply "$LAB/repair"
equal "it is in quarantine" "$(wardgate quarantine)" ct-1

equal "it is released" "$(wardgate release ct-1)" "ct-1 is out of quarantine"
check "and may do again what it may" lab_in ct1 nc -z -w 2 198.18.110.101 7000
equal "a release of one that is not in quarantine says so" "$(wardgate release ct-1)" \
	"ct-1 was not in quarantine"
exit $((failures > 0))
