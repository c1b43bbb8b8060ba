/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every reason for which the gateway passes or drops a packet. This table is the only place where a
 * reason is written down: the BPF program's enum, the metric labels, `wardgate reasons` and the
 * manual's table are generated from it.
 *
 * X(number, NAME, label, sentence, advice)
 *   number    stable for ever: it is stored in counters that outlive a daemon. Never reuse one.
 *   label     the value of the metric label `reason` and of JSON output. Never rename one.
 *   sentence  what happened, in the words of the operator.
 *   advice    what to do when the packet should have passed.
 */
#ifndef WARDGATE_REASONS_H
#define WARDGATE_REASONS_H

#define WARD_PASS_REASONS(X)                                                                       \
	X(1, FLOW, "flow", "belongs to a live flow that a rule allows", "")                        \
	X(2, NEW_FLOW, "new_flow", "opened a flow that a rule allows", "")                         \
	X(3, ARP, "arp", "ARP that agrees with the devices' bindings", "")                         \
	X(4, ND, "nd", "neighbour or router discovery that agrees with the bindings", "")          \
	X(5, DHCP, "dhcp", "a DHCP client's message, or a listed server's answer", "")             \
	X(6, ETHERTYPE_LISTED, "ethertype_listed", "an Ethernet type that the link lets pass", "") \
	X(7, HOST, "host", "for the gateway itself: handed to its kernel", "")                     \
	X(8, FRAGMENT_PASS, "fragment_pass", "follows a first fragment that was allowed", "")      \
	X(9, ICMP_ERROR_PASS, "icmp_error_pass", "an ICMP error about a live flow", "")            \
	X(10, GROUP_REPLY, "group_reply", "answers what the device sent to a group", "")

