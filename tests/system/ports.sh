#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# One bad port: the others keep their policy, and it is put right when it can be.
cd "$(dirname "$0")/../.." || exit 1
. tests/system/common.sh

export LD_PRELOAD=$LAB_BUILD/tests/system/refuse.so
# Of enum bpf_cmd.
PROG_GET_FD_BY_ID=13 LINK_CREATE=28 LINK_UPDATE=29

# pair NAME [NETNS]: a NIC that nobody looks at the other end of.
pair() {
	lab_in "${2:-gateway}" ip link add "$1" type veth peer name "peer-$1"
	lab_in "${2:-gateway}" ethtool -K "peer-$1" gro on
	lab_in "${2:-gateway}" ip link set "peer-$1" up
	lab_in "${2:-gateway}" ip link set "$1" up
}

# Ids of the XDP programs, "-" for none.
programs() {
	local port
	for port; do lab_in gateway ip -j link show "$port" | jq -r '.[0].xdp.prog.id // "-"'; done | xargs
}

promiscuity() {
	lab_in gateway ip -j -d link show dev "$1" | jq -r '.[0].promiscuity'
}

foreign() {
	lab_in gateway ip link set dev "$1" xdp obj "$LAB_BUILD/tests/system/load.bpf.o" sec xdp \
		2>/dev/null
}

rename() {
	lab_in gateway ip link set "$1" down
	lab_in gateway ip link set "$1" name "$2"
	lab_in gateway ip link set "$2" up
}

states() {
	status_of ".links[$1] | .clinical.state, .it.state" | xargs
}

it_is() {
	within "$1" is "$2" status_of '.links[1].it.state'
}

stop() {
	kill "$LAB_GATEWAY_PID"
	wait "$LAB_GATEWAY_PID" 2>/dev/null
}

lab_open
export WARDGATE_REFUSE=$LAB/refuse
load_cables
pair pc
pair pd
load_policy | sed '/clinical: gw0/a\  - {name: other, clinical: pc, it: pd}' >"$LAB/policy"
sed -i 's/profile: loaded/link: load, profile: loaded/' "$LAB/policy"
sed 's/udp.5000/udp\/5009/' "$LAB/policy" >"$LAB/revoking"

# A NIC that cannot be attached, at start.
foreign pd || {
	skip "the other ports are attached" "iproute2 could not attach a foreign program"
	exit 0
}
# Only links and the daemon's own clock make it try again.
gateway_start "$LAB/policy" --interval 3600
status_of '.links[] | .clinical.state, .it.state' | xargs >"$LAB/said"
equal "at start, a bad port leaves the others their policy" "$(cat "$LAB/said")" \
	"attached attached attached unprotected"
check "which is said" grep -q 'in force, but another XDP program is attached to port pd' \
	"$LAB/wardgated.log"
equal "and has an exit code" "$(wardgate status >/dev/null; echo $?)" 6
load 1 50000
equal "traffic of the others passes" "$received" "$sent"
equal "the bad port is left as it was" "$(promiscuity pd)" 0

before=$(programs gw0 gw1 pc pd)
wardgate apply "$LAB/revoking" >"$LAB/said" 2>&1
equal "an operator's apply is all of it or nothing" "$?" 6
check "it names the port" grep -q 'port pd' "$LAB/said"
sleep 6
equal "and no port gets another program, then or later" "$(programs gw0 gw1 pc pd)" "$before"
lab_in gateway ip link set dev pd xdp off
check "without the other program, the port is attached" it_is 5 attached

# One that goes and comes back bad.
lab_in gateway ip link del pd
it_is 5 missing
pair new
foreign new
generation=$(status_of .generation)
ticks=$(awk '{ print $14 + $15 }' "/proc/$LAB_GATEWAY_PID/stat")
rename new pd
it_is 5 unprotected
sleep 2
between "a port that comes back bad is tried, not over and over" \
	$(($(status_of .generation) - generation)) 1 3
between "and the daemon does not spin" \
	$(($(awk '{ print $14 + $15 }' "/proc/$LAB_GATEWAY_PID/stat") - ticks)) 0 100
equal "the bad port is left as it was" "$(promiscuity pd)" 0
between "and named" "$(grep -c 'in force, but another XDP program is attached to port pd' \
	"$LAB/wardgated.log")" 2 5

