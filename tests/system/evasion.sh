#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A device that tries to get past the gateway: whatever it sends, on the far side arrives only what
# the policy allows. Every frame is counted with the reason that it deserves.
cd "$(dirname "$0")/../.." || exit 1
. tests/system/common.sh

ATTACKER_MAC=02:00:00:00:13:01
VICTIM_MAC=02:00:00:00:13:a1

# attacker eth0 <-> c0 (gateway) i0 <-> victim eth0, without a switch in between: what is sent arrives.
host() {
	lab_netns "$1"
	ip link add eth0 address "$2" netns "$LAB_PREFIX-$1" type veth peer name "$3" \
		netns "$LAB_PREFIX-gateway"
	lab_in "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.eth0.disable_ipv6=0 \
		net.ipv6.conf.eth0.accept_dad=0 net.ipv6.conf.eth0.router_solicitations=0
	lab_in "$1" ethtool -K eth0 tx off tso off gso off txvlan off rxvlan off gro on >/dev/null
	lab_in "$1" ip address add "$4" dev eth0
	lab_in "$1" ip address add "$5" dev eth0 nodad
	lab_in "$1" ip link set lo up
	lab_in "$1" ip link set eth0 up
	lab_in gateway ip link set "$3" up
}

policy() {
	cat <<-END
	version: 1
	links:
	  - {name: ward, clinical: c0, it: i0, vlans: [none, 110]}
	networks:
	  victim: [198.18.130.101, "2001:db8::101"]
	profiles:
	  guest:
	    fragments: ${1:-drop}
	    allow:
	      - {to: victim, services: [tcp/80, icmp/echo${2:-}]}
	devices:
	  - {name: attacker, mac: "$ATTACKER_MAC", ip: [198.18.130.13, "2001:db8::13"], profile: guest}
	  - {name: other, mac: "02:00:00:00:13:02", ip: [198.18.130.14, "2001:db8::14"], profile: guest}
	END
}

# What may arrive: the two services, ARP, and neighbour discovery that is nothing else.
forbidden() {
	local allowed="arp
		or (ether src $ATTACKER_MAC and src 198.18.130.13 and dst 198.18.130.101 and
			(tcp dst port 80 or icmp) and ip[6:2] & 0x3fff = 0)
		or (ether src $ATTACKER_MAC and src 2001:db8::13 and dst 2001:db8::101 and
			ip6[6] = 6 and ip6[42:2] = 80)
		or (ether src $ATTACKER_MAC and ip6[6] = 58 and ip6[7] = 255 and
			(ip6[40] = 133 or ip6[40] = 135 or ip6[40] = 136))"
	tcpdump -nne -r "$1" "not ($allowed)" 2>/dev/null
}

nothing_forbidden() {
	local seen
	[ "$(tcpdump -nn -c 1 -r "$LAB/arrived.pcap" 'tcp dst port 80' 2>/dev/null | wc -l)" = 1 ] ||
		{ echo "not even what is allowed was captured"; return 1; }
	seen=$(forbidden "$LAB/arrived.pcap") || { echo "tcpdump cannot read the capture"; return 1; }
	[ -z "$seen" ] || { head -5 <<<"$seen"; return 1; }
}

# Packets that were dropped for this reason, so far.
dropped_for() {
	gateway_drops | awk -F'\t' -v reason="$1" '$2 == reason { n += $3 } END { print n + 0 }'
}

# It numbers its groups of tests, up to 39.
firewall6_ended() {
	tail -n 3 "$LAB/firewall6.log"
	grep -qE '3[0-9]:' "$LAB/firewall6.log"
}

ended_well() {
	"$@" >>"$LAB/tools.log" 2>&1
	# A tool that timeout ended ran; one that was not there, or that crashed, did not.
	[ $? -lt 126 ] || { tail -n 5 "$LAB/tools.log"; false; }
}

# attack SENTENCE REASON command...
attack() {
	local sentence=$1 reason=$2 before
	before=$(dropped_for "$2")
	shift 2
	echo "## $sentence" >>"$LAB/tools.log"
	check "$sentence: it ran" ended_well lab_in attacker timeout 20 "$@"
	check "$sentence: $reason" test "$(dropped_for "$reason")" -gt "$before"
}

fragments() {
	attack "nmap -f against a closed port" fragment \
		nmap -n -Pn -sS -f -p 22 --max-retries 0 --host-timeout 5s 198.18.130.101
	attack "nmap --mtu 8" fragment \
		nmap -n -Pn -sS --mtu 8 -p 22,80 --max-retries 0 --host-timeout 5s 198.18.130.101
	attack "hping3 -f" fragment \
		hping3 -q -f -S -p 22 -c 20 -i u2000 -d 64 198.18.130.101
}