#define WARD_DROP_REASONS(X)                                                                       \
	X(16, NO_LINK, "no_link", "arrived on a port that belongs to no link",                     \
	  "apply the policy again, and report it if it goes on")                \
	X(17, TRUNCATED, "truncated", "the frame ends inside a header",                            \
	  "look for a faulty cable, NIC or driver on the sender")                                  \
	X(18, STACKED_VLAN, "stacked_vlan", "VLAN tags other than one 802.1Q tag, or one in 802.1ad",\
	  "remove the outer tag at the switch")                                                    \
	X(19, VLAN_ID, "vlan_id", "a VLAN tag with id 4095, or a stacked one with id 0",           \
	  "give the switch port a VLAN of its own")                                                \
	X(20, VLAN_NOT_ALLOWED, "vlan_not_allowed", "the link does not carry this VLAN",           \
	  "add the VLAN to the link's `vlans` list")                                               \
	X(21, LLC, "llc", "an 802.3 frame with a length in place of an Ethernet type",             \
	  "add `stp` to the link's `ethertypes` for spanning tree; nothing else passes")           \
	X(22, ETHERTYPE, "ethertype", "an Ethernet type that the link does not let pass",          \
	  "add it to the link's `ethertypes` if it should cross the gateway")                      \
	/* 23 was ipv6, in version 0.1. */                                                         \
	X(24, SOURCE_MAC, "source_mac", "the source MAC is a group address or zero",               \
	  "look for a faulty or hostile sender on this port")                                      \
	X(25, ARP_MALFORMED, "arp_malformed", "an ARP packet that is not Ethernet and IPv4",       \
	  "look for a faulty or hostile sender on this port")                                      \
	X(26, ARP_SPOOF, "arp_spoof", "ARP that claims an address which is bound elsewhere",       \
	  "compare the device's MAC, VLAN and address with the policy")                            \
	X(27, ARP_TARGET, "arp_target", "ARP from the IT side for an address of no device",        \
	  "add the device to the policy if it should be reachable")                                \
	X(28, IPV4_MALFORMED, "ipv4_malformed", "an IPv4 header with a wrong version or length",   \
	  "look for a faulty or hostile sender on this port")                                      \
	X(29, IPV4_OPTIONS, "ipv4_options", "malformed options in an IPv4 header",                 \
	  "look for a faulty or hostile sender on this port")                                      \
	X(30, FRAGMENT, "fragment", "a fragment, and the device's profile does not track them",    \
	  "lower the sender's MTU, or set `fragments: track` in the profile")                      \
	X(31, ADDRESS, "address", "a source or destination address that no host may use here",     \
	  "multicast, broadcast, loopback and zero addresses do not cross the gateway")            \
	X(32, PROTOCOL, "protocol", "an IP protocol that no service can name",                     \
	  "only TCP, UDP, SCTP, ICMP, ICMPv6 and IGMP cross the gateway")                          \
	X(33, TCP_MALFORMED, "tcp_malformed", "a TCP header with a wrong length or port",          \
	  "look for a faulty or hostile sender on this port")                                      \
	X(34, TCP_FLAGS, "tcp_flags", "a combination of TCP flags that no host sends",             \
	  "somebody is probing: find the sender")                                                  \
	X(35, UDP_MALFORMED, "udp_malformed", "a UDP header with a wrong length or port",          \
	  "look for a faulty or hostile sender on this port")                                      \
	X(36, ICMP_TYPE, "icmp_type", "a malformed ICMP message, or of a type that never passes",  \
	  "look for a faulty or hostile sender on this port")                                      \
	X(37, UNKNOWN_DEVICE, "unknown_device",                                                    \
	  "no device of the policy has this MAC and address", "add the device to `devices`")       \
	X(38, SPOOFED_MAC, "spoofed_mac", "a device's address, sent from another MAC",             \
	  "if the device was replaced, change its `mac`; if not, find the impostor")               \
	X(39, SPOOFED_ADDRESS, "spoofed_address",                                                  \
	  "a device's MAC with an address that is not its own",                                    \
	  "if the device was renumbered, change its `ip`")                                         \
	X(40, WRONG_VLAN, "wrong_vlan", "a device's MAC on a VLAN that is not its own",            \
	  "correct the switch port, or the device's `vlan`")                                       \
	X(41, WRONG_LINK, "wrong_link",                                                            \
	  "a device's MAC on a port of another link or on the IT side",                            \
	  "correct the cabling, or the device's `link`")                                           \
	X(42, DESTINATION_MAC, "destination_mac", "for a device's address, but not for its MAC",   \
	  "clear the sender's ARP cache; if it returns, find who answers for this address")        \
	X(43, DESTINATION, "destination", "no rule of the device's profile names this peer",       \
	  "add an `allow` rule for the peer to the profile")                                       \
	X(44, SERVICE, "service", "the profile names this peer, but not for this service",         \
	  "add the service to the rule for this peer")                                             \
	X(45, UNSOLICITED, "unsolicited",                                                          \
	  "from the IT side, and it answers nothing that a rule let the device ask",               \
	  "add an `allow` rule with `from` if this peer may open connections; "                    \
	  "in audit mode, one with `to` if it answers what only that mode let pass")               \
	X(46, NOT_OPENED, "not_opened",                                                            \
	  "TCP in mid-stream, but the gateway saw no connection open",                             \
	  "the connection is older than the gateway or has timed out: reconnect")                  \
	X(47, FLOWS_FULL, "flows_full",                                                            \
	  "the device has more live flows than its share of the table",                            \
	  "look for a scan or a leak of connections on the device")                                \
	X(48, REVOKED, "revoked", "a live flow whose rule is no longer in the policy",             \
	  "put the rule back if the flow should go on")                                            \
	X(49, PACKET_RATE, "packet_rate", "over the device's limit of packets per second",         \
	  "look for the cause at the device; raise `limit: packets` if it is normal")              \
	X(50, BIT_RATE, "bit_rate", "over the device's limit of bits per second",                  \
	  "look for the cause at the device; raise `limit: bits` if it is normal")                 \
	X(51, PORT_DOWN, "port_down", "the link's other port is not there",                        \
	  "see `wardgate status` for the state of the ports")                                      \
	X(52, INTERNAL, "internal", "a state that should not be possible; the packet was dropped", \
	  "report it with the output of `wardgate status --json`")                                 \
	X(53, VLAN_UNMAPPED, "vlan_unmapped", "the link's `vlan-map` does not name this VLAN",     \
	  "add the VLAN to the link's `vlan-map`")                                                 \
	X(54, CLOSED, "closed", "the policy, link, profile or device is closed",                   \
	  "set `enforcement: enforce` where it is closed")                                         \
	X(55, QUARANTINED, "quarantined", "the device is in quarantine",                           \
	  "`wardgate release DEVICE` ends the quarantine")                                         \
	X(56, ND_MALFORMED, "nd_malformed", "neighbour discovery that RFC 4861 or 6980 forbids",   \
	  "look for a faulty or hostile sender on this port")                                      \
	X(57, ND_SPOOF, "nd_spoof", "neighbour discovery claiming an address bound elsewhere",     \
	  "compare the device's MAC, VLAN and addresses with the policy")                          \
	X(58, ND_TARGET, "nd_target", "neighbour discovery from the IT side, of no device",        \
	  "add the device to the policy if it should be reachable")                                \
	X(59, RA_GUARD, "ra_guard", "a router advertisement, not from a listed router",            \
	  "add the router to the link's `routers` if it is one")                                   \
	X(60, ICMP_REDIRECT, "icmp_redirect", "an ICMP or ICMPv6 redirect",                        \
	  "somebody tries to divert traffic: find the sender")                                     \
	X(61, DHCP_SERVER, "dhcp_server", "a DHCP answer, not from a listed server",               \
	  "add the server or relay to the link's `dhcp-servers` if it is one")                     \
	X(62, DHCP_UNSOLICITED, "dhcp_unsolicited", "a DHCP answer that no device asked for",      \
	  "the device asked too long ago, or somebody forges answers")                             \
	X(63, DHCP_MALFORMED, "dhcp_malformed", "a DHCP message that is cut off or contradictory", \
	  "look for a faulty or hostile sender on this port")                                      \
	X(64, DHCP_CLIENT, "dhcp_client", "a DHCP request in the name of another MAC",             \
	  "find the sender: it asks for another's address")                                        \
	X(65, IPV6_MALFORMED, "ipv6_malformed", "an IPv6 header with a wrong version or length",   \
	  "look for a faulty or hostile sender on this port")                                      \
	X(66, IPV6_ROUTING, "ipv6_routing", "an IPv6 routing header",                              \
	  "turn source routing off at the sender")                                                 \
	X(67, IPV6_HEADER, "ipv6_header", "an IPv6 extension header that is unknown or misplaced", \
	  "look for a faulty or hostile sender on this port")                                      \
	X(68, IPV6_CHAIN, "ipv6_chain", "too many IPv6 extension headers",                         \
	  "somebody is probing: find the sender")                                                  \
	X(69, SOURCE_ROUTE, "source_route", "an IPv4 source route or record route option",         \
	  "turn source routing off at the sender")                                                 \
	X(70, FRAGMENT_TINY, "fragment_tiny", "a fragment too small to be honest",                 \
	  "somebody tries to evade the policy: find the sender")                                   \
	X(71, FRAGMENT_OVERLAP, "fragment_overlap", "a fragment of what has passed already",       \
	  "somebody tries to evade the policy: find the sender")                                   \
	X(72, FRAGMENT_RANGE, "fragment_range", "a fragment past the end of its packet",           \
	  "somebody tries to evade the policy: find the sender")                                   \
	X(73, FRAGMENT_ORPHAN, "fragment_orphan", "a fragment before or without its first one",    \
	  "the first fragment was dropped or lost: look at the device's other drops")              \
	X(74, FRAGMENT_LIMIT, "fragment_limit", "too many fragmented packets of a device at once", \
	  "lower the sender's MTU, so that it need not fragment")                                  \
	X(75, SCTP_MALFORMED, "sctp_malformed", "an SCTP header or first chunk that is wrong",     \
	  "look for a faulty or hostile sender on this port")                                      \
	X(76, ICMP_ERROR, "icmp_error", "an ICMP error that is about no live flow",                \
	  "the flow has ended, or somebody forges errors")                                         \
	X(77, MULTICAST, "multicast", "from the IT side to a group that is not in the policy",     \
	  "add the group to `devices` if devices should receive it")                               \
	X(78, NEW_FLOW_RATE, "new_flow_rate", "over the device's limit of new flows per second",   \
	  "look for a scan; raise `limit: new-flows` if it is normal")                             \
	X(79, RULE_FLOWS, "rule_flows", "over the rule's limit of live flows for one device",      \
	  "raise `flows` in the rule's `limit` if it is normal")                                   \
	X(80, RULE_PACKET_RATE, "rule_packet_rate", "over the rule's limit of packets per second", \
	  "raise `packets` in the rule's `limit` if it is normal")                                 \
	X(81, RULE_BIT_RATE, "rule_bit_rate", "over the rule's limit of bits per second",          \
	  "raise `bits` in the rule's `limit` if it is normal")                                    \
	X(82, RULE_NEW_FLOW_RATE, "rule_new_flow_rate", "over the rule's limit of new flows",      \
	  "raise `new-flows` in the rule's `limit` if it is normal")                               \
	X(83, NO_ROUTE, "no_route", "the gateway's routing table has no way to the destination",   \
	  "add a route on the gateway: see `ip route get`")                                        \
	X(84, NEIGHBOUR, "neighbour", "the gateway's neighbour table has another MAC for the device",\
	  "delete the entry (`ip neigh`); if it returns, find who answers for the device")         \
	X(85, WRONG_GATEWAY, "wrong_gateway", "in routed mode, a frame for another MAC than ours", \
	  "see who answers ARP for the gateway's address on this VLAN")                            \
	X(86, IGMP_MALFORMED, "igmp_malformed", "an IGMP message that is cut off",                 \
	  "look for a faulty or hostile sender on this port")                                      \
	X(87, CLEAR_TEXT, "clear_text", "not the TLS or DTLS that the rule requires",              \
	  "turn TLS on at both ends; `encrypted: preferred` in the rule only counts such flows")  \
	X(91, RULE_EXPIRED, "rule_expired", "the rule that would allow it has expired",            \
	  "give the rule a later `expires`, if it is still needed")                                \
	X(92, OUT_OF_HOURS, "out_of_hours", "outside the hours of the rule that would allow it",   \
	  "wait for the rule's `hours`, or change them")

