/* SPDX-License-Identifier: GPL-2.0-only */
/* What is known of the packet so far. Each stage reads what the ones before it wrote. */
#ifndef WARDGATE_PACKET_BPF_H
#define WARDGATE_PACKET_BPF_H

#include <stdbool.h>
#include <stddef.h>

#include <bpf/bpf_endian.h>

#include "maps.bpf.h"

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_ARP 0x0806
#define ETHERTYPE_8021Q 0x8100
#define ETHERTYPE_8021AD 0x88a8
#define ETHERTYPE_IPV6 0x86dd
#define ETHERTYPE_LOWEST 0x0600	/* below: a length (IEEE 802.3-2018, 3.2.6) */

#define PROTOCOL_ICMP 1
#define PROTOCOL_IGMP 2
#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17
#define PROTOCOL_ICMPV6 58
#define PROTOCOL_SCTP 132

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10
#define TCP_URG 0x20

/* An address of either family; IPv4 as ::ffff:a.b.c.d, so that code after parse knows one kind. */
union address {
	__be32 word[4];
	__u64 half[2];
};

/* What a packet is, beyond its protocol: at most one of the first group. */
enum packet_kind {
	IS_DISCOVERY = 1 << 0,	/* ARP; ICMPv6 133 to 136: judged by bindings, not by rules */
	IS_DHCP = 1 << 1,
	/*
	 * ICMP error; the ends are those of the packet it is about, or of no flow. Of a first
	 * fragment: an error, discovery or DHCP, none of which may pass in fragments.
	 */
	IS_ERROR = 1 << 2,

	IS_REPLY = 1 << 3,	/* ICMP echo and timestamp replies; ARP reply */
	IS_ONE_WAY = 1 << 4,	/* a message without reply: some ICMP and ICMPv6 types, IGMP */
	IS_TO_GROUP = 1 << 5,	/* the destination is a multicast group */
	IS_FIRST_FRAGMENT = 1 << 6,
	IS_LATER_FRAGMENT = 1 << 7,	/* has no ports */
	IS_LAST_FRAGMENT = 1 << 8,

	/* From 0.0.0.0 or ::, or to 255.255.255.255: parse() lets pass only what may be. */
	IS_NAMELESS = 1 << 9,
};

struct packet {
	__u64 now;		/* CLOCK_MONOTONIC_COARSE, ns */
	__u32 length;		/* of the frame, bytes */
	__u32 ifindex;

	/* of the port, all zero while it is not known */
	__u32 target;		/* key of the link's other port in tx_ports */
	__u32 port_owner;
	__u16 port_flags;	/* enum ward_port_flag */
	__u8 link;
	__u8 port_side;

	/* parse */
	__u8 side;		/* on which it came in */
	__u16 ethertype;	/* of the payload, host order */
	__u16 vlan;		/* as the policy numbers it: of the clinical side */
	__u16 wire_vlan;	/* as it came in */
	__u16 kind;		/* enum packet_kind */
	__u64 source_mac;	/* as mac_of() reads it */
	__u64 destination_mac;
	/*
	 * By end, not by direction: parse() knows the side, and all after it asks for ends. From
	 * the clinical side the local end is the source. ARP: sender's and target's protocol
	 * address.
	 */
	union address local;	/* of the device, when the packet is what it should be */
	union address peer;
	__be16 local_port;	/* ICMP echo, timestamp: the identifier, in both; else 0 */
	__be16 peer_port;
	__u8 protocol;
	__u8 tcp_flags;
	__u8 type;		/* ICMP, ICMPv6 (of a reply: of its request), IGMP */
	__u8 is_ip;		/* addresses and protocol are known */
	__u16 network_offset;	/* from the start of the frame */
	__u16 transport_offset;
	__u16 transport_length;	/* bytes behind the IP headers */
	__u16 fragment_offset;	/* bytes */
	__u16 fragment_length;	/* bytes that it carries of the datagram's payload */
	__u32 fragment_id;	/* host order */
	__u32 tcp_sequence;	/* host order */
	__u32 tcp_acknowledged;
	__u16 tcp_window;	/* as on the wire */
	__u16 tcp_payload;	/* bytes */
	__u8 tcp_options;	/* bytes of them */
	__u8 has_tags;		/* number of VLAN tags on the wire, priority tag included */

