#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Rules end to the second while the daemon is dead: one expires, another is out of its hours. Live
# sessions stop; one under another rule goes on.
cd "$(dirname "$0")/../.." || exit 1
. tests/system/common.sh

# By the wall clock of New York, from the time in seconds.
local_time() {
	TZ=America/New_York LC_ALL=C date -d "@$1" "$2"
}

# $1: when both rules end, in seconds; whole minutes.
policy() {
	cat <<-END
	version: 1
	time-zone: America/New_York
	links: [{name: ward, clinical: clinical, it: it}]
	networks: {server: [198.18.110.101]}
	profiles:
	  scanner:
	    allow:
	      - {to: server, services: [tcp/7000], expires: "$(local_time "$1" '+%F %H:%M')", log: true}
	      - {to: server, services: [tcp/7001],
	         hours: "$(local_time $(($1 - 21600)) '+%a %H:%M')-$(local_time "$1" '+%H:%M')"}
	      - {to: server, services: [tcp/7002]}
	devices:
	  - {name: ct-1, mac: 02:00:00:00:11:01, vlan: 110, ip: 198.18.110.11, profile: scanner}
	END
}

# A line each tenth of a second, to port $1.
session() {
	lab_spawn server "arrived$1" nc -l -k "$1"
	lab_wait_listen server "$1"
	lab_spawn ct1 "sender$1" bash -c \
		"for i in \$(seq 900); do echo \"line \$i\"; sleep 0.1; done | nc -N 198.18.110.101 $1"
}

lines() {
	wc -l <"$LAB/arrived$1.log"
}

# More than a moment ago?
goes_on() {
	local before
	before=$(lines "$1")
	sleep 1
	[ "$(lines "$1")" -gt "$before" ]
}

stopped() {
	! goes_on "$1"
}

lab_open
lab_switch bedside
lab_switch datacenter
lab_host ct1 bedside 110 198.18.110.11/24 02:00:00:00:11:01
lab_host server datacenter 110 198.18.110.101/24 02:00:00:00:11:a1
lab_netns gateway
lab_wire bedside gateway clinical
lab_wire datacenter gateway it
# The next whole minute from which there are some seconds left for what comes before.
end=$((($(date +%s) + 12) / 60 * 60 + 60))
policy "$end" >"$LAB/policy"
gateway_start "$LAB/policy"
check "the daemon's log says what will expire" grep -q \
	'policy:8: the rule to server of the profile scanner expires 20' "$LAB/wardgated.log"
equal "status counts it" "$(status_of '.expiry.expiring, .expiry.expired' | xargs)" "1 0"
check "and warns" grep -q '^warning: the rule to server of the profile scanner (.*policy:8) expires: ' \
	<(wardgate status)

wardgate watch >"$LAB/watched" 2>&1 &
watcher=$!
lab_register "pid $watcher $(lab_started $watcher)"
within 3 is 1 status_of .watchers
for port in 7000 7001 7002; do
	session "$port"
done
for port in 7000 7001 7002; do
	check "a session to port $port works" within 5 goes_on "$port"
done
check "watch tells of the new flow of the rule with log" within 3 grep -q \
	'ct-1 -> 198.18.110.101 (server) tcp/7000  opened: .*policy:8: profile scanner' "$LAB/watched"
equal "and of no other" "$(grep -c opened: "$LAB/watched")" 1
kill "$watcher"

kill -KILL "$LAB_GATEWAY_PID"
wait "$LAB_GATEWAY_PID" 2>/dev/null
check "all sessions go on without the daemon" eval "goes_on 7000 && goes_on 7001 && goes_on 7002"
while [ "$(date +%s)" -lt "$end" ]; do
	sleep 0.1
done
sleep 0.5
check "the session of the rule that has expired stops" stopped 7000
check "so does that of the rule that is out of its hours" stopped 7001
check "the third goes on" goes_on 7002
check "no new session opens by the expired rule" bash -c '! "$@"' - \
	nsenter --net="$(lab_path ct1)" nc -z -w 1 198.18.110.101 7000
check "nor out of hours" bash -c '! "$@"' - \
	nsenter --net="$(lab_path ct1)" nc -z -w 1 198.18.110.101 7001

gateway_start "$LAB/policy"
nearest() {
	wardgate --json explain ct-1 198.18.110.101 "$1" |
		jq -r '.frames[0] | "\(.reason) \(.nearest.edit | split(" than |,"; "")[0]) \(.nearest.where.line)"'
}
equal "explain names the rule that has expired" "$(nearest tcp/7000)" \
	'rule_expired give this rule a later `expires` 8'
equal "and the one that is out of its hours" "$(nearest tcp/7001)" \
	'out_of_hours wait for the `hours` of this rule 9'
check "the counters say why" grep -q $'^ct-1\trule_expired\t[1-9]' <(gateway_drops)
check "of each" grep -q $'^ct-1\tout_of_hours\t[1-9]' <(gateway_drops)
check "the next daemon says that it has expired" grep -q \
	'policy:8: the rule to server of the profile scanner has expired' "$LAB/wardgated.log"
equal "status counts it" "$(status_of '.expiry.expiring, .expiry.expired' | xargs)" "0 1"
check "the metrics, too" within 5 grep -q '^wardgate_rules_expired 1$' "$LAB/textfile/wardgate.prom"
check "the third still goes on" goes_on 7002
exit $((failures > 0))
