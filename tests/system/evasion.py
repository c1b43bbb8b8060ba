# SPDX-License-Identifier: GPL-2.0-only
"""Frames made by hand, one by one, and the reason for which each must be dropped. Prints TAP.

evasion.py ATTACKER-NETNS WARDGATE SOCKET
"""
import ctypes
import json
import os
import socket
import subprocess
import sys

from scapy.all import (ARP, Dot1AD, Dot1Q, Dot3, Ether, ICMP, ICMPv6EchoRequest, ICMPv6ND_NA,
                       ICMPv6ND_NS, ICMPv6ND_RA, ICMPv6NDOptDstLLAddr, ICMPv6NDOptPrefixInfo,
                       ICMPv6NDOptSrcLLAddr, ICMPv6ND_Redirect, IP, IPOption, IPv6,
                       IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop,
                       IPv6ExtHdrRouting, LLC, SNAP, Raw, TCP, UDP, PadN)

ATTACKER, VICTIM = "02:00:00:00:13:01", "02:00:00:00:13:a1"
A4, V4, OTHER4 = "198.18.130.13", "198.18.130.101", "198.18.130.14"
A6, V6, OTHER6 = "2001:db8::13", "2001:db8::101", "2001:db8::14"
ALL_NODES_MAC, ALL_NODES = "33:33:00:00:00:01", "ff02::1"
LINK_LOCAL = "fe80::ff:fe00:1301"


def ether(**fields):
    return Ether(**{"src": ATTACKER, "dst": VICTIM, **fields})


def tcp4(port=80, **fields):
    return IP(**{"src": A4, "dst": V4, **fields}) / TCP(sport=40000, dport=port, flags="S")


def ip6(**fields):
    return IPv6(**{"src": A6, "dst": V6, **fields})


def syn6(port=80):
    return TCP(sport=40000, dport=port, flags="S")


def advertisement(**fields):
    return (IPv6(**{"src": LINK_LOCAL, "dst": ALL_NODES, "hlim": 255, **fields}) /
            ICMPv6ND_RA(routerlifetime=9000) / ICMPv6NDOptPrefixInfo(prefix="2001:db8:bad::") /
            ICMPv6NDOptSrcLLAddr(lladdr=ATTACKER))


def to_all(packet):
    return ether(dst=ALL_NODES_MAC) / packet


def headers(count):
    chain = IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0" * 4)])
    for _ in range(count - 1):
        chain = IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0" * 4)]) / chain
    return chain


