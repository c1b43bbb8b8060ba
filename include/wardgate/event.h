/* SPDX-License-Identifier: GPL-2.0-only */
/* What the ring buffer carries: a dropped packet, an audited one or a new flow, sampled. */
#ifndef WARDGATE_EVENT_H
#define WARDGATE_EVENT_H

#include <linux/types.h>

struct ward_event {
	__u64 time;		/* CLOCK_MONOTONIC_COARSE, ns */
	/* drops of this owner for this reason on this CPU so far; of a new flow: 0 */
	__u64 count;
	__u32 owner;		/* to whom the packet was charged */
	__u32 generation;
	__u32 length;		/* of the frame, bytes */
	__u32 ifindex;		/* of the port it came in on */
	__u16 reason;		/* enum ward_reason; WARD_NEW_FLOW: a rule with `log` opened it */
	__u16 link;
	__u16 vlan;		/* WARD_NO_VLAN or the tag's id */
	__be16 ethertype;	/* of the payload; 0 when not reached */
	__u8 side;		/* enum ward_side */
	__u8 protocol;		/* IPPROTO_*; valid when addresses is 4 or 6 */
	__u8 addresses;		/* 0: none; 4: IPv4; 6: IPv6 */
	__u8 tcp_flags;
	__u8 source_mac[6];
	__u8 destination_mac[6];
	__be32 source[4];	/* IPv4 as ::ffff:a.b.c.d; ARP: sender's and target's */
	__be32 destination[4];
	__be16 source_port;	/* ICMP: identifier */
	__be16 destination_port;
	__u8 audited;		/* 1: it would have been dropped, but passed in audit mode */
	__u8 icmp_type;		/* ICMP and ICMPv6 */
	__u16 zero;
	__u32 rule;		/* of a new flow: index into rule_counters */
	__u32 zero2;
};

_Static_assert(sizeof(struct ward_event) == 104, "layout");

#endif
