# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The demo's ward, to be sourced after lab.sh: medical devices behind one switch, servers behind
# another, and between the two a trunk cable into the gateway and one out of it.
#
#   VLAN 110, imaging   ct                  pacs
#   VLAN 120, bedside   pump monitor laptop hl7 ntp web workstation
#
# laptop is nobody's device, workstation is a PC of the IT network.

WARD_CLINICAL_HOSTS="ct pump monitor laptop"
WARD_IT_HOSTS="pacs hl7 ntp web workstation"

declare -A WARD_IP=(
	[ct]=198.18.110.11 [pacs]=198.18.110.101
	[pump]=198.18.120.21 [monitor]=198.18.120.22 [laptop]=198.18.120.66
	[hl7]=198.18.120.102 [ntp]=198.18.120.103 [web]=198.18.120.104 [workstation]=198.18.120.105
)
declare -A WARD_MAC=(
	[ct]=02:00:00:00:11:01 [pacs]=02:00:00:00:11:a1
	[pump]=02:00:00:00:12:01 [monitor]=02:00:00:00:12:02 [laptop]=02:00:00:00:12:66
	[hl7]=02:00:00:00:12:a2 [ntp]=02:00:00:00:12:a3 [web]=02:00:00:00:12:a4
	[workstation]=02:00:00:00:12:a5
)

# These two also speak IPv6.
declare -A WARD_IP6=(
	[pump]=2001:db8:120::21 [web]=2001:db8:120::104
)

ward_vlan() {
	case ${WARD_IP[$1]} in
	198.18.110.*) echo 110 ;;
	*) echo 120 ;;
	esac
}

ward_host() {
	lab_host "$1" "$2" "$(ward_vlan "$1")" "${WARD_IP[$1]}/24" "${WARD_MAC[$1]}"
	[ -z "${WARD_IP6[$1]:-}" ] || ward_ipv6 "$1"
}

# Without router solicitations and duplicate detection, for a demo does not wait for them.
ward_ipv6() {
	lab_in "$1" sysctl -qw net.ipv6.conf.eth0.accept_dad=0 net.ipv6.conf.eth0.router_solicitations=0 \
		net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.eth0.disable_ipv6=0
	lab_in "$1" ip address add "${WARD_IP6[$1]}/64" dev eth0 nodad
}

ward_build() {
	local host
	lab_netns gateway
	lab_switch bedside
	lab_switch datacenter
	for host in $WARD_CLINICAL_HOSTS; do ward_host "$host" bedside; done
	for host in $WARD_IT_HOSTS; do ward_host "$host" datacenter; done
	lab_wire bedside gateway clinical
	lab_wire datacenter gateway it
}