def rows():
    stranger = "02:00:00:00:99:99"
    return [
        ("double 802.1Q tag", ether() / Dot1Q(vlan=110) / Dot1Q(vlan=120) / tcp4(),
         "stacked_vlan"),
        ("stacked VLAN 0 tags", ether() / Dot1Q(vlan=0) / Dot1Q(vlan=0) / tcp4(), "stacked_vlan"),
        ("VLAN 0 inside VLAN 110", ether() / Dot1Q(vlan=110) / Dot1Q(vlan=0) / tcp4(),
         "stacked_vlan"),
        ("an 802.1ad tag alone", ether() / Dot1AD(vlan=110) / tcp4(), "stacked_vlan"),
        ("802.1ad around 802.1Q that nobody named",
         ether() / Dot1AD(vlan=100) / Dot1Q(vlan=110) / tcp4(), "wrong_vlan"),
        ("another VLAN", ether() / Dot1Q(vlan=110) / tcp4(), "wrong_vlan"),
        ("VLAN 4095", ether() / Dot1Q(vlan=4095) / tcp4(), "vlan_id"),
        ("IPv4 in LLC/SNAP", Dot3(src=ATTACKER, dst=VICTIM) / LLC(dsap=0xaa, ssap=0xaa, ctrl=3) /
         SNAP(OUI=0, code=0x0800) / tcp4(), "llc"),
        ("a router advertisement in LLC/SNAP",
         Dot3(src=ATTACKER, dst=ALL_NODES_MAC) / LLC(dsap=0xaa, ssap=0xaa, ctrl=3) /
         SNAP(OUI=0, code=0x86dd) / advertisement(), "llc"),
        ("a router advertisement behind a VLAN 0 tag in a VLAN 0 tag",
         ether(dst=ALL_NODES_MAC) / Dot1Q(vlan=0) / Dot1Q(vlan=0) / advertisement(),
         "stacked_vlan"),
        ("a router advertisement behind one VLAN 0 tag",
         ether(dst=ALL_NODES_MAC) / Dot1Q(vlan=0) / advertisement(), "ra_guard"),
        ("LLDP", ether(dst="01:80:c2:00:00:0e", type=0x88cc) / Raw(b"\x02\x07"), "ethertype"),
        ("an 802.3 length that lies", Dot3(src=ATTACKER, dst=VICTIM, len=1500) / Raw(b"\0" * 46),
         "llc"),

        ("loose source route", ether() / tcp4(options=[IPOption(b"\x83\x07\x04" + b"\x01" * 4)]),
         "source_route"),
        ("strict source route", ether() / tcp4(options=[IPOption(b"\x89\x07\x04" + b"\x01" * 4)]),
         "source_route"),
        ("record route", ether() / tcp4(options=[IPOption(b"\x07\x07\x04" + b"\0" * 4)]),
         "source_route"),
        ("an option of length 1", ether() / tcp4(options=[IPOption(b"\x94\x01\x00\x00")]),
         "ipv4_options"),
        ("IHL 4", ether() / tcp4(ihl=4), "ipv4_malformed"),
        ("version 5", ether() / tcp4(version=5), "ipv4_malformed"),
        ("more length than frame", ether() / tcp4(len=1400), "truncated"),
        ("less length than header", ether() / tcp4(len=19), "ipv4_malformed"),
        ("the reserved flag", ether() / tcp4(flags="evil"), "ipv4_malformed"),
        ("land attack", ether() / tcp4(dst=A4), "address"),
        ("from loopback", ether() / tcp4(src="127.0.0.1"), "address"),
        ("to broadcast", ether(dst="ff:ff:ff:ff:ff:ff") / tcp4(dst="255.255.255.255"), "address"),
        ("a first fragment", ether() / tcp4(flags="MF") / Raw(b"\0" * 4), "fragment"),
        ("a fragment at offset 1", ether() / IP(src=A4, dst=V4, proto=6, frag=1) / Raw(b"\0" * 12),
         "fragment"),
        ("SYN+FIN", ether() / IP(src=A4, dst=V4) / TCP(sport=40001, dport=80, flags="SF"),
         "tcp_flags"),
        ("no flags at all", ether() / IP(src=A4, dst=V4) / TCP(sport=40001, dport=80, flags=0),
         "tcp_flags"),
        ("a TCP header of 16 bytes", ether() / IP(src=A4, dst=V4) /
         TCP(sport=40001, dport=80, flags="S", dataofs=4), "tcp_malformed"),
        ("port 22", ether() / tcp4(22), "service"),
        ("another's IPv4 address", ether() / tcp4(src=OTHER4), "spoofed_address"),
        ("another's MAC and address from here", ether(src=stranger) / tcp4(src=OTHER4),
         "spoofed_mac"),
        ("nobody", ether(src=stranger) / tcp4(src="198.18.130.99"), "unknown_device"),
        ("GRE", ether() / IP(src=A4, dst=V4, proto=47) / Raw(b"\0" * 20), "protocol"),
        ("an ICMP redirect", ether() / IP(src=A4, dst=V4) / ICMP(type=5, code=1, gw=A4) /
         IP(src=V4, dst=A4) / UDP(sport=1, dport=2), "icmp_redirect"),
        ("an ICMP error about no flow", ether() / IP(src=A4, dst=V4) / ICMP(type=3, code=3) /
         IP(src=V4, dst=A4) / UDP(sport=9, dport=9), "icmp_error"),
        ("ARP for another's address", ether(dst="ff:ff:ff:ff:ff:ff") /
         ARP(op=2, hwsrc=ATTACKER, psrc=OTHER4, hwdst=VICTIM, pdst=V4), "arp_spoof"),
        ("ARP for the victim's address", ether(dst="ff:ff:ff:ff:ff:ff") /
         ARP(op=2, hwsrc=ATTACKER, psrc=V4, hwdst=VICTIM, pdst=V4), "arp_spoof"),

        ("IPv6: port 22", ether() / ip6() / syn6(22), "service"),
        ("IPv6: another's address", ether() / ip6(src=OTHER6) / syn6(), "spoofed_address"),
        ("IPv6: routing header type 0", ether() / ip6() /
         IPv6ExtHdrRouting(type=0, addresses=[V6]) / syn6(), "ipv6_routing"),
        ("IPv6: seven headers", ether() / ip6() / headers(7) / syn6(), "ipv6_chain"),
        ("IPv6: hop-by-hop in second place", ether() / ip6() / IPv6ExtHdrDestOpt() /
         IPv6ExtHdrHopByHop() / syn6(), "ipv6_header"),
        ("IPv6: two fragment headers", ether() / ip6() / IPv6ExtHdrFragment(id=1) /
         IPv6ExtHdrFragment(id=2) / syn6(), "ipv6_header"),
        ("IPv6: an atomic fragment to port 22", ether() / ip6() / IPv6ExtHdrFragment(id=1) /
         syn6(22), "service"),
        ("IPv6: a first fragment", ether() / ip6() / IPv6ExtHdrFragment(id=3, m=1) / syn6() /
         Raw(b"\0" * 4), "fragment"),
        ("IPv6: a fragment without its first", ether() / ip6() /
         IPv6ExtHdrFragment(id=4, offset=8, nh=6) / Raw(b"\0" * 16), "fragment"),
        ("IPv6: no next header", ether() / ip6(nh=59) / Raw(b"\0" * 8), "protocol"),
        ("IPv6: version 4 inside", ether() / ip6(version=4) / syn6(), "ipv6_malformed"),
        ("IPv6: payload length 0", ether() / ip6(plen=0) / syn6(), "ipv6_malformed"),
        ("IPv6: mapped IPv4", ether() / ip6(src="::ffff:198.18.130.13") / syn6(), "address"),
        ("a router advertisement", to_all(advertisement()), "ra_guard"),
        ("a router advertisement behind destination options",
         to_all(IPv6(src=LINK_LOCAL, dst=ALL_NODES, hlim=255) / IPv6ExtHdrDestOpt() /
                ICMPv6ND_RA()), "nd_malformed"),
        ("a router advertisement in a first fragment",
         to_all(IPv6(src=LINK_LOCAL, dst=ALL_NODES, hlim=255) / IPv6ExtHdrFragment(id=5, m=1) /
                ICMPv6ND_RA() / Raw(b"\0" * 8)), "fragment"),
        ("a redirect", ether() / IPv6(src=LINK_LOCAL, dst=V6, hlim=255) /
         ICMPv6ND_Redirect(tgt=LINK_LOCAL, dst=V6), "icmp_redirect"),
        ("neighbour solicitation from afar", ether() / ip6(hlim=64) / ICMPv6ND_NS(tgt=V6),
         "nd_malformed"),
        ("neighbour advertisement for another's address", ether() / ip6(hlim=255) /
         ICMPv6ND_NA(tgt=OTHER6, S=1, O=1) / ICMPv6NDOptDstLLAddr(lladdr=ATTACKER), "nd_spoof"),
        ("neighbour advertisement for the victim's address",
         to_all(ip6(dst=ALL_NODES, hlim=255) / ICMPv6ND_NA(tgt=V6, O=1) /
                ICMPv6NDOptDstLLAddr(lladdr=ATTACKER)), "nd_spoof"),
        ("neighbour advertisement with another MAC inside", ether() / ip6(hlim=255) /
         ICMPv6ND_NA(tgt=A6, S=1, O=1) / ICMPv6NDOptDstLLAddr(lladdr=stranger), "nd_spoof"),
        ("a DHCP server among the devices", ether(dst="ff:ff:ff:ff:ff:ff") /
         IP(src=A4, dst="255.255.255.255") / UDP(sport=67, dport=68) / Raw(b"\x02" + b"\0" * 299),
         "dhcp_server"),
        ("a DHCP request for another's MAC", ether(dst="ff:ff:ff:ff:ff:ff") /
         IP(src="0.0.0.0", dst="255.255.255.255") / UDP(sport=68, dport=67) /
         Raw(b"\x01\x01\x06\x00" + b"\0" * 24 + bytes.fromhex("020000001302") + b"\0" * 202 +
             b"\x63\x82\x53\x63\x35\x01\x01\xff"), "dhcp_client"),
        ("an echo request, IPv6", ether() / ip6() / ICMPv6EchoRequest(id=9), "service"),
    ]


def open_port(namespace):
    libc = ctypes.CDLL(None, use_errno=True)
    with open(namespace, encoding="ascii") as netns:
        if libc.setns(netns.fileno(), 0):
            raise OSError(ctypes.get_errno(), "setns")
    port = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    port.bind(("eth0", 0))
    return port


def drops(wardgate, control):
    said = subprocess.run([wardgate, "--socket", control, "--json", "drops"], check=True,
                          capture_output=True).stdout
    sums = {}
    for drop in json.loads(said)["drops"]:
        sums[drop["reason"]] = sums.get(drop["reason"], 0) + drop["packets"]
    return sums


def main():
    attacker, wardgate, control = sys.argv[1:]
    port = open_port(attacker)
    for name, frame, reason in rows():
        before = drops(wardgate, control)
        for _ in range(3):
            port.send(bytes(frame))
        after = drops(wardgate, control)
        more = after.get(reason, 0) - before.get(reason, 0)
        if more >= 3:
            print(f"ok - {name}: {reason}")
        else:
            grown = {r: n - before.get(r, 0) for r, n in after.items() if n > before.get(r, 0)}
            print(f"not ok - {name}: {reason}\n# grew: {grown}")
    sys.stdout.flush()
    os._exit(0)


main()
