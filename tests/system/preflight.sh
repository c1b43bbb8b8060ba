#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a machine lacks for a policy is said before anything is touched, each with its fix.
cd "$(dirname "$0")/../.." || exit 1
. tests/system/common.sh

# finding FILE PORT CHECK: "result: text"
finding() {
	wardgate --json preflight "$1" | jq -r --arg port "$2" --arg check "$3" \
		'.findings[] | select(.port == $port and .check == $check) | "\(.result): \(.text)"'
}

rxvlan_of() {
	lab_in gateway ethtool -k "$1" | sed -n 's/^rx-vlan-offload: //p'
}

# says SENTENCE FILE PORT CHECK PATTERN
says() {
	local got
	got=$(finding "$2" "$3" "$4")
	if [[ $got =~ $5 ]]; then
		printf 'ok - %s\n' "$1"
	else
		failures=$((failures + 1))
		printf 'not ok - %s\n# got %s\n# wanted %s\n' "$1" "$got" "$5"
	fi
}

programs() {
	lab_in gateway ip -j link show | jq '[.[] | select(.xdp)] | length'
}

# link CLINICAL IT [MORE]
link() {
	cat <<-END
	version: 1
	links:
	  - {name: other, clinical: $1, it: $2${3:+, $3}}
	networks: {peer: [198.19.255.254]}
	profiles: {p: {allow: [{to: peer, services: [udp/5000]}]}}
	devices: [{name: d, mac: 02:01:00:00:01:01, ip: 198.18.1.1, profile: p}]
	END
}

lab_open
load_cables
load_policy >"$LAB/policy"
# More ports, which no policy in force has: two veth pairs, and two interfaces without native XDP.
for i in 2 3; do
	lab_in gateway ip link add "gw$i" type veth peer name "peer$i"
	lab_in gateway ethtool -K "peer$i" gro on
	lab_in gateway ip link set "gw$i" up
	lab_in gateway ip link set "peer$i" up
done
lab_in gateway ip link add plain2 type bridge
lab_in gateway ip link set plain2 up
lab_in gateway ip link add plain3 type bridge
# A kernel may be built without VLAN interfaces.
vlans=
lab_in gateway ip link add link gw2 name gw2.110 type vlan id 110 2>/dev/null && vlans=1
gateway_start "$LAB/policy" --max-devices 101 --max-rules 3

wardgate preflight >"$LAB/said" 2>&1
equal "what runs has no failure" "$?" 0
check "and says so" grep -q 'an apply would go ahead' "$LAB/said"
equal "status is well" "$(wardgate status >/dev/null; echo $?)" 0

link gw2 gw3 >"$LAB/good"
wardgate preflight "$LAB/good" >/dev/null
equal "two good ports pass" "$?" 0
if [ "$(finding "$LAB/good" gw2 xdp)" = "ok: native" ]; then
	told=1
	equal "they are native" "$(finding "$LAB/good" gw3 xdp)" "ok: native"
else
	told=
	skip "they are native" "this kernel does not tell the drivers' features"
fi

# The state has a size, too.
says "what fits is said" "$LAB/policy" - capacity '^ok: 100 of 101 devices, 1 of 3 rules$'
{
	load_policy
	echo '  - {name: one, mac: 02:01:00:00:01:01, ip: 198.18.1.1, profile: loaded}'
	echo '  - {name: more, mac: 02:01:00:00:01:02, ip: 198.18.1.2, profile: loaded}'
} >"$LAB/large"
wardgate preflight "$LAB/large" >/dev/null
equal "a policy with too many devices fails" "$?" 6
says "with the numbers" "$LAB/large" - capacity \
	'^failure: the policy has 102 devices and 1 rule, .*room for 101 and 3; see --max-devices'
sed '/- {to: peer/{p;s/5000/5004/p;s/5004/5006/p;s/5006/5008/}' "$LAB/policy" >"$LAB/ruled"
says "so does one with too many rules" "$LAB/ruled" - capacity \
	'^failure: the policy has 100 devices and 4 rules'
link gw2 gw3 | sed 's/^devices: \[\(.*\)\]/devices: [\1, {name: e, mac: 02:01:00:00:01:02, ip: 198.18.1.2, profile: p}]/' >"$LAB/others"
says "so does one whose devices find no place beside those in force" "$LAB/others" - capacity \
	'^failure: the policy has 2 new devices and 1 new rule, .* room for 1 and 2; apply the one'