scans() {
	local open
	attack "nmap -sA from port 53" not_opened \
		nmap -n -Pn -sA -g 53 -p 1-100 --max-retries 0 --host-timeout 8s 198.18.130.101
	attack "nmap -sF" tcp_flags \
		nmap -n -Pn -sF -p 1-100 --max-retries 0 --host-timeout 8s 198.18.130.101
	attack "nmap -sU" service \
		nmap -n -Pn -sU -p 53,69,123,161,443 --max-retries 0 --host-timeout 8s 198.18.130.101
	attack "nmap --badsum" service \
		nmap -n -Pn -sS --badsum -p 22,443 --max-retries 0 --host-timeout 8s 198.18.130.101
	attack "nmap -sO, all protocols" protocol \
		nmap -n -Pn -sO --min-rate 500 --max-retries 0 --host-timeout 8s 198.18.130.101
	open=$(lab_in attacker nmap -n -Pn -sS --min-rate 1000 --max-retries 1 --host-timeout 15s \
		-p 1-1000 -oG - 198.18.130.101 | grep -oE '[0-9]+/open' | tr '\n' ' ')
	equal "the open ports are those of the policy (nmap -sS)" "$open" "80/open "
}

# One router advertisement in each disguise that the tool knows.
routers() {
	attack "atk6-fake_router26, plain" ra_guard atk6-fake_router26 -n 1 eth0
	attack "atk6-fake_router26 -E H, behind a hop-by-hop header" nd_malformed \
		atk6-fake_router26 -n 1 -E H eth0
	attack "atk6-fake_router26 -E 1, an atomic fragment" ra_guard \
		atk6-fake_router26 -n 1 -E 1 eth0
	attack "atk6-fake_router26 -E D, in the second fragment" fragment_tiny \
		atk6-fake_router26 -n 1 -E D eth0
	attack "atk6-fake_router26 -E F, behind a routing header" ipv6_routing \
		atk6-fake_router26 -n 1 -E F eth0
	attack "atk6-fake_router26 -E O, overlapping fragments" fragment \
		atk6-fake_router26 -n 1 -E O eth0
	attack "atk6-fake_router26 -E o, overlapping the other way" fragment \
		atk6-fake_router26 -n 1 -E o eth0
}

headers() {
	attack "atk6-implementation6, sixty shapes of headers" service \
		timeout 15 atk6-implementation6 -p eth0 2001:db8::101
}

build() {
	lab_open
	lab_netns gateway
	host attacker "$ATTACKER_MAC" c0 198.18.130.13/24 2001:db8::13/64
	host victim "$VICTIM_MAC" i0 198.18.130.101/24 2001:db8::101/64
	policy >"$LAB/policy"
	gateway_start "$LAB/policy"
	lab_spawn victim tcpdump tcpdump -i eth0 -Q in -U -w "$LAB/arrived.pcap"
	lab_spawn victim http /usr/bin/python3 -m http.server --bind :: --directory "$LAB/textfile" 80
	lab_wait_listen victim 80
}

build
check "the allowed service works, IPv4" lab_in attacker curl -sS --max-time 3 -o /dev/null \
	http://198.18.130.101/
check "the allowed service works, IPv6" lab_in attacker curl -sS --max-time 3 -o /dev/null \
	'http://[2001:db8::101]/'
# The rows print TAP of their own. First, while nobody else sends.
rows=$(/usr/bin/python3 tests/system/evasion.py "$(lab_path attacker)" "$LAB_BUILD/wardgate" \
	"$LAB/socket" 2>&1)
rows_ended=$?
echo "$rows"
failures=$((failures + $(grep -c '^not ok' <<<"$rows")))
equal "all rows were tried" "$rows_ended" 0
routers
# Forty groups of header chains take a hundred seconds: beside all the others.
nsenter --net="$(lab_path attacker)" timeout 130 atk6-firewall6 eth0 2001:db8::101 22 \
	>"$LAB/firewall6.log" 2>&1 &
firewall6=$!
lab_register "pid $firewall6 $(lab_started $firewall6)"
fragments
scans
headers
wait "$firewall6"
check "atk6-firewall6 ran to its end" firewall6_ended
check "nothing forbidden arrived" nothing_forbidden
policy track ", icmpv6/echo" >"$LAB/tracking"
check "the policy that tracks fragments is applied" wardgate apply "$LAB/tracking"
check "a large ping passes in fragments, IPv4" lab_in attacker ping -n -c 2 -i 0.2 -W 1 -s 4000 198.18.130.101
check "a large ping passes in fragments, IPv6" lab_in attacker ping -n -c 2 -i 0.2 -W 1 -s 4000 2001:db8::101
check "the allowed service still works" lab_in attacker curl -sS --max-time 3 -o /dev/null \
	http://198.18.130.101/
equal "received by the ports is the sum of all verdicts" "$(gateway_received)" "$(gateway_judged)"
exit $((failures > 0))
