#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The daemon's dealings with the machine: ports, pins, files, other users, other daemons.
cd "$(dirname "$0")/../.." || exit 1
. tests/system/common.sh
# For peer_program.
. tools/lab/actors.sh

lab_open
load_cables
load_policy >"$LAB/policy"

flags_of() {
	lab_in gateway ip -j -d link show dev "$1" | jq -r '.[0] | "\(.promiscuity) \(.xdp.mode // 0)"'
}

rxvlan_of() {
	lab_in gateway ethtool -k "$1" | sed -n 's/^rx-vlan-offload: //p'
}

clinical_is() {
	within 5 is "$1" status_of '.links[0].clinical.state'
}

before="$(flags_of gw0) $(rxvlan_of gw0)"
equal "a port before: not promiscuous, no XDP, VLAN stripping on" "$before" "0 0 on"
gateway_start "$LAB/policy"
equal "a port at work: promiscuous, native XDP, no VLAN stripping" \
	"$(flags_of gw0) $(rxvlan_of gw0)" "1 1 off"

second() {
	lab_in gateway "$LAB_BUILD/wardgated" --socket "$LAB/socket" --bpffs "$LAB/bpf/wardgate" \
		--state "$LAB/state" 2>&1
}
check "a second daemon is refused" bash -c '! "$@"' - timeout 10 nsenter \
	--net="$(lab_path gateway)" "$LAB_BUILD/wardgated" --socket "$LAB/socket" \
	--bpffs "$LAB/bpf/wardgate" --state "$LAB/state"
check "and says that one is running" grep -q 'listens\|running\|in use' <(second)

equal "root may ask" "$(wardgate status >/dev/null 2>&1; echo $?)" 0
chmod 755 "$LAB_ROOT" "$LAB"
equal "another user may not, and learns why by the exit code" \
	"$(setpriv --reuid 65534 --regid 65534 --clear-groups "$LAB_BUILD/wardgate" \
		--socket "$LAB/socket" status >/dev/null 2>&1; echo $?)" 4

check "the textfile is whole and promtool is silent" bash -c \
	'said=$("$1" check metrics <"$2" 2>&1) && [ -z "$said" ]' - \
	"$(peer_program promtool)" "$LAB/textfile/wardgate.prom"

sed 's/gw0/nosuch/' "$LAB/policy" >"$LAB/nosuch"
wardgate apply "$LAB/nosuch" >"$LAB/said" 2>&1
equal "a port that does not exist is refused" "$?" 6
check "by its name" grep -q nosuch "$LAB/said"

load 1 100000
equal "traffic passes" "$received" "$sent"

# An interface that goes and comes back, as a NIC in a reset or a re-plugged adapter does.
lab_in gateway ip link del gw0
check "a port that is gone is reported" clinical_is missing
ip link add gen0 netns "$LAB_PREFIX-generator" type veth peer name gw0 netns "$LAB_PREFIX-gateway"
lab_in generator ethtool -K gen0 gro on
lab_in generator ip link set gen0 up
lab_in gateway ip link set gw0 up
check "a port that is back is attached again" clinical_is attached
load 1 100000
equal "and its traffic passes" "$received" "$sent"

# One that comes back under another XDP program is not judged, and is not called well.
lab_in gateway ip link del gw0
ip link add gen0 netns "$LAB_PREFIX-generator" type veth peer name gwy netns "$LAB_PREFIX-gateway"
lab_in generator ethtool -K gen0 gro on
lab_in generator ip link set gen0 up
if lab_in gateway ip link set dev gwy xdp obj "$LAB_BUILD/tests/system/load.bpf.o" sec xdp 2>/dev/null; then
	lab_in gateway ip link set gwy name gw0
	lab_in gateway ip link set gw0 up
	check "a port with a foreign program is unprotected" clinical_is unprotected
	equal "that has an exit code" "$(wardgate status >"$LAB/said"; echo $?)" 6
	check "and a sentence" grep -q 'port gw0 .* is unprotected: .*unjudged' "$LAB/said"
	check "the metrics do not call it attached" within 5 \
		grep -q '^wardgate_port_attached{port="gw0",.*} 0$' "$LAB/textfile/wardgate.prom"
	sleep 1
	between "the daemon does not try for ever" \
		"$(grep -c 'in force, but another XDP program' "$LAB/wardgated.log")" 1 3
	lab_in gateway ip link set dev gw0 xdp off
else
	skip "a port with a foreign program is unprotected" "iproute2 could not attach one"
	lab_in gateway ip link set gwy name gw0
	lab_in gateway ip link set gw0 up
fi
check "without it, the port is attached again" clinical_is attached
load 1 100000
equal "and its traffic passes again" "$received" "$sent"

