#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# `sudo make demo`: a ward in network namespaces, with the gateway between its devices and the
# hospital's servers. Programs of others talk through it, or try to. Each row says what should happen
# and what did; the drop reasons are the gateway's own counters, before and after.
#
#   KEEP=1 tools/demo.sh     leaves the lab up and says how to play with it
#   tools/demo.sh down       removes the labs that were kept from this folder
#
# Exit: 0 all rows as expected, 1 some row differs.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

BUILD=${BUILD:-build}
KEEP=${KEEP:-}
POLICY=$PWD/policies/demo.yaml
LAB_BUILD=$(realpath -m "$BUILD")

# shellcheck source=tools/lab/lab.sh
. tools/lab/lab.sh
# shellcheck source=tools/lab/ward.sh
. tools/lab/ward.sh
# shellcheck source=tools/lab/actors.sh
. tools/lab/actors.sh
# shellcheck source=tools/lab/gateway.sh
. tools/lab/gateway.sh

differing=0
rows=0

heading() {
	printf '\n%s\n' "$*"
}

# row GOOD WHAT SHOULD DID DROPS
row() {
	local mark=ok
	rows=$((rows + 1))
	if [ "$1" != yes ]; then
		mark=DIFFERS
		differing=$((differing + 1))
	fi
	printf '%-8s%-50s%-12s%-28s%s\n' "$mark" "$2" "$3" "$4" "$5"
}

# Drops between two snapshots, of one owner or of all: "reason packets".
drops_since() {
	awk -F '\t' -v owner="${1:-}" '
	FILENAME != "-" { before[$1, $2] = $3; next }
	$3 > before[$1, $2] && (owner == "" || $1 == owner) { print $2, $3 - before[$1, $2] }
	' "$LAB/drops.before" - < <(gateway_drops)
}

as_words() {
	awk '{ printf "%s%s %s", (NR > 1 ? ", " : ""), $1, $2 }'
}

# Something that should work: it does, and nothing of the device is dropped.
allowed() {
	local what=$1 owner=$2 good=no did=failed drops
	shift 2
	gateway_drops >"$LAB/drops.before"
	"$@" >"$LAB/output" 2>&1 && did=worked
	drops=$(drops_since "$owner")
	[ "$did" = worked ] && [ -z "$drops" ] && good=yes
	row "$good" "$what" works "$did" "$(as_words <<<"$drops")"
}

# Something that should fail, for this reason, charged to this owner.
denied() {
	local what=$1 owner=$2 reason=$3 good=no did=blocked drops
	shift 3
	gateway_drops >"$LAB/drops.before"
	"$@" >"$LAB/output" 2>&1 && did="went through"
	drops=$(drops_since "$owner")
	[ "$did" = blocked ] && grep -q "^$reason [1-9]" <<<"$drops" && good=yes
	row "$good" "$what" "is blocked" "$did" "$(as_words <<<"$drops")"
}

scan_row() {
	local open good=no drops
	gateway_drops >"$LAB/drops.before"
	open=$(scan)
	drops=$(drops_since pump-1)
	[ "$open" = "${WARD_IP[web]}/443" ] && grep -q '^service [1-9]' <<<"$drops" &&
		grep -q '^destination [1-9]' <<<"$drops" && good=yes
	row "$good" "nmap of 1,001 ports of two servers, from the pump" "finds 1" \
		"found $(grep -c . <<<"$open"): $(sed 's/.*\//tcp\//' <<<"$open" | paste -sd' ')" \
		"$(as_words <<<"$drops")"
}

# A flood over the limit: what passes is the burst, 100, and what 200 a second allow in that time,
# which is 1.5 s or, with the time that the program waits for the last answer, more.
flood_rows() {
	local sent received ms least=380 most hl7 good=no drops flood
	gateway_drops >"$LAB/drops.before"
	ping_flood >"$LAB/flood" &
	flood=$!
	sleep 0.5
	hl7=failed
	hl7_send >"$LAB/output" 2>&1 && hl7=worked
	wait "$flood"
	read -r sent received ms <"$LAB/flood"
	drops=$(drops_since pump-1)
	most=$((100 + 200 * ms * 105 / 100 / 1000 + 1))
	[ "${received:-0}" -ge "$least" ] && [ "$received" -le "$most" ] &&
		[ "$drops" = "packet_rate $((sent - received))" ] && good=yes
	row "$good" "echo flood from the pump, 1,000 a second (hping3)" limited \
		"$received of $sent answered" "$(as_words <<<"$drops")"
	good=no
	[ "$hl7" = worked ] && good=yes
	row "$good" "HL7 vital signs from the monitor meanwhile" works "$hl7" \
		"$(drops_since monitor-1 | as_words)"
}

proof() {
	local good=no
	[ "$2" = "$3" ] && good=yes
	row "$good" "$1" "$3" "$2" ""
}

xdp_modes() {
	lab_in gateway ip -j -d link show | jq -r '[.[] | select(.ifname != "lo") |
		.xdp.mode // 0 | if . == 1 then "native" else "not native" end] | unique | join(", ")'
}