# A refusal that makes no message of a link.
echo "$LINK_CREATE 1 1" >"$LAB/refuse"
lab_in gateway ip link set dev pd xdp off
check "what the kernel refuses once is tried again" it_is 12 attached
check "it was refused" grep -q 'cannot attach to port pd: Cannot allocate' "$LAB/wardgated.log"
rm "$LAB/refuse"

# An apply that fails half-way.
before=$(programs gw0 gw1 pc pd)
printf '%s\n' "$PROG_GET_FD_BY_ID 1 1" "$LINK_UPDATE 2 2" >"$LAB/refuse"
wardgate apply "$LAB/revoking" >"$LAB/said" 2>&1
equal "an apply that cannot know the way back is refused" "$?" 5
rm "$LAB/refuse"
equal "and no port has the refused program" "$(programs gw0 gw1 pc pd)" "$before"
echo "$LINK_UPDATE 2 3" >"$LAB/refuse"
wardgate apply "$LAB/revoking" >"$LAB/said" 2>&1
rm "$LAB/refuse"
check "a port that cannot go back is named" grep -q 'port gw0 could not be given its old program' \
	"$LAB/said"
check "an apply mends it" wardgate apply "$LAB/policy"

lab_in gateway ip link set gw0 address 02:00:00:00:0a:0a
check "another MAC address is called that" within 5 \
	grep -q 'port has another MAC address' "$LAB/wardgated.log"

# A port that is renamed, and its name is another's now.
rename gw0 old
pair fresh
rename fresh gw0
check "the new one is attached" within 5 is attached status_of '.links[0].clinical.state'
check "the old one keeps a program" [ "$(programs old)" != - ]
load 1 50000
equal "that passes nothing" "$received" 0
rename gw0 fresh
rename old gw0
check "with its name back, it is attached" within 8 is attached status_of '.links[0].clinical.state'
load 1 50000
equal "and its traffic passes" "$received" "$sent"
rename gw0 swap
rename gw1 gw0
rename swap gw1
check "names that are swapped are followed" within 8 is "attached attached" states 0
rename gw0 swap
rename gw1 gw0
rename swap gw1
within 8 is attached status_of '.links[0].clinical.state'
load 1 50000
equal "and when they are swapped back, traffic passes" "$received" "$sent"
stop

# Interface numbers mean something in one network namespace only.
lab_netns elsewhere
for port in gw0 gw1 pc pd; do pair "$port" elsewhere; done
before=$(programs gw0 gw1 pc pd)
lab_spawn elsewhere second "$LAB_BUILD/wardgated" --policy "$LAB/revoking" --socket "$LAB/socket" \
	--state "$LAB/state" --bpffs "$LAB/bpf/wardgate"
check "a start in another network namespace is refused, and says where to detach" within 5 \
	grep -q 'started in another network namespace.*detach' "$LAB/second.log"
kill "$LAB_PID"
wait "$LAB_PID" 2>/dev/null
equal "it changed no port" "$(programs gw0 gw1 pc pd)" "$before"
check "detach is done where it was started" lab_in gateway "$LAB_BUILD/wardgated" detach \
	--bpffs "$LAB/bpf/wardgate"
equal "no program is left" "$(programs gw0 gw1 pc pd fresh)" "- - - - -"
equal "nor a setting" "$(promiscuity gw0) $(promiscuity fresh)" "0 0"

# With its namespace all its ports are gone, and nothing is left to detach.
gateway_start "$LAB/policy"
stop
for port in gw0 gw1 pc pd; do lab_in gateway ip link del "$port"; done
lab_spawn elsewhere third "$LAB_BUILD/wardgated" --policy "$LAB/policy" --socket "$LAB/socket" \
	--state "$LAB/state" --bpffs "$LAB/bpf/wardgate"
check "when all its ports are gone, another namespace may go on" within 5 is attached \
	status_of '.links[0].clinical.state'
kill "$LAB_PID"
wait "$LAB_PID" 2>/dev/null
check "and is where to detach" lab_in elsewhere "$LAB_BUILD/wardgated" detach \
	--bpffs "$LAB/bpf/wardgate"
exit $((failures > 0))
