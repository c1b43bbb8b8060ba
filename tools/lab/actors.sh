# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Who talks in the ward: programs of others, each called in one place. To be sourced after ward.sh.
# A client succeeds when its transaction did; it gives up after a few seconds.

LAB_HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# A program that deps.sh unpacked, or else the installed one. No AppArmor profile holds the first.
peer_program() {
	local folder
	for folder in usr/sbin usr/bin; do
		if [ -x "$LAB_BUILD/peers/$folder/$1" ]; then
			realpath "$LAB_BUILD/peers/$folder/$1"
			return
		fi
	done
	PATH=$PATH:/usr/sbin command -v "$1"
}

actors_files() {
	mkdir -p "$LAB/archive" "$LAB/www"
	head -c 524288 /dev/zero | tr '\0' '\7' >"$LAB/ct.raw"
	(cd "$LAB" && dump2dcm -q "$LAB_HERE/ct.dump" ct.dcm)
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
		-subj /CN=drug-library.test -addext subjectAltName=DNS:drug-library.test \
		-keyout "$LAB/key.pem" -out "$LAB/cert.pem" 2>/dev/null
	head -c 200000 /dev/zero | tr '\0' 'D' >"$LAB/www/library"
	printf 'MSH|^~\\&|MONITOR|ICU|ENGINE|IT|20260101120000||ORU^R01|1|P|2.5\rPID|1||DEMO-1\rOBX|1|NM|8867-4^Heart rate^LN||72|/min\r' \
		>"$LAB/vitals.hl7"
}

actors_serve() {
	lab_spawn pacs storescp storescp -od "$LAB/archive" -aet ARCHIVE 104
	lab_spawn hl7 hl7 /usr/bin/python3 "$LAB_HERE/hl7_server.py" "${WARD_IP[hl7]}" 2575
	lab_spawn web https env -C "$LAB/www" openssl s_server -quiet -WWW -accept "*:443" \
		-cert "$LAB/cert.pem" -key "$LAB/key.pem"
	# It answers and never sets a clock (-x); as root, for there may be no user _chrony.
	lab_spawn ntp ntp "$(peer_program chronyd)" -x -d -u root "local stratum 1" \
		"allow 198.18.120.0/24" "pidfile $LAB/ntp.pid" "cmdport 0" "bindcmdaddress /"
	lab_wait_listen pacs 104
	lab_wait_listen hl7 2575
	lab_wait_listen web 443
}

dicom_echo() {
	lab_in ct echoscu -to 3 -ta 3 -aec ARCHIVE "${WARD_IP[pacs]}" 104 2>&1
}

dicom_store() {
	rm -f "$LAB"/archive/*
	lab_in ct storescu -to 3 -ta 5 -aec ARCHIVE "${WARD_IP[pacs]}" 104 "$LAB/ct.dcm" 2>&1 &&
		[ -n "$(find "$LAB/archive" -size +512k)" ]
}

https_get() {
	lab_in pump curl -sS --max-time 3 --cacert "$LAB/cert.pem" -o "$LAB/library" \
		--resolve "drug-library.test:443:${WARD_IP[web]}" https://drug-library.test/library 2>&1 &&
		cmp -s "$LAB/library" "$LAB/www/library"
}

hl7_send() {
	lab_in monitor timeout 3 /usr/bin/mllp_send --loose -p 2575 -f "$LAB/vitals.hl7" \
		"${WARD_IP[hl7]}" 2>&1 | grep 'MSA|AA'
}

# One measurement of the clock, which is not set (-Q).
ntp_query() {
	lab_in monitor "$(peer_program chronyd)" -Q -t 5 -u root "pidfile $LAB/ntp-client.pid" \
		"server ${WARD_IP[ntp]} iburst maxsamples 1" "cmdport 0" "bindcmdaddress /" 2>&1 |
		grep 'System clock wrong'
}

ping_web() {
	lab_in pump ping -n -c 3 -i 0.1 -W 1 "${WARD_IP[web]}" | grep ' 3 received'
}

https_get_ipv6() {
	lab_in pump curl -sS --max-time 3 --cacert "$LAB/cert.pem" -o "$LAB/library" \
		--resolve "drug-library.test:443:[${WARD_IP6[web]}]" https://drug-library.test/library 2>&1 &&
		cmp -s "$LAB/library" "$LAB/www/library"
}

# A router advertisement.
rogue_router() {
	lab_in pump /usr/bin/python3 - "${WARD_MAC[pump]}" <<-'END' 2>&1
		import sys
		from scapy.all import Ether, ICMPv6ND_RA, ICMPv6NDOptPrefixInfo, IPv6, sendp
		frame = (Ether(src=sys.argv[1], dst="33:33:00:00:00:01") /
		         IPv6(src="fe80::ff:fe00:1201", dst="ff02::1", hlim=255) /
		         ICMPv6ND_RA() / ICMPv6NDOptPrefixInfo(prefix="2001:db8:bad::"))
		sendp(frame, iface="eth0", count=3, inter=0.05, verbose=False)
	END
	return 1
}

# A ping of 4,000 bytes, in three fragments: the monitor's profile tracks them.
fragmented_ping() {
	lab_in monitor ping -n -c 2 -i 0.2 -W 1 -s 4000 "${WARD_IP[hl7]}" | grep ' 2 received'
}

# The classic: the first fragment opens an allowed port, the second writes over its header.
fragment_attack() {
	lab_in monitor /usr/bin/python3 - "${WARD_MAC[monitor]}" "${WARD_MAC[hl7]}" \
		"${WARD_IP[monitor]}" "${WARD_IP[hl7]}" <<-'END' 2>&1
		import sys
		from scapy.all import Ether, IP, Raw, TCP, sendp
		mac, to_mac, ip, to_ip = sys.argv[1:]
		ether = Ether(src=mac, dst=to_mac)
		first = TCP(sport=41000, dport=2575, flags="S") / Raw(b"\0" * 12)
		for id in range(3):
		    sendp([ether / IP(src=ip, dst=to_ip, id=id, flags="MF") / first,
		           ether / IP(src=ip, dst=to_ip, id=id, proto=6, frag=2) /
		           Raw(b"\0\x16" * 8)], iface="eth0", inter=0.05, verbose=False)
	END
	return 1
}

ping_time_server() {
	lab_in pump ping -n -c 2 -i 0.2 -W 1 "${WARD_IP[ntp]}" | grep ' 2 received'
}

# Echo requests, 1,500 in 1.5 seconds. Prints "sent received milliseconds".
ping_flood() {
	local start=${EPOCHREALTIME/./}
	lab_in pump hping3 -q --icmp -c 1500 -i u1000 "${WARD_IP[web]}" 2>&1 |
		sed -n 's/^\([0-9]*\) packets transmitted, \([0-9]*\) packets received.*/\1 \2/p' |
		tr '\n' ' '
	echo $(((${EPOCHREALTIME/./} - start) / 1000))
}