/*
 * Audit mode lets pass what the policy does not allow. It does not let pass what was not
 * understood, what has no way out, or what only an attacker sends: these stay dropped.
 */
#define WARD_HARD_REASONS(X)                                                                       \
	X(NO_LINK) X(TRUNCATED) X(STACKED_VLAN) X(VLAN_ID) X(LLC) X(SOURCE_MAC) X(ARP_MALFORMED)   \
	X(IPV4_MALFORMED) X(IPV4_OPTIONS) X(ADDRESS) X(TCP_MALFORMED) X(TCP_FLAGS)                 \
	X(UDP_MALFORMED) X(PORT_DOWN) X(INTERNAL) X(VLAN_UNMAPPED) X(CLOSED) X(QUARANTINED)        \
	X(ND_MALFORMED) X(DHCP_MALFORMED) X(IPV6_MALFORMED) X(IPV6_ROUTING) X(IPV6_HEADER)         \
	X(IPV6_CHAIN) X(SOURCE_ROUTE) X(FRAGMENT_TINY) X(FRAGMENT_OVERLAP) X(FRAGMENT_RANGE)       \
	X(SCTP_MALFORMED) X(NO_ROUTE) X(NEIGHBOUR) X(WRONG_GATEWAY) X(IGMP_MALFORMED)

#define WARD_REASONS(X) WARD_PASS_REASONS(X) WARD_DROP_REASONS(X)

enum ward_reason {
	/* A stage returns this when it has not decided. */
	WARD_CONTINUE = 0,
#define X(number, name, label, sentence, advice) WARD_##name = number,
	WARD_REASONS(X)
#undef X
};

#define WARD_FIRST_DROP_REASON 16
/* Room for every drop reason to come; the size of state that outlives the daemon depends on it. */
#define WARD_REASON_SLOTS 128
#define WARD_DROP_SLOTS (WARD_REASON_SLOTS - WARD_FIRST_DROP_REASON)

#endif
