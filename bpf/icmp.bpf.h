/* SPDX-License-Identifier: GPL-2.0-only */
/* ICMP and ICMPv6 messages, and what an error is about: README.md, sections 5, 7 and 8. */
#ifndef WARDGATE_ICMP_BPF_H
#define WARDGATE_ICMP_BPF_H

#include "ipv4.bpf.h"
#include "ipv6.bpf.h"

/* <linux/icmp.h> needs the C library. */
enum icmp_type {	/* RFC 792 */
	ICMP_ECHO_REPLY = 0,
	ICMP_UNREACHABLE = 3,
	ICMP_REDIRECT = 5,
	ICMP_ECHO = 8,
	ICMP_TIME_EXCEEDED = 11,
	ICMP_PARAMETER_PROBLEM = 12,
	ICMP_TIMESTAMP = 13,
	ICMP_TIMESTAMP_REPLY = 14,
};

enum icmpv6_type {	/* RFC 4443, RFC 4861 */
	ICMPV6_FIRST_ERROR = 1,
	ICMPV6_LAST_ERROR = 4,
	ICMPV6_FIRST_MESSAGE = 128,
	ICMPV6_ECHO = 128,
	ICMPV6_ECHO_REPLY = 129,
	ICMPV6_MLD_QUERY = 130,
	ICMPV6_ROUTER_SOLICITATION = 133,
	ICMPV6_ROUTER_ADVERTISEMENT,
	ICMPV6_NEIGHBOUR_SOLICITATION,
	ICMPV6_NEIGHBOUR_ADVERTISEMENT,
	ICMPV6_REDIRECT,
	ICMPV6_MLD_REPORT_V2 = 143,	/* RFC 3810 */
};

/* Echo and its reply; of other messages the first four bytes are the same. */
struct icmp_echo {
	__u8 type, code;
	__be16 checksum;
	__be16 id, sequence;
};

#define ICMPV6_SHORTEST 4

/* The ends of a request and of its reply are the same, and so are those of an error about it. */
static __always_inline void set_echo(struct packet *p, __be16 id, __u8 request)
{
	p->local_port = p->peer_port = id;
	p->type = request;
}

/* The first 8 bytes behind the IP header of the packet that an error is about. */
struct inner_transport {
	union {
		struct {
			__be16 source, destination;
			__be32 rest;
		};
		struct icmp_echo echo;
	};
};

/* False when the packet has neither ports nor an identifier. */
static __always_inline bool set_inner_ports(struct packet *p, const struct inner_transport *inner,
					    __u8 protocol)
{
	bool is_ipv4 = p->ethertype == ETHERTYPE_IPV4;
	__u8 type = inner->echo.type;

	if (protocol == PROTOCOL_TCP || protocol == PROTOCOL_UDP || protocol == PROTOCOL_SCTP)
		/* It went the other way than the error. */
		set_ports(p, inner->destination, inner->source);
	else if (protocol != p->protocol)
		return false;
	else if (is_ipv4 && (type == ICMP_ECHO || type == ICMP_ECHO_REPLY))
		set_echo(p, inner->echo.id, ICMP_ECHO);
	else if (is_ipv4 && (type == ICMP_TIMESTAMP || type == ICMP_TIMESTAMP_REPLY))
		set_echo(p, inner->echo.id, ICMP_TIMESTAMP);
	else if (!is_ipv4 && (type == ICMPV6_ECHO || type == ICMPV6_ECHO_REPLY))
		set_echo(p, inner->echo.id, ICMPV6_ECHO);
	else
		return false;
	p->protocol = protocol;
	return true;
}

/*
 * An error from the IT side is about what the device sent to a peer, but it may come from any
 * router on the way. From the clinical side it comes from the device that the packet was for.
 */
static __always_inline void set_inner_ends(struct packet *p, const union address *source,
					   const union address *destination,
					   const struct inner_transport *inner, __u8 protocol)
{
	if (p->side == WARD_CLINICAL ?
		    !same_address(source, &p->peer) || !same_address(destination, &p->local) :
		    !same_address(source, &p->local))
		return;
	if (set_inner_ports(p, inner, protocol) && p->side == WARD_IT)
		p->peer = *destination;
}

static __always_inline void parse_inner_ipv4(struct xdp_md *ctx, struct packet *p, __u64 at,
					     __u32 left)
{
	const struct iphdr *ip = header_at(ctx, at, sizeof(*ip));
	const struct inner_transport *inner;
	union address source, destination;
	__u32 header;

	if (!ip || left < sizeof(*ip))
		return;
	header = ip->ihl * 4u;
	if (ip->version != 4 || header < sizeof(*ip) || left < header + sizeof(*inner) ||
	    ip->frag_off & bpf_htons(IPV4_OFFSET))
		return;
	inner = header_at(ctx, at + header, sizeof(*inner));
	if (!inner)
		return;
	source = mapped(ip->saddr);
	destination = mapped(ip->daddr);
	set_inner_ends(p, &source, &destination, inner, ip->protocol);
}

static __always_inline void parse_inner_ipv6(struct xdp_md *ctx, struct packet *p, __u64 at,
					     __u32 left)
{
	const struct ipv6_header *ip = header_at(ctx, at, sizeof(*ip));
	const struct inner_transport *inner = header_at(ctx, at + sizeof(*ip), sizeof(*inner));

	if (ip && inner && left >= sizeof(*ip) + sizeof(*inner) &&
	    (bpf_ntohl(ip->version_class_label) >> 28) == 6)
		set_inner_ends(p, &ip->source, &ip->destination, inner, ip->next);
}