# Frames that XDP did not redirect or drop went up the kernel's stack: there should be none.
frames_for_the_kernel() {
	local port
	for port in clinical it; do
		lab_in gateway ethtool -S "$port"
	done | awk '
		/rx_queue_[0-9]+_xdp_packets:/ { n += $2 }
		/rx_queue_[0-9]+_xdp_(redirect|drops|tx):/ { n -= $2 }
		END { print n + 0 }'
}

# Frames that arrived behind the gateway and are part of nothing that the policy allows, or that
# audit mode let pass (port 8443).
forbidden_arrivals() {
	local allowed="
		(ether src ${WARD_MAC[ct]} and src ${WARD_IP[ct]} and dst ${WARD_IP[pacs]} and tcp dst port 104) or
		(ether src ${WARD_MAC[pump]} and src ${WARD_IP[pump]} and dst ${WARD_IP[web]} and (tcp dst port 443 or icmp)) or
		(ether src ${WARD_MAC[pump]} and src ${WARD_IP[pump]} and
			((dst ${WARD_IP[ntp]} and icmp) or (dst ${WARD_IP[web]} and tcp dst port 8443))) or
		(ether src ${WARD_MAC[pump]} and src ${WARD_IP6[pump]} and dst ${WARD_IP6[web]} and tcp dst port 443) or
		(ether src ${WARD_MAC[pump]} and icmp6 and (ip6[40] = 135 or ip6[40] = 136)) or
		(ether src ${WARD_MAC[monitor]} and src ${WARD_IP[monitor]} and
			((dst ${WARD_IP[hl7]} and (tcp dst port 2575 or icmp)) or (dst ${WARD_IP[ntp]} and udp dst port 123)))"
	# Nothing in a capture that holds nothing proves nothing.
	[ "$(arrivals)" -gt 0 ] &&
		tcpdump -nn -r "$LAB/behind.pcap" "vlan and not arp and not ($allowed)" 2>/dev/null | wc -l ||
		echo "no capture"
}

arrivals() {
	tcpdump -nn -r "$LAB/behind.pcap" 2>/dev/null | wc -l
}

# Frames that the NICs received, less those that got a verdict.
frames_without_verdict() {
	echo $(($(gateway_received) - $(gateway_judged)))
}

# One map write, no new policy: from the next packet on, the patch server is all there is.
quarantine_rows() {
	wardgate quarantine pump-1 >"$LAB/output" 2>&1
	denied "pump to drug library: HTTPS" pump-1 quarantined https_get
	allowed "pump to the patch server: ping" pump-1 ping_time_server
	wardgate release pump-1 >"$LAB/output" 2>&1
	allowed "released: pump to drug library: HTTPS" pump-1 https_get
}

audited() {
	wardgate --json drops --audited | jq -r '[.drops[] | select(.reason == "service").packets] | add // 0'
}

# The policy judges and reports, and lets pass.
audit_rows() {
	local good=no did=failed before more
	sed 's/^version: 1$/&\nenforcement: audit/' "$POLICY" >"$LAB/audit.yaml"
	wardgate apply "$LAB/audit.yaml" >"$LAB/output" 2>&1
	before=$(audited)
	open_other_port >"$LAB/output" 2>&1 && did=worked
	more=$(($(audited) - before))
	wardgate apply "$POLICY" >"$LAB/output" 2>&1
	[ "$did" = worked ] && [ "$more" -gt 0 ] && good=yes
	row "$good" "a port that its profile does not name" "is reported" "$did" "audited: service $more"
}

# kill -9 of the daemon: the data plane goes on, and the next daemon continues the counters.
killed_rows() {
	local good=no store=failed port=blocked drops
	gateway_drops >"$LAB/drops.before"
	kill -KILL "$LAB_GATEWAY_PID"
	dicom_store >"$LAB/output" 2>&1 && store=worked
	unlisted_port >"$LAB/output" 2>&1 && port="went through"
	gateway_start "$POLICY"
	drops=$(drops_since pump-1)
	[ "$store" = worked ] && good=yes
	row "$good" "no daemon: CT to PACS, DICOM C-STORE" works "$store" ""
	good=no
	[ "$port" = blocked ] && grep -q '^service [1-9]' <<<"$drops" && good=yes
	row "$good" "no daemon: port that the profile does not name" "is blocked" "$port" \
		"$(as_words <<<"$drops")"
	allowed "the next daemon: CT to PACS, DICOM C-STORE" ct-1 dicom_store
}

build_lab() {
	lab_open
	ward_build
	actors_files
	actors_serve
	lab_spawn datacenter tcpdump tcpdump -i trunk -Q in -U -w "$LAB/behind.pcap"
	gateway_start "$POLICY"
	lab_spawn gateway watch "$LAB_BUILD/wardgate" --socket "$LAB/socket" watch
}

