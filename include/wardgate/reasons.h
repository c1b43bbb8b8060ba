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
	X(3, ARP, "arp", "ARP that agrees with the devices' bindings", "")

#define WARD_DROP_REASONS(X)                                                                       \
	X(16, NO_LINK, "no_link", "arrived on a port that belongs to no link",                     \
	  "apply the policy again, and report it if it goes on")                \
	X(17, TRUNCATED, "truncated", "the frame ends inside a header",                            \
	  "look for a faulty cable, NIC or driver on the sender")                                  \
	X(18, STACKED_VLAN, "stacked_vlan", "more than one VLAN tag, or an 802.1ad tag",           \
	  "remove the outer tag at the switch")                                                    \
	X(19, VLAN_ID, "vlan_id", "a VLAN tag whose id is 0 or 4095",                              \
	  "give the switch port a VLAN of its own")                                                \
	X(20, VLAN_NOT_ALLOWED, "vlan_not_allowed", "the link does not carry this VLAN",           \
	  "add the VLAN to the link's `vlans` list")                                               \
	X(21, LLC, "llc", "an 802.3 frame with a length in place of an Ethernet type",             \
	  "spanning tree and other LLC protocols do not cross the gateway")                        \
	X(22, ETHERTYPE, "ethertype", "neither IPv4 nor ARP",                                      \
	  "only IPv4 and ARP cross the gateway")                                                   \
	X(23, IPV6, "ipv6", "IPv6, which this version does not forward",                           \
	  "give the device an IPv4 address")                                                       \
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
	X(29, IPV4_OPTIONS, "ipv4_options", "an IPv4 header with options",                         \
	  "turn IP options off at the sender")                                                     \
	X(30, FRAGMENT, "fragment", "a fragment of an IPv4 packet",                                \
	  "lower the sender's MTU: no fragment crosses the gateway")                               \
	X(31, ADDRESS, "address", "a source or destination address that no host may use here",     \
	  "multicast, broadcast, loopback and zero addresses do not cross the gateway")            \
	X(32, PROTOCOL, "protocol", "an IP protocol other than TCP, UDP and ICMP",                 \
	  "only TCP, UDP and ICMP echo cross the gateway")                                         \
	X(33, TCP_MALFORMED, "tcp_malformed", "a TCP header with a wrong length or port",          \
	  "look for a faulty or hostile sender on this port")                                      \
	X(34, TCP_FLAGS, "tcp_flags", "a combination of TCP flags that no host sends",             \
	  "somebody is probing: find the sender")                                                  \
	X(35, UDP_MALFORMED, "udp_malformed", "a UDP header with a wrong length or port",          \
	  "look for a faulty or hostile sender on this port")                                      \
	X(36, ICMP_TYPE, "icmp_type", "an ICMP message other than echo request and reply",         \
	  "only echo crosses the gateway")                                                         \
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
	  "from the IT side, and it answers nothing the device asked",                             \
	  "add an `allow` rule with `from` if this peer may open connections")                     \
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
	  "report it with the output of `wardgate status --json`")

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
#define WARD_REASON_SLOTS 64
#define WARD_DROP_SLOTS (WARD_REASON_SLOTS - WARD_FIRST_DROP_REASON)

#endif
