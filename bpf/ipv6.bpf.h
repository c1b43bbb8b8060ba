/* SPDX-License-Identifier: GPL-2.0-only */
/* The IPv6 header and its extension headers: README.md, section 4. */
#ifndef WARDGATE_IPV6_BPF_H
#define WARDGATE_IPV6_BPF_H

#include "header.bpf.h"

/* RFC 8200, 3. */
struct ipv6_header {
	__be32 version_class_label;
	__be16 payload_length;
	__u8 next, hop_limit;
	union address source, destination;
};

/* RFC 8200, 4.5. */
struct ipv6_fragment {
	__u8 next, reserved;
	__be16 field;
	__be32 id;
};

#define IPV6_MORE_FRAGMENTS 0x0001
#define IPV6_OFFSET 0xfff8	/* in bytes, as it stands */

enum ipv6_next {
	IPV6_HOP_BY_HOP = 0,
	IPV6_ROUTING = 43,
	IPV6_FRAGMENT = 44,
	IPV6_ESP = 50,
	IPV6_AH = 51,
	IPV6_DESTINATION = 60,
	IPV6_MOBILITY = 135,
	IPV6_HIP = 139,
	IPV6_SHIM6 = 140,
	IPV6_EXPERIMENT_1 = 253,	/* RFC 4727 */
	IPV6_EXPERIMENT_2 = 254,
};

#define IPV6_HEADERS_MAX 6

static __always_inline bool is_ipv6_protocol(__u8 next)
{
	return next == PROTOCOL_TCP || next == PROTOCOL_UDP || next == PROTOCOL_ICMPV6 ||
	       next == PROTOCOL_SCTP;
}

/* Of a number behind which nothing more is looked for. */
static __always_inline int judge_ipv6_next(__u8 next)
{
	switch (next) {
	case PROTOCOL_TCP:
	case PROTOCOL_UDP:
	case PROTOCOL_ICMPV6:
	case PROTOCOL_SCTP:
		return WARD_CONTINUE;
	case IPV6_ROUTING:
		return WARD_IPV6_ROUTING;
	case IPV6_HOP_BY_HOP:
	case IPV6_FRAGMENT:
	case IPV6_ESP:
	case IPV6_AH:
	case IPV6_MOBILITY:
	case IPV6_HIP:
	case IPV6_SHIM6:
	case IPV6_EXPERIMENT_1:
	case IPV6_EXPERIMENT_2:
		return WARD_IPV6_HEADER;
	}
	return WARD_PROTOCOL;
}

/* Where a walk along the extension headers ended. */
struct ipv6_chain {
	__u8 reason;
	__u8 next;		/* of the last header */
	__u16 end;		/* of it, from the start of the frame */
	__u16 fragment;		/* where the fragment header is; 0: there is none */
	__u16 zero;
};

union ipv6_chain_word {
	struct ipv6_chain chain;
	__u64 word;
};

_Static_assert(sizeof(struct ipv6_chain) == 8, "it is returned as one number");

static __always_inline __u64 chain_refused(int reason)
{
	return ((union ipv6_chain_word){ .chain.reason = reason }).word;
}

/*
 * A function of its own, which the verifier reads once. Headers are copied, not pointed at: no
 * offset has to be proven.
 */
__noinline __u64 walk_ipv6_chain(struct xdp_md *ctx, __u32 at, __u32 end, __u32 first)
{
	union ipv6_chain_word result = { .chain.next = first };
	int too_short = WARD_TRUNCATED;
	__u16 field = 0;

#pragma clang loop unroll(disable)
	for (__u32 i = 0; i <= IPV6_HEADERS_MAX; i++) {
		struct ipv6_fragment header;
		__u8 next = result.chain.next;

		/* Behind the header of a later fragment stands what only its first one explains. */
		if (field & IPV6_OFFSET ||
		    (next != IPV6_DESTINATION && (next != IPV6_HOP_BY_HOP || i) &&
		     (next != IPV6_FRAGMENT || result.chain.fragment)))
			break;
		if (i == IPV6_HEADERS_MAX)
			return chain_refused(WARD_IPV6_CHAIN);
		if (at + sizeof(header) > end ||
		    bpf_xdp_load_bytes(ctx, at, &header, sizeof(header)))
			return chain_refused(too_short);
		result.chain.next = header.next;
		if (next == IPV6_FRAGMENT) {
			result.chain.fragment = at;
			field = bpf_ntohs(header.field);
			at += sizeof(header);
			if (field & IPV6_MORE_FRAGMENTS && (end - at) % 8)
				return chain_refused(WARD_IPV6_MALFORMED);
			if (!(field & IPV6_OFFSET) && field & IPV6_MORE_FRAGMENTS)
				too_short = WARD_FRAGMENT_TINY;
		} else {
			at += (header.reserved + 1u) * 8;	/* its length, in units of 8 */
		}
		if (at > end)
			return chain_refused(too_short);
	}
	result.chain.end = at;
	result.chain.reason = judge_ipv6_next(result.chain.next);
	return result.word;
}