# A port that is renamed must not go on with an old policy, and must not stop a revocation.
rename() {
	lab_in gateway ip link set "$1" down
	lab_in gateway ip link set "$1" name "$2"
	lab_in gateway ip link set "$2" up
}
rename gw0 gwx
sed 's/udp.5000/udp\/5009/' "$LAB/policy" >"$LAB/revoking"
check "a revocation is applied while a port is missing" wardgate apply "$LAB/revoking"
load 1 100000
equal "its old interface passes nothing" "$received" 0
rename gwx gw0
clinical_is attached >/dev/null
check "with its name back, the policy is applied" wardgate apply "$LAB/policy"
load 1 100000
equal "and traffic passes again" "$received" "$sent"

# In an incident: all devices at once, or none.
mapfile -t all < <(seq -f 'load-%g' 100)
wardgate quarantine "${all[@]}" nosuch >"$LAB/said" 2>&1
equal "a hundred devices and an unknown one are refused" "$? $(status_of .quarantined)" "2 0"
equal "a hundred devices go into quarantine" \
	"$(wardgate quarantine "${all[@]}" | grep -c 'is in quarantine')" 100
load 1 100000
equal "and none gets anything through" "$received" 0
equal "each is in the audit log" "$(grep -c '"action":"quarantine"' "$LAB/state/audit.jsonl")" 100
equal "they are released" "$(wardgate release "${all[@]}" | grep -c 'is out of quarantine')" 100
wardgate release >"$LAB/said" 2>&1
equal "a release of nobody is refused" "$? $(cat "$LAB/said")" \
	"2 wardgate: release needs at least one DEVICE..."
wardgate quarantine $(seq 8193) >"$LAB/said" 2>&1
check "too many are refused with how many may be" grep -q 'at most 8192 devices at once' "$LAB/said"

# A file that was cut off looks like a policy, too.
sed '/load-[4-9][0-9]\|load-100/d' "$LAB/policy" >"$LAB/fewer"
wardgate apply "$LAB/fewer" >"$LAB/said" 2>&1
check "an apply says how many devices it takes away" \
	grep -q 'applied as generation .*: devices 100 -> 39 (61 removed), rules 1 -> 1;' "$LAB/said"
check "and warns when they are most" grep -q '^warning: this policy leaves out 61 of 100 devices:' "$LAB/said"
check "the log says so, too" grep -q 'fewer takes 61 of 100 devices away' "$LAB/wardgated.log"
equal "as JSON" "$(wardgate --json apply "$LAB/policy" 2>"$LAB/said" | jq -c .change)" \
	'{"devices_added":61,"devices_before":39,"devices_removed":0,"rules_before":1}'
check "devices that come are no warning" bash -c '! grep -q "leaves out" "$1"' - "$LAB/said"

# Ctrl-C while the daemon is at work.
generation=$(status_of .generation)
kill -STOP "$LAB_GATEWAY_PID"
"$LAB_BUILD/wardgate" --socket "$LAB/socket" apply "$LAB/policy" >"$LAB/said" 2>&1 &
applying=$!
sleep 0.5
kill -INT "$applying"
wait "$applying"
equal "Ctrl-C ends an apply that waits" "$?" 130
kill -CONT "$LAB_GATEWAY_PID"
check "which says that the daemon goes on" grep -q 'wardgated goes on with the apply; `wardgate status`' \
	"$LAB/said"
check "as it does" within 5 is $((generation + 1)) status_of .generation

# A daemon that cannot read the stored policy leaves what runs alone, and does not call that well.
restart_from_store() {
	kill "$LAB_GATEWAY_PID"
	wait "$LAB_GATEWAY_PID" 2>/dev/null
	lab_spawn gateway wardgated "$LAB_BUILD/wardgated" --socket "$LAB/socket" \
		--state "$LAB/state" --bpffs "$LAB/bpf/wardgate"
	LAB_GATEWAY_PID=$LAB_PID
	within 5 gateway_answers
}
restart_from_store
equal "a restart from the stored policy is well" "$(wardgate status >/dev/null; echo $?)" 0
sed "s|\"name\": \"[^\"]*\"|\"name\": \"/etc/wardgate/ward.yaml\"|" "$LAB/state/policy.json" \
	>"$LAB/state/policy.next"
restart_from_store
equal "one after a death between publish and commit knows the policy's name" \
	"$(status_of .policy)" /etc/wardgate/ward.yaml
check "and puts it in its place" grep -q /etc/wardgate/ward.yaml "$LAB/state/policy.json"
equal "nothing else is left" "$(ls "$LAB/state")" $'audit.jsonl\npolicy.json'
echo 'version: 99' >"$LAB/state/policy.json"
restart_from_store
equal "one from a damaged policy is not" "$(wardgate status >"$LAB/said"; echo $?)" 6
check "which the first line says" grep -q '^generation [0-9]* goes on, but this daemon could not' \
	"$LAB/said"
check "and the last apply" [ "$(status_of .last_apply.ok)" = false ]
for command in rules devices preflight; do
	equal "$command has no empty list then" "$(wardgate "$command" >"$LAB/said" 2>&1; echo $?)" 6
	check "but says why" grep -q 'could not read its policy' "$LAB/said"
