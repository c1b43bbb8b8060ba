/* SPDX-License-Identifier: GPL-2.0-only */
/* What is known of the packet so far. Each stage reads what the ones before it wrote. */
#ifndef WARDGATE_PACKET_BPF_H
#define WARDGATE_PACKET_BPF_H

#include <stdbool.h>

#include <bpf/bpf_endian.h>

#include "maps.bpf.h"

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_ARP 0x0806
#define ETHERTYPE_8021Q 0x8100
#define ETHERTYPE_8021AD 0x88a8
#define ETHERTYPE_IPV6 0x86dd
#define ETHERTYPE_LOWEST 0x0600	/* below: a length (IEEE 802.3-2018, 3.2.6) */

#define PROTOCOL_ICMP 1
#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

struct packet {
	__u64 now;		/* CLOCK_MONOTONIC_COARSE, ns */
	__u32 length;		/* of the frame, bytes */
	__u32 ifindex;

	/* parse */
	__u16 ethertype;	/* of the payload, host order */
	__u16 vlan;
	__u64 source_mac;	/* as mac_of() reads it */
	__u64 destination_mac;
	__be32 source;		/* ARP: sender's and target's protocol address */
	__be32 destination;
	__be16 source_port;	/* ICMP echo: the identifier, in both */
	__be16 destination_port;
	__u8 protocol;
	__u8 tcp_flags;
	__u8 has_addresses;
	__u8 is_reply;		/* ICMP echo reply; ARP reply */

	/* identify */
	const struct ward_port *port;
	const struct ward_device *device;
	struct ward_share *share;	/* of the device */
	struct ward_lane *lane;	/* where it is counted when it passes */
	__u32 owner;		/* to whom it is charged */
	__u8 side;		/* on which it came in */

	/* state and allow */
	__u64 ends;		/* as in struct ward_flow */
	struct ward_flow *flow;	/* live, and the packet belongs to it */
	struct ward_flow *reuse;/* a closing flow of the same ends, which this packet may replace */
	__u8 opener;		/* enum ward_side: who opened, or opens, the flow */
	__u32 rule;
};

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

#endif
