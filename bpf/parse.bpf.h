/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads the headers. What is not understood to the last field is refused, with its own reason. */
#ifndef WARDGATE_PARSE_BPF_H
#define WARDGATE_PARSE_BPF_H

#include "ethernet.bpf.h"
#include "icmp.bpf.h"
#include "ipv4.bpf.h"
#include "ipv6.bpf.h"
#include "transport.bpf.h"

/* <linux/if_arp.h> needs the C library. */
#define ARP_HARDWARE_ETHERNET 1
#define ARP_REQUEST 1
#define ARP_REPLY 2
#define ARP_PADDING 32	/* to the shortest frame, tagged or not: ARP carries no data */

/* RFC 826, for Ethernet and IPv4. */
struct arp_ipv4 {
	__be16 hardware, protocol;
	__u8 hardware_length, protocol_length;
	__be16 operation;
	__u8 sender_mac[6];
	__be32 sender;
	__u8 target_mac[6];
	__be32 target;
} __attribute__((packed));

static __always_inline int parse_arp(struct xdp_md *ctx, struct packet *p)
{
	const struct arp_ipv4 *arp = header_at(ctx, p->network_offset, sizeof(*arp));
	__u16 operation;

	if (!arp)
		return WARD_TRUNCATED;
	p->kind |= IS_DISCOVERY;
	operation = bpf_ntohs(arp->operation);
	if (arp->hardware != bpf_htons(ARP_HARDWARE_ETHERNET) ||
	    arp->protocol != bpf_htons(ETHERTYPE_IPV4) ||
	    arp->hardware_length != 6 || arp->protocol_length != 4 ||
	    (operation != ARP_REQUEST && operation != ARP_REPLY))
		return WARD_ARP_MALFORMED;
	set_ipv4_ends(p, arp->sender, arp->target);
	p->is_ip = true;
	if (p->length > p->network_offset + sizeof(*arp) + ARP_PADDING)
		return WARD_ARP_MALFORMED;
	if (operation == ARP_REPLY)
		p->kind |= IS_REPLY;
	return mac_of(arp->sender_mac) == p->source_mac ? WARD_CONTINUE : WARD_ARP_SPOOF;
}

/* The protocols that services can name, each in the family it belongs to. */
static __always_inline int parse_transport(struct xdp_md *ctx, struct packet *p)
{
	bool is_ipv4 = p->ethertype == ETHERTYPE_IPV4;

	switch (p->protocol) {
	case PROTOCOL_TCP:
		return parse_tcp(ctx, p);
	case PROTOCOL_UDP:
		return parse_udp(ctx, p);
	case PROTOCOL_SCTP:
		return parse_sctp(ctx, p);
	case PROTOCOL_ICMP:
		return is_ipv4 ? parse_icmp(ctx, p) : WARD_PROTOCOL;
	case PROTOCOL_ICMPV6:
		return is_ipv4 ? WARD_PROTOCOL : parse_icmpv6(ctx, p);
	case PROTOCOL_IGMP:
		return is_ipv4 ? parse_igmp(ctx, p) : WARD_PROTOCOL;
	}
	return WARD_PROTOCOL;
}

/* Of a later fragment only the protocol's number is known. */
static __always_inline int judge_protocol(const struct packet *p)
{
	bool is_ipv4 = p->ethertype == ETHERTYPE_IPV4;

	switch (p->protocol) {
	case PROTOCOL_TCP:
	case PROTOCOL_UDP:
	case PROTOCOL_SCTP:
		return WARD_CONTINUE;
	case PROTOCOL_ICMP:
	case PROTOCOL_IGMP:
		return is_ipv4 ? WARD_CONTINUE : WARD_PROTOCOL;
	case PROTOCOL_ICMPV6:
		return is_ipv4 ? WARD_PROTOCOL : WARD_CONTINUE;
	}
	return WARD_PROTOCOL;
}

/*
 * Without an address of its own a host may ask for one: by DHCP (RFC 2131, 4.1), or by discovery,
 * and tell which groups it listens to (RFC 4861, 4.1 and 4.3; RFC 3590).
 */
static __always_inline int judge_nameless(const struct packet *p)
{
	bool may_be;

	if (p->ethertype == ETHERTYPE_IPV4)
		may_be = p->kind & IS_DHCP;
	else
		may_be = p->protocol == PROTOCOL_ICMPV6 &&
			 ((p->type >= ICMPV6_MLD_QUERY && p->type <= ICMPV6_REDIRECT) ||
			  p->type == ICMPV6_MLD_REPORT_V2);
	return may_be ? WARD_CONTINUE : WARD_ADDRESS;
}

static __always_inline int parse_ip(struct xdp_md *ctx, struct packet *p)
{
	int reason = p->ethertype == ETHERTYPE_IPV4 ? parse_ipv4(ctx, p) : parse_ipv6(ctx, p);

	if (reason)
		return reason;
	reason = p->kind & IS_LATER_FRAGMENT ? judge_protocol(p) : parse_transport(ctx, p);
	if (!reason && p->kind & IS_NAMELESS)
		reason = judge_nameless(p);
	return reason;
}

/*
 * Not static, so that the verifier looks at it once and by itself. After it, it knows nothing of
 * the numbers in `p`: hundreds of ways through the headers go on as one.
 */
__noinline int parse(struct xdp_md *ctx, struct packet *p)
{
	int reason = p ? parse_ethernet(ctx, p) : WARD_INTERNAL;

	if (reason)
		return reason;
	if (p->ethertype == ETHERTYPE_IPV4 || p->ethertype == ETHERTYPE_IPV6)
		return parse_ip(ctx, p);
	if (p->ethertype == ETHERTYPE_ARP)
		return parse_arp(ctx, p);
	return judge_ethertype(ctx, p);
}

#endif