done
load 1 100000
equal "what runs goes on" "$received" "$sent"
rm "$LAB/state/policy.json"
restart_from_store
equal "nor is one from a policy that is gone" "$(wardgate status >/dev/null; echo $?)" 6
check "which the last apply says" [ "$(status_of .last_apply.message)" = "there is no policy in $LAB/state" ]
check "an apply mends it" wardgate apply "$LAB/policy"
equal "then all is well again" "$(wardgate status >/dev/null; echo $?)" 0

# Files that cannot be written.
kill "$LAB_GATEWAY_PID"
wait "$LAB_GATEWAY_PID" 2>/dev/null
mkdir -p "$LAB/small"
lab_register "mount $LAB/small"
mount -t tmpfs -o size=64k tmpfs "$LAB/small"
cp "$LAB/policy" "$LAB/policy.2"
sed 's/udp.5002/udp\/5009/' "$LAB/policy" >"$LAB/other"
lab_spawn gateway wardgated "$LAB_BUILD/wardgated" --policy "$LAB/policy" --socket "$LAB/socket" \
	--state "$LAB/small/state" --bpffs "$LAB/bpf/wardgate" --textfile "$LAB/small/m.prom" --interval 1
LAB_GATEWAY_PID=$LAB_PID
within 5 gateway_answers
generation=$(status_of .generation)
head -c 1000000 /dev/zero >"$LAB/small/full" 2>/dev/null
wardgate quarantine "${all[@]}" >"$LAB/said" 2>&1
equal "a full disk keeps nobody from a quarantine" "$? $(status_of .quarantined)" "0 100"
check "the log says why it is not in the audit log" \
	grep -q 'audit.jsonl: No space left on device' "$LAB/wardgated.log"
check "which has whole lines still" jq -es length "$LAB/small/state/audit.jsonl"
wardgate apply "$LAB/other" >"$LAB/said" 2>&1
equal "a full disk refuses an apply" "$?" 5
check "and names the file" grep -q "$LAB/small/state" "$LAB/said"
equal "what runs is untouched" "$(status_of .generation)" "$generation"
rm "$LAB/small/full"
check "with room again, it is applied" wardgate apply "$LAB/other"
check "a release is written down" wardgate release "${all[@]}"
check "after what was there before" jq -es length "$LAB/small/state/audit.jsonl"

lab_in gateway "$LAB_BUILD/wardgated" detach --bpffs "$LAB/bpf/wardgate" >"$LAB/said" 2>&1
equal "detach while a daemon runs is refused" "$?" 5
check "and says why" grep -q 'another wardgated' "$LAB/said"
kill "$LAB_GATEWAY_PID"
wait "$LAB_GATEWAY_PID" 2>/dev/null
"$LAB_BUILD/wardgated" detach --bpffs "$LAB/bpf/wardgate" >"$LAB/said" 2>&1
equal "detach in another network namespace is refused" "$?" 5
check "and says where to do it" grep -q 'not in this network namespace' "$LAB/said"
check "detach succeeds" lab_in gateway "$LAB_BUILD/wardgated" detach --bpffs "$LAB/bpf/wardgate"
equal "a port after: as it was before" "$(flags_of gw1) $(rxvlan_of gw1)" "$before"
check "no pin is left" [ ! -e "$LAB/bpf/wardgate" ]

# A start is not torn: a signal is heard when the policy is in force.
rm -f "$LAB/socket"
lab_spawn gateway started "$LAB_BUILD/wardgated" --policy "$LAB/policy" --socket "$LAB/socket" \
	--state "$LAB/state" --bpffs "$LAB/bpf/wardgate"
until [ -S "$LAB/socket" ]; do sleep 0.01; done
kill -HUP "$LAB_PID"
kill "$LAB_PID"
wait "$LAB_PID"
equal "a daemon that is told to stop while it starts stops well" "$?" 0
check "when its policy is in force" grep -q 'stopped; generation [1-9]' "$LAB/started.log"
check "detach after it" lab_in gateway "$LAB_BUILD/wardgated" detach --bpffs "$LAB/bpf/wardgate"

lab_in gateway ip link set dev gw1 xdp obj "$LAB_BUILD/tests/system/load.bpf.o" sec xdp 2>/dev/null
lab_spawn gateway foreign "$LAB_BUILD/wardgated" --policy "$LAB/policy" --socket "$LAB/socket" \
	--state "$LAB/state" --bpffs "$LAB/bpf/wardgate"
if lab_in gateway ip -d link show dev gw1 | grep -q 'prog/xdp'; then
	check "another XDP program on a port is named" within 5 grep -q \
		'another XDP program is attached to port gw1' "$LAB/foreign.log"
	check "and the other port has its policy" within 5 is "1 1" flags_of gw0
else
	skip "another XDP program on a port is named" "iproute2 could not attach one"
fi
exit $((failures > 0))
