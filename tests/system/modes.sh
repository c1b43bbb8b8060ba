#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Enforcement: in audit mode all goes on and is reported, enforced it is not, closed nothing goes.
cd "$(dirname "$0")/../.." || exit 1
. tests/system/common.sh
. tests/system/cables.sh

# policy ALL LINK PROFILE DEVICE: enforcement at the four levels, each a word or "-".
policy() {
	local all=${1#-} link=${2#-} profile=${3#-} device=${4#-}
	cat <<-END
	version: 1
	${all:+enforcement: $all}
	links:
	  - {name: ward, clinical: clinical, it: it${link:+, enforcement: $link}}
	networks:
	  server: [198.18.0.101]
	profiles:
	  plain:
	    ${profile:+enforcement: $profile}
	    allow:
	      - {to: server, services: [tcp/8080]}
	devices:
	  - {name: device, mac: "02:00:00:00:00:01", ip: 198.18.0.1,
	     profile: plain${device:+, enforcement: $device}}
	END
}

apply() {
	policy "$@" >"$LAB/policy.$$"
	wardgate apply "$LAB/policy.$$"
}

audited() {
	wardgate --json drops --audited | jq --arg reason "$1" \
		'[.drops[] | select(.reason == $reason).packets] | add // 0'
}

lab_open
lab_netns gateway
cable device clinical 198.18.0.1/24 02:00:00:00:00:01
cable server it 198.18.0.101/24 02:00:00:00:00:a1
policy audit - - - >"$LAB/policy"
gateway_start "$LAB/policy"
plug device server
serve server 8080
serve server 8081

check "in audit mode, what is allowed goes on" fetches device 198.18.0.101 8080
check "and what is not" fetches device 198.18.0.101 8081
check "and is counted under its reason" test "$(audited service)" -gt 0
check "which status warns of" test "$(status_of .audited.packets)" -gt 0
lab_spawn gateway watch "$LAB_BUILD/wardgate" --socket "$LAB/socket" --json watch --reason unsolicited
check "watch says that it waits" within 5 grep -q 'waiting for drops for the reason unsolicited;' \
	"$LAB/watch.log"
check "an answer to what passes in audit mode" fetches device 198.18.0.101 8081
check "is not taken for one that asks" within 5 grep -q \
	'"text":"profile plain, where a rule for what it answers would go"' "$LAB/watch.log"
check "apply: the link enforces" apply audit enforce - -
check "then it does not" refused fetches device 198.18.0.101 8081
check "what is allowed goes on" fetches device 198.18.0.101 8080
check "apply: the profile audits" apply - enforce audit -
check "then it goes on" fetches device 198.18.0.101 8081
check "apply: the device enforces" apply audit audit audit enforce
check "then it does not" refused fetches device 198.18.0.101 8081
check "apply: the device audits" apply - - - audit
check "then it goes on" fetches device 198.18.0.101 8081
check "apply: the profile is closed" apply - - closed audit
check "then nothing goes, allowed or not" refused fetches device 198.18.0.101 8080
check "and it is said" grep -q closed <(gateway_drops)
check "apply: all is closed" apply closed - - enforce
check "then nothing goes" refused fetches device 198.18.0.101 8080
check "apply: nothing is said of enforcement" apply - - - -
check "then what is allowed goes" fetches device 198.18.0.101 8080
check "and nothing else" refused fetches device 198.18.0.101 8081
equal "status counts what audit mode let pass since the apply" "$(status_of .audited.packets)" 0
check "drops counts what it let pass before" test "$(audited service)" -gt 0
exit $((failures > 0))