# Prints the open ports, "host/port" each. At most 2,000 probes, and no second try.
scan() {
	lab_in pump nmap -n -Pn -sS -T4 --min-rate 1000 --max-retries 0 --host-timeout 8s -p 1-1000,2575 \
		-oG - "${WARD_IP[web]}" "${WARD_IP[hl7]}" 2>&1 |
		awk '/Ports:/ { n = split($0, port, /[ ,]+/)
			for (i = 1; i <= n; i++)
				if (port[i] ~ /\/open\//) { split(port[i], f, "/"); print $2 "/" f[1] } }'
}

unlisted_destination() {
	lab_in pump curl -sS --max-time 1 "http://${WARD_IP[hl7]}:443/" 2>&1
}

unlisted_port() {
	lab_in pump curl -sS --max-time 1 "http://${WARD_IP[web]}:8080/" 2>&1
}

# Nobody listens there; that the server says so (curl ends with 7) shows that it was asked.
open_other_port() {
	lab_in pump curl -sS --max-time 1 "http://${WARD_IP[web]}:8443/" 2>&1
	[ $? = 7 ]
}

from_it() {
	lab_in workstation nping -e eth0 -c 3 --delay 50ms --tcp -p 22 "${WARD_IP[pump]}" 2>&1 | answered
}

# TCP that pretends a connection exists.
mid_stream() {
	lab_in pump hping3 -q -A -p 443 -c 3 -i u50000 "${WARD_IP[web]}" 2>&1 | hping_answered
}

spoofed_address() {
	lab_in pump hping3 -q -S -p 443 -c 3 -i u50000 -a 198.18.120.99 "${WARD_IP[web]}" 2>&1 |
		hping_answered
}

# The laptop as the monitor: the right address, another MAC.
spoofed_mac() {
	lab_in laptop nping -e eth0 -c 3 --delay 50ms --send-eth --source-mac "${WARD_MAC[laptop]}" \
		--dest-mac "${WARD_MAC[hl7]}" -S "${WARD_IP[monitor]}" --tcp -p 2575 \
		"${WARD_IP[hl7]}" 2>&1 | answered
}

# The pump's cable in a socket of the other VLAN.
wrong_vlan() {
	local status=0
	lab_access bedside pump 110
	lab_in pump nping -e eth0 -c 3 --delay 50ms --send-eth --source-mac "${WARD_MAC[pump]}" \
		--dest-mac "${WARD_MAC[pacs]}" -S "${WARD_IP[pump]}" --tcp -p 104 \
		"${WARD_IP[pacs]}" 2>&1 | answered || status=1
	lab_access bedside pump 120
	return $status
}

# A tag inside the switch's tag.
vlan_hop() {
	lab_in pump /usr/bin/python3 - "${WARD_MAC[pump]}" "${WARD_MAC[pacs]}" "${WARD_IP[pump]}" \
		"${WARD_IP[pacs]}" <<-'END' 2>&1
		import sys
		from scapy.all import Dot1Q, Ether, ICMP, IP, sendp
		mac, to_mac, ip, to_ip = sys.argv[1:]
		frame = Ether(src=mac, dst=to_mac) / Dot1Q(vlan=110) / IP(src=ip, dst=to_ip) / ICMP()
		sendp(frame, iface="eth0", count=3, inter=0.05, verbose=False)
	END
	return 1
}

# The pump claims the monitor's address.
arp_spoof() {
	lab_in pump nping -e eth0 -c 3 --delay 50ms --arp --arp-type ARP-reply \
		--source-mac "${WARD_MAC[pump]}" --arp-sender-mac "${WARD_MAC[pump]}" \
		--arp-sender-ip "${WARD_IP[monitor]}" --arp-target-mac "${WARD_MAC[hl7]}" \
		--dest-mac "${WARD_MAC[hl7]}" --arp-target-ip "${WARD_IP[hl7]}" "${WARD_IP[hl7]}" 2>&1 | answered
}

unknown_laptop() {
	lab_in laptop curl -sS --max-time 1 --insecure "https://${WARD_IP[web]}/" 2>&1
}

answered() {
	grep -q 'Rcvd: [1-9]'
}

hping_answered() {
	grep -q ' [1-9][0-9]* packets received'
}
