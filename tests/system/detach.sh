#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# `wardgated detach`: every NIC is as it was before, whatever happened to the daemon, to the ports and
# to the state; and nothing is removed that is not the gateway's.
cd "$(dirname "$0")/../.." || exit 1
. tests/system/common.sh

lab_open
load_cables
lab_bpffs
load_policy >"$LAB/policy"

# Promiscuity as asked for, VLAN stripping, XDP.
settings_of() {
	lab_in gateway ip -j -d link show dev "$1" |
		jq -r '.[0] | "\(.flags | contains(["PROMISC"])) \(.xdp.mode // 0)"' | tr '\n' ' '
	lab_in gateway ethtool -k "$1" | sed -n 's/^rx-vlan-offload: //p'
}

before="false 0 on"

detach() {
	lab_in gateway "$LAB_BUILD/wardgated" detach --bpffs "${1:-$LAB/bpf/wardgate}" \
		>"$LAB/said" 2>&1
}


stop() {
	kill "-${1:-TERM}" "$LAB_GATEWAY_PID"
	wait "$LAB_GATEWAY_PID" 2>/dev/null
}

both_are_as_before() {
	equal "$1" "$(settings_of gw0), $(settings_of gw1)" "$before, $before"
}

both_are_as_before "two ports before"

# A folder that somebody mistook for the pins.
mkdir -p "$LAB/ordinary/state" "$LAB/ordinary/links"
touch "$LAB/ordinary/state/ledger" "$LAB/ordinary/links/0" "$LAB/ordinary/program"
detach "$LAB/ordinary"
equal "detach of an ordinary folder is refused" "$?" 5
check "and says why" grep -q 'ordinary is not on a BPF file system; nothing was removed' "$LAB/said"
equal "and removes nothing" "$(find "$LAB/ordinary" -type f | wc -l)" 3

detach "$LAB/nowhere"
equal "detach where nothing is pinned is done" "$?" 0
check "but says that it did nothing" grep -q 'no gateway is pinned at .*nowhere: nothing was detached' \
	"$LAB/said"
mkdir -m 700 "$LAB/hidden"
setpriv --reuid 65534 --clear-groups "$LAB_BUILD/wardgated" detach --bpffs "$LAB/hidden/wardgate" \
	>"$LAB/said" 2>&1
equal "detach of what cannot be seen fails" "$?" 5
check "and says who could" grep -q 'nothing was detached. Run this as root' "$LAB/said"

# Only /sys/fs/bpf itself is mounted unasked. In a mount namespace of its own, where it is not.
cat >"$LAB/alike.sh" <<-END
	umount -l /sys/fs/bpf 2>/dev/null
	exec "$LAB_BUILD/wardgated" --socket "$LAB/alike" --state "$LAB/alike-state" --bpffs /sys/fs/bpf2
END
timeout 10 unshare -m bash "$LAB/alike.sh" >"$LAB/said" 2>&1
check "a folder whose name begins alike is not taken for the BPF file system's" \
	grep -q '/sys/fs/bpf2 is not on a BPF file system; mount one there' "$LAB/said"

# A NIC in another's place, under its name: promiscuous before, and without VLAN stripping.
replace_gw0() {
	lab_in gateway ip link del gw0
	ip link add gen0 netns "$LAB_PREFIX-generator" type veth peer name gw0 \
		netns "$LAB_PREFIX-gateway"
	lab_in gateway ethtool -K gw0 rxvlan "$1" >/dev/null
	lab_in gateway ip link set gw0 promisc "$2" up
}

gateway_start "$LAB/policy"
equal "two ports at work" "$(settings_of gw0), $(settings_of gw1)" "true 1 off, true 1 off"
replace_gw0 off on
check "another NIC of a port's name becomes the port" within 5 is "true 1 off" settings_of gw0
stop
check "detach" detach
equal "gives it what was its own" "$(settings_of gw0)" "true 0 off"
equal "and the other port, too" "$(settings_of gw1)" "$before"

replace_gw0 on off
gateway_start "$LAB/policy"
stop KILL
replace_gw0 off on
check "detach after a NIC was replaced without a daemon" detach
equal "leaves the new one as it is" "$(settings_of gw0)" "true 0 off"
replace_gw0 on off

# One that may not set a NIC: what it could not do is left for the next.
gateway_start "$LAB/policy"
stop
lab_in gateway setpriv --bounding-set -net_admin --inh-caps -net_admin \
	"$LAB_BUILD/wardgated" detach --bpffs "$LAB/bpf/wardgate" >"$LAB/said" 2>&1
equal "a detach that cannot put a NIC back fails" "$?" 5
equal "and has taken the program out" "$(settings_of gw0), $(settings_of gw1)" \
	"true 0 off, true 0 off"
check "the next one" detach
both_are_as_before "puts it back"
check "no pin is left" [ ! -e "$LAB/bpf/wardgate" ]

# A state that is not whole, as of another version, or after a crash.
gateway_start "$LAB/policy"
stop
rm "$LAB/bpf/wardgate/state/meta"
lab_in gateway "$LAB_BUILD/wardgated" --socket "$LAB/socket" --state "$LAB/state" \
	--bpffs "$LAB/bpf/wardgate" >"$LAB/said" 2>&1
equal "a state that is not whole stops a start" "$?" 5
check "which names the way out" grep -q 'state/meta.*wardgated detach. removes it' "$LAB/said"
"$LAB_BUILD/wardgated" detach --bpffs "$LAB/bpf/wardgate" >"$LAB/said" 2>&1
equal "detach of it in another network namespace is refused" "$?" 5
check "detach of it" detach
both_are_as_before "puts both ports back"

gateway_start "$LAB/policy"
stop
rm "$LAB/bpf/wardgate/state/meta" "$LAB/bpf/wardgate/state/port_slots"
detach
equal "where nothing is known of the NICs, detach fails" "$?" 5
check "and says what to look at" \
	grep -Eq 'gw[01], gw[01]\b.*check promisc and rxvlan by hand' "$LAB/said"
equal "but takes the program out" "$(settings_of gw0), $(settings_of gw1)" \
	"true 0 off, true 0 off"
check "and no pin is left" [ ! -e "$LAB/bpf/wardgate" ]

exit $((failures > 0))