try_all() {
	printf '%-8s%-50s%-12s%-28s%s\n' "" "tried" "should" "did" "drops of it, by reason"
	heading "Clinical work"
	allowed "CT to PACS: DICOM C-ECHO (dcmtk)" ct-1 dicom_echo
	allowed "CT to PACS: DICOM C-STORE, 512 KiB (dcmtk)" ct-1 dicom_store
	allowed "pump to drug library: HTTPS (curl, openssl)" pump-1 https_get
	allowed "pump to drug library: HTTPS over IPv6" pump-1 https_get_ipv6
	allowed "pump to drug library: ping" pump-1 ping_web
	allowed "monitor to interface engine: HL7 (python3-hl7)" monitor-1 hl7_send
	allowed "monitor to time server: NTP (chrony)" monitor-1 ntp_query
	allowed "monitor to interface engine: ping in fragments" monitor-1 fragmented_ping

	heading "A compromised pump"
	scan_row
	denied "server that its profile does not name (curl)" pump-1 destination unlisted_destination
	denied "port that its profile does not name (curl)" pump-1 service unlisted_port
	denied "TCP that pretends to be open already (hping3)" pump-1 not_opened mid_stream
	denied "an address that is not its own (hping3)" pump-1 spoofed_address spoofed_address
	denied "ARP that claims the monitor's address (nping)" pump-1 arp_spoof arp_spoof
	denied "a tag in the tag, to hop VLANs (scapy)" "" stacked_vlan vlan_hop
	denied "plugged into a socket of another VLAN (nping)" pump-1 wrong_vlan wrong_vlan
	flood_rows

	denied "IPv6: a router advertisement (scapy)" pump-1 ra_guard rogue_router
	denied "fragments that write over a header (scapy)" monitor-1 fragment_overlap fragment_attack
	heading "Strangers"
	denied "laptop with the monitor's address (nping)" "" spoofed_mac spoofed_mac
	denied "laptop of nobody: HTTPS to the drug library" "" unknown_device unknown_laptop
	denied "workstation in IT to the pump, SSH (nping)" pump-1 unsolicited from_it

	heading "The pump in quarantine"
	quarantine_rows

	heading "Audit mode"
	audit_rows

	heading "The daemon is killed (kill -9)"
	killed_rows
}

prove_all() {
	heading "Proof"
	proof "addresses in the gateway's namespace" "$(lab_in gateway ip -j address |
		jq '[.[].addr_info[]] | length')" 0
	proof "routes in the gateway's namespace" "$(lab_in gateway ip route show table all | wc -l)" 0
	proof "XDP mode of its ports" "$(xdp_modes)" native
	proof "frames that went up its kernel's stack" "$(frames_for_the_kernel)" 0
	proof "IP packets that its kernel saw" "$(lab_in gateway nstat -aszj |
		jq .kernel.IpInReceives)" 0
	proof "frames received, less sum of verdicts" "$(frames_without_verdict)" 0
	proof "forbidden frames that arrived behind it" "$(forbidden_arrivals)" 0
	printf '        (of %s frames that arrived there)\n' "$(arrivals)"
}

show_all() {
	heading "wardgate drops"
	wardgate drops
	heading "wardgate status"
	wardgate status
	heading "wardgate watch, the last of what it told meanwhile"
	grep dropped: "$LAB/watch.log" | tail -n 5
	heading "Exported for Prometheus (excerpt of $(wc -l <"$LAB/textfile/wardgate.prom") lines)"
	grep -E '^wardgate_(dropped_packets_total.*device="pump-1"|policy_)' "$LAB/textfile/wardgate.prom"
}

# promtool is silent about good metrics.
metrics_row() {
	local said good=no
	sleep 1.2	# one export later
	said=$("$(peer_program promtool)" check metrics <"$LAB/textfile/wardgate.prom" 2>&1) &&
		[ -z "$said" ] && good=yes
	row "$good" "promtool check metrics" silent "${said:-silent}" ""
}

say_how_to_play() {
	local gateway=$LAB_BUILD/wardgate
	cat <<-END

	The lab stays. A shell in a device, and what to try there:
	  sudo nsenter --net=$(lab_path pump) bash        ping ${WARD_IP[web]}; ping ${WARD_IP[hl7]}
	What the gateway says:
	  sudo $gateway --socket $LAB/socket watch
	  sudo $gateway --socket $LAB/socket drops        also: status, devices, rules
	Change the policy:
	  cp $POLICY /tmp/my.yaml; edit it
	  sudo $gateway --socket $LAB/socket apply /tmp/my.yaml
	Remove the lab:
	  sudo tools/demo.sh down
	END
}

main() {
	local started=$SECONDS
	build_lab
	try_all
	metrics_row
	prove_all
	show_all
	printf '\n%d rows, %d differ, %d seconds\n' "$rows" "$differing" $((SECONDS - started))
	if [ -n "$KEEP" ]; then
		lab_keep
		say_how_to_play
	fi
	[ "$differing" = 0 ]
}

case ${1:-} in
"") main ;;
down)
	[ "$(id -u)" = 0 ] || lab_fail "needs root"
	removed=$(lab_close_left_over "$PWD")
	echo "${removed:-there is no lab of this folder to remove}"
	;;
*)
	printf 'usage: [KEEP=1] tools/demo.sh [down]\n' >&2
	exit 2
	;;
esac