	/* identify */
	__u8 local_number;	/* ward_device.number of the device's address */
	__u8 is_device;		/* it is known which device it is from or for */
	__u32 owner;		/* to whom it is charged */
	__u32 profile;		/* index into profiles; WARD_NO_PROFILE when nothing is allowed */
	__u32 own_profile;	/* the device's, when it is in quarantine too */
	__u64 device_mac;

	/* state and allow */
	__u64 ends;		/* as in struct ward_flow */
	__u32 rule;
	__u8 opener;		/* enum ward_side: who opened, or opens, the flow */
	__u8 rule_flags;	/* enum ward_rule_flag, and BEGINS_CLEAR */
	__u8 is_quarantined;
	/* enum ward_reason for which it passes, when nothing else decides */
	__u8 pass;

	/* audit mode: what it would have been dropped for, and to whom that is charged */
	__u32 audit_owner;
	__u8 audited;		/* enum ward_reason, or WARD_CONTINUE */

	/* routed mode: see ends.bpf.h */
	__u8 step;		/* enum step */
	__u8 has_turns;		/* from one device to another: there are four of them */
	__u8 refused;		/* see forget_which() */
	__u8 scratch;		/* see forget() */
	__u32 claim;		/* of the flow's place, when it was found */

	/* Pointers come last: see forget(). */
	struct ward_share *share;	/* of the device */
	struct ward_lane *lane;	/* where it is counted when it passes */
	struct ward_flow *flow;	/* live, and the packet belongs to it */
	struct ward_flow *reuse;/* a closing flow of the same ends, which this packet may replace */
};

/*
 * For the verifier: it follows every way through the program as long as it knows that two ways are
 * different, and after parse() and at the exit there are hundreds of them. A byte is written that
 * could be any of them, as far as it can tell; so it forgets what it knows of all the numbers. The
 * byte is `scratch`, for no frame is 16 MiB long.
 */
static __always_inline void forget(struct packet *p)
{
	__u64 at = offsetof(struct packet, scratch) ^ p->length >> 24;

	asm volatile("if %0 < %1 goto +1\n\t%0 = 0"
		     : "+r"(at) : "i"(offsetof(struct packet, share)));
	*((volatile __u8 *)p + at) = 1;
	asm volatile("" : : : "memory");
}

/* For the verifier too: a function that is not static may have written anything there. */
static __always_inline void no_pointers(struct packet *p)
{
	p->share = NULL;
	p->lane = NULL;
	p->flow = NULL;
	p->reuse = NULL;
}

static __always_inline bool is_routed(const struct packet *p)
{
	return has_routed && p->port_flags & WARD_PORT_ROUTED;
}

static __always_inline bool is_mapped(const union address *a)
{
	return !a->half[0] && a->word[2] == bpf_htonl(0xffff);
}

static __always_inline union address mapped(__be32 ipv4)
{
	return (union address){ .word = { 0, 0, bpf_htonl(0xffff), ipv4 } };
}

static __always_inline bool same_address(const union address *a, const union address *b)
{
	return !((a->half[0] ^ b->half[0]) | (a->half[1] ^ b->half[1]));
}

/* 0/8, 127/8 and 224/3: no host's address (RFC 6890; RFC 1122, 3.2.1.3). */
static __always_inline bool is_host_address(__be32 address)
{
	__u8 first = bpf_ntohl(address) >> 24;

	return first != 0 && first != 127 && first < 224;
}

#define SECOND 1000000000ull	/* ns */

#define MAC_BROADCAST 0xffffffffffffull

/*
 * A MAC as a number, so that two compare in one step. On a little-endian machine it also has the
 * layout of struct ward_mac_key.
 */
static __always_inline __u64 mac_of(const __u8 *bytes)
{
	return *(const __u32 *)bytes | (__u64)*(const __u16 *)(bytes + 4) << 32;
}

/* Only for what is rare: whoever sent it, and whoever it is for. */
static __always_inline union address source_of(const struct packet *p)
{
	return p->side == WARD_CLINICAL ? p->local : p->peer;
}

static __always_inline union address destination_of(const struct packet *p)
{
	return p->side == WARD_CLINICAL ? p->peer : p->local;
}

static __always_inline __u64 coarse_now(void)
{
#ifdef WARD_TEST
	return test_now;
#else
	return bpf_ktime_get_coarse_ns();
#endif
}

#endif