/*
 * From here on the ends are those of the packet that the error is about. When it is about nothing
 * that could be a flow's, they are of ICMP type 0, which no flow has: icmp_error() will find none,
 * when it is known whose error it is.
 */
static __always_inline int parse_icmp_error(struct xdp_md *ctx, struct packet *p)
{
	__u64 at = p->transport_offset + sizeof(struct icmp_echo);
	__u32 left = p->transport_length - sizeof(struct icmp_echo);

	p->kind |= IS_ERROR;
	p->type = 0;
	if (p->kind & IS_FIRST_FRAGMENT)
		return WARD_CONTINUE;
	if (p->ethertype == ETHERTYPE_IPV4)
		parse_inner_ipv4(ctx, p, at, left);
	else
		parse_inner_ipv6(ctx, p, at, left);
	return WARD_CONTINUE;
}

static __always_inline int parse_icmp(struct xdp_md *ctx, struct packet *p)
{
	const struct icmp_echo *icmp = header_at(ctx, p->transport_offset, sizeof(*icmp));

	if (p->transport_length < sizeof(*icmp))
		return cut_off(p, WARD_ICMP_TYPE);
	if (!icmp)
		return WARD_TRUNCATED;
	p->type = icmp->type;
	switch (icmp->type) {
	case ICMP_REDIRECT:
		return WARD_ICMP_REDIRECT;
	case ICMP_UNREACHABLE:
	case ICMP_TIME_EXCEEDED:
	case ICMP_PARAMETER_PROBLEM:
		return parse_icmp_error(ctx, p);
	case ICMP_ECHO_REPLY:
	case ICMP_TIMESTAMP_REPLY:
		p->kind |= IS_REPLY;
		set_echo(p, icmp->id, icmp->type ? ICMP_TIMESTAMP : ICMP_ECHO);
		return icmp->code ? WARD_ICMP_TYPE : WARD_CONTINUE;
	case ICMP_ECHO:
	case ICMP_TIMESTAMP:
		set_echo(p, icmp->id, icmp->type);
		return icmp->code ? WARD_ICMP_TYPE : WARD_CONTINUE;
	}
	p->kind |= IS_ONE_WAY;
	return WARD_CONTINUE;
}

static __always_inline __u32 shortest_discovery(__u8 type)
{
	switch (type) {
	case ICMPV6_ROUTER_SOLICITATION:
		return 8;
	case ICMPV6_ROUTER_ADVERTISEMENT:
		return 16;
	case ICMPV6_REDIRECT:
		return 40;
	}
	return 24;
}

/*
 * RFC 4861, 6.1 and 7.1: not forwarded by any router, and (RFC 6980) hidden behind no extension
 * header. Options and claims are left to discovery().
 */
static __always_inline int parse_discovery(struct xdp_md *ctx, struct packet *p, __u8 code)
{
	const struct ipv6_header *ip = header_at(ctx, p->network_offset, sizeof(*ip));

	if (p->kind & IS_FIRST_FRAGMENT) {
		p->kind |= IS_ERROR;
		return WARD_CONTINUE;
	}
	p->kind |= IS_DISCOVERY;
	if (!ip || ip->hop_limit != 255 || code ||
	    p->transport_offset != p->network_offset + sizeof(*ip) ||
	    p->transport_length < shortest_discovery(p->type))
		return WARD_ND_MALFORMED;
	return p->type == ICMPV6_REDIRECT ? WARD_ICMP_REDIRECT : WARD_CONTINUE;
}

static __always_inline int parse_icmpv6_echo(struct xdp_md *ctx, struct packet *p)
{
	const struct icmp_echo *icmp = header_at(ctx, p->transport_offset, sizeof(*icmp));

	if (p->transport_length < sizeof(*icmp))
		return WARD_ICMP_TYPE;
	if (!icmp)
		return WARD_TRUNCATED;
	if (p->type == ICMPV6_ECHO_REPLY)
		p->kind |= IS_REPLY;
	set_echo(p, icmp->id, ICMPV6_ECHO);
	return icmp->code ? WARD_ICMP_TYPE : WARD_CONTINUE;
}

static __always_inline int parse_icmpv6(struct xdp_md *ctx, struct packet *p)
{
	const struct icmp_echo *icmp = header_at(ctx, p->transport_offset, ICMPV6_SHORTEST);

	if (p->transport_length < ICMPV6_SHORTEST)
		return cut_off(p, WARD_ICMP_TYPE);
	if (!icmp)
		return WARD_TRUNCATED;
	p->type = icmp->type;
	if (p->type == ICMPV6_ECHO || p->type == ICMPV6_ECHO_REPLY)
		return parse_icmpv6_echo(ctx, p);
	if (p->type >= ICMPV6_ROUTER_SOLICITATION && p->type <= ICMPV6_REDIRECT)
		return parse_discovery(ctx, p, icmp->code);
	if (p->type >= ICMPV6_FIRST_MESSAGE) {
		p->kind |= IS_ONE_WAY;
		return WARD_CONTINUE;
	}
	if (p->type < ICMPV6_FIRST_ERROR || p->type > ICMPV6_LAST_ERROR ||
	    p->transport_length < sizeof(*icmp))
		return WARD_ICMP_TYPE;
	return parse_icmp_error(ctx, p);
}

#endif