wardgate apply "$LAB/large" 2>"$LAB/said"
equal "an apply of it is refused" "$?" 6
check "with the same words" grep -qF "$(finding "$LAB/large" - capacity | cut -d' ' -f2-)" \
	"$LAB/said"

link nosuch gw3 >"$LAB/missing"
wardgate preflight "$LAB/missing" >/dev/null
equal "a missing port fails" "$?" 6
says "it is named" "$LAB/missing" nosuch interface '^failure: port nosuch does not exist.*ip link'
wardgate apply "$LAB/missing" 2>"$LAB/said"
equal "an apply of it is refused by the same exit code" "$?" 6
check "with the same words" grep -qF "$(finding "$LAB/missing" nosuch interface | cut -d' ' -f2-)" \
	"$LAB/said"
equal "and nothing is touched" "$(programs)" 2

if [ "$told" ]; then
	link plain2 gw3 >"$LAB/plain"
	says "a NIC without native XDP fails" "$LAB/plain" plain2 xdp '^failure: .*xdp: generic'
	link plain2 gw3 "xdp: generic" >"$LAB/generic"
	says "unless the link says generic, and then it is a warning" "$LAB/generic" plain2 xdp \
		'^warning: .*slow'
	lab_in gateway ethtool -K peer3 gro off
	says "a port that takes no redirected frames fails" "$LAB/good" gw3 redirect \
		'^failure: .*ethtool -K NAME gro on'
	wardgate apply "$LAB/good" >"$LAB/said" 2>&1
	equal "an apply of it is refused, too" "$? $(programs)" "6 2"
	lab_in gateway ethtool -K peer3 gro on
else
	skip "a NIC without native XDP fails" "this kernel does not tell the drivers' features"
fi

lab_in gateway ip link set gw3 mtu 1400
says "a smaller MTU of one side is a warning" "$LAB/good" gw3 mtu '^warning: .*ip link set dev gw3 mtu 1500'
lab_in gateway ip link set gw3 mtu 1500
lab_in gateway ip link set gw3 down
says "a port that is down is a warning" "$LAB/good" gw3 carrier '^warning: .*ip link set dev gw3 up'
lab_in gateway ip link set gw3 up
lab_in gateway ip link set peer3 down
says "so is one without carrier" "$LAB/good" gw3 carrier '^warning: .*carrier'
lab_in gateway ip link set peer3 up
lab_in gateway ip link add br2 type bridge
lab_in gateway ip link set gw2 master br2
says "and one that belongs to a bridge" "$LAB/good" gw2 interface '^warning: .*br2.*nomaster'
lab_in gateway ip link del br2
if [ "$vlans" ]; then
	link gw2.110 gw3 >"$LAB/vlan"
	says "a VLAN interface fails" "$LAB/vlan" gw2.110 interface '^failure: .*the NIC below it'
else
	skip "a VLAN interface fails" "this kernel has no VLAN interfaces"
fi

if lab_in gateway ip link set dev gw2 xdp obj "$LAB_BUILD/tests/system/load.bpf.o" sec xdp 2>/dev/null; then
	says "another XDP program fails" "$LAB/good" gw2 xdp '^failure: another XDP program.*xdp off'
	lab_in gateway ip link set dev gw2 xdp off
else
	skip "another XDP program fails" "iproute2 could not attach one"
fi

# Routed links: the kernel forwards from their interfaces only, and has one for each VLAN.
link gw2 gw3 "mode: routed" | sed 's/ip: 198/vlan: 120, ip: 198/' >"$LAB/routed"
lab_in gateway sysctl -qw net.ipv4.ip_forward=1
says "a kernel that forwards from other interfaces fails" "$LAB/routed" gw2 routing \
	'failure: gw0 is of no routed link.*net.ipv4.conf.gw0.forwarding=0'
says "and of a link's own it is a warning, before the gateway is there" "$LAB/routed" gw3 routing \
	'^warning: .*net.ipv4.conf.gw3.forwarding=0'
wardgate apply "$LAB/routed" >"$LAB/said" 2>&1
equal "an apply is refused" "$?" 6
lab_in gateway sysctl -qw net.ipv4.ip_forward=0
says "one that does not forward is well" "$LAB/routed" gw3 routing '^ok: 1 interface; an apply'
says "a VLAN without an interface is a warning" "$LAB/routed" gw2 routing \
	'^warning: VLAN 120 .*ip link add link gw2 name gw2.120 type vlan id 120'