static __always_inline void set_ipv6_ends(struct packet *p, const struct ipv6_header *ip)
{
	__u64 swap = swaps_ends(p), difference;

	difference = (ip->source.half[0] ^ ip->destination.half[0]) & swap;
	p->local.half[0] = ip->source.half[0] ^ difference;
	p->peer.half[0] = ip->destination.half[0] ^ difference;
	difference = (ip->source.half[1] ^ ip->destination.half[1]) & swap;
	p->local.half[1] = ip->source.half[1] ^ difference;
	p->peer.half[1] = ip->destination.half[1] ^ difference;
}

static __always_inline bool is_ipv6_group(const union address *a)
{
	return (a->word[0] & bpf_htonl(0xff000000)) == bpf_htonl(0xff000000);
}

/* Not a group, nor one of ::/64, where only special addresses are (RFC 4291, 2.4 and 2.5.5). */
static __always_inline bool is_plain_unicast(const union address *a)
{
	return a->half[0] && !is_ipv6_group(a);
}

static __always_inline bool is_unspecified(const union address *a)
{
	return !(a->half[0] | a->half[1]);
}

/* Of ::/64 not the zero address, loopback, or an IPv4 address in disguise. */
static __always_inline bool is_ipv6_unicast(const union address *a)
{
	if (is_plain_unicast(a))
		return true;
	if (is_ipv6_group(a) || is_mapped(a))
		return false;
	return a->word[2] || (a->word[3] && a->word[3] != bpf_htonl(1));
}

/* Whether the source may be ::, judge_nameless() knows when all headers are read. */
static __always_inline int judge_rare_ipv6(struct packet *p, const struct ipv6_header *ip)
{
	if (same_address(&ip->source, &ip->destination))
		return WARD_ADDRESS;
	if (is_unspecified(&ip->source))
		p->kind |= IS_NAMELESS;
	else if (!is_ipv6_unicast(&ip->source))
		return WARD_ADDRESS;
	if (is_ipv6_group(&ip->destination)) {
		/* Scopes 0 and 1 never leave a host (RFC 4291, 2.7). */
		if ((bpf_ntohl(ip->destination.word[0]) >> 16 & 0xf) < 2)
			return WARD_ADDRESS;
		p->kind |= IS_TO_GROUP;
		return WARD_CONTINUE;
	}
	return is_ipv6_unicast(&ip->destination) ? WARD_CONTINUE : WARD_ADDRESS;
}

static __always_inline int parse_ipv6_fragment(struct xdp_md *ctx, struct packet *p, __u16 at)
{
	const struct ipv6_fragment *header = header_at(ctx, at, sizeof(*header));
	__u16 field;

	if (!header)
		return WARD_TRUNCATED;
	field = bpf_ntohs(header->field);
	/* Atomic: RFC 6946. */
	if (!(field & (IPV6_OFFSET | IPV6_MORE_FRAGMENTS)))
		return WARD_CONTINUE;
	p->fragment_offset = field & IPV6_OFFSET;
	/* Headers behind the fragment header are part of what is fragmented (RFC 8200, 4.5). */
	p->fragment_length = p->transport_offset + p->transport_length - at - sizeof(*header);
	p->fragment_id = bpf_ntohl(header->id);
	p->kind |= field & IPV6_OFFSET ? IS_LATER_FRAGMENT : IS_FIRST_FRAGMENT;
	if (!(field & IPV6_MORE_FRAGMENTS))
		p->kind |= IS_LAST_FRAGMENT;
	return WARD_CONTINUE;
}

static __always_inline int parse_ipv6_chain(struct xdp_md *ctx, struct packet *p)
{
	__u32 end = p->transport_offset + p->transport_length;
	union ipv6_chain_word result;

	result.word = walk_ipv6_chain(ctx, p->transport_offset, end, p->protocol);
	if (result.chain.reason)
		return result.chain.reason;
	p->protocol = result.chain.next;
	p->transport_offset = result.chain.end;
	p->transport_length = end - result.chain.end;
	return result.chain.fragment ? parse_ipv6_fragment(ctx, p, result.chain.fragment) :
				       WARD_CONTINUE;
}

static __always_inline int parse_ipv6(struct xdp_md *ctx, struct packet *p)
{
	const struct ipv6_header *ip = header_at(ctx, p->network_offset, sizeof(*ip));
	int reason;

	if (!ip)
		return WARD_TRUNCATED;
	set_ipv6_ends(p, ip);
	p->protocol = ip->next;
	p->is_ip = true;
	p->transport_offset = p->network_offset + sizeof(*ip);
	p->transport_length = bpf_ntohs(ip->payload_length);
	if ((bpf_ntohl(ip->version_class_label) >> 28) != 6 || !p->transport_length)
		return WARD_IPV6_MALFORMED;
	if (p->transport_offset + p->transport_length > p->length)
		return WARD_TRUNCATED;
	if (is_host(p, &p->local))
		return WARD_HOST;
	if (!is_plain_unicast(&ip->source) || !is_plain_unicast(&ip->destination) ||
	    same_address(&ip->source, &ip->destination)) {
		reason = judge_rare_ipv6(p, ip);
		if (reason)
			return reason;
	}
	return is_ipv6_protocol(p->protocol) ? WARD_CONTINUE : parse_ipv6_chain(ctx, p);
}

#endif