if [ "$vlans" ]; then
	lab_in gateway ip link add link gw2 name gw2.120 type vlan id 120
	says "with one, it is well" "$LAB/routed" gw2 routing '^ok: 3 interfaces; an apply'
else
	skip "with one, it is well" "this kernel has no VLAN interfaces"
fi
# ARP of the next hop must pass: the IT side's VLAN is one of the link's, too.
link gw2 gw3 "mode: routed, vlans: [120]" | sed 's/ip: 198/vlan: 120, ip: 198/' >"$LAB/unlisted"
says "an IT side without an interface in the list of VLANs is a warning" "$LAB/unlisted" gw3 \
	routing '^warning: no interface of the kernel on gw3 is in the link.s `vlans`'
lab_in gateway ip address add 198.19.255.1/24 dev gw3
says "one whose interface is not in it drops its ARP" "$LAB/unlisted" gw3 routing \
	'^warning: the kernel routes by frames without a tag of gw3, .*add `none` to `vlans`'
says "and fails when it is the only one" "$LAB/unlisted" gw3 routing 'failure: no interface .*on gw3'
wardgate apply "$LAB/unlisted" >"$LAB/said" 2>&1
equal "an apply of it is refused" "$?" 6
if [ "$vlans" ]; then
	lab_in gateway ip link add link gw3 name gw3.210 type vlan id 210
	says "a VLAN that is not in the list is named" "$LAB/unlisted" gw3 routing \
		'the kernel routes by VLAN 210 of gw3, .*add 210 to `vlans`'
	lab_in gateway ip link del gw3.210
else
	skip "a VLAN that is not in the list is named" "this kernel has no VLAN interfaces"
fi
sed 's/vlans: \[120\]/vlans: [120, none]/' "$LAB/unlisted" >"$LAB/listed"
says "in the list, it is well" "$LAB/listed" gw3 routing '^ok: 1 interface;'
sed 's/vlans: \[120\]/vlans: [120], host: {vlans: [none]}/' "$LAB/unlisted" >"$LAB/hosted"
says "an interface of the gateway itself is not for routes" "$LAB/hosted" gw3 routing \
	'^warning: no interface of the kernel on gw3 is in the link.s `vlans`'
lab_in gateway ip address del 198.19.255.1/24 dev gw3
check "a routed link is applied" wardgate apply "$LAB/routed"
equal "its ports are not promiscuous" \
	"$(lab_in gateway ip -j -d link show dev gw2 | jq '.[0].promiscuity')" 0
if [ "$vlans" ]; then
	generation=$(status_of .generation)
	lab_in gateway ip link add link gw3 name gw3.200 type vlan id 200
	check "a new VLAN interface is a new generation" \
		within 5 is $((generation + 1)) status_of .generation
else
	skip "a new VLAN interface is a new generation" "this kernel has no VLAN interfaces"
fi

# Without the driver's help, loudly.
if [ "$told" ]; then
	link plain2 plain3 "xdp: generic" >"$LAB/generic"
	wardgate apply "$LAB/generic" >"$LAB/said" 2>&1
	equal "generic XDP is applied where the policy says so" "$?" 0
	check "with a warning" grep -q 'every packet is slow' "$LAB/said"
	equal "status tells the mode" "$(status_of '.links[0].clinical.mode')" generic
	check "and warns" grep -q 'plain2 runs in generic mode' <(wardgate status)
	equal "a port that is down has an exit code" "$(wardgate status >/dev/null; echo $?)" 6
else
	skip "generic XDP is applied where the policy says so" \
		"this kernel does not tell the drivers' features"
fi

# What another tool changes under the daemon.
wardgate apply "$LAB/policy" >/dev/null
lab_in gateway ethtool -K gw0 rxvlan on
lab_in gateway ip link set gw1 promisc off
check "VLAN stripping is turned off again" within 5 is off rxvlan_of gw0
check "which is said loudly" grep -q 'gw0 hides VLAN tags from XDP again.*set back' "$LAB/wardgated.log"

wardgate watch --device nosuch >"$LAB/said" 2>&1
equal "watch refuses a name that the policy does not have" "$?" 2
check "and says where the names are" grep -q 'wardgate devices' "$LAB/said"
wardgate drops --audited --device nosuch >"$LAB/said" 2>&1
equal "so does drops" "$?" 2
check "with where the names are" grep -q 'wardgate devices' "$LAB/said"
equal "of a port it tells" "$(wardgate drops --device gw0 --reason unsolicited)" \
	"nothing was dropped that is charged to gw0 for the reason unsolicited"
exit $((failures > 0))
