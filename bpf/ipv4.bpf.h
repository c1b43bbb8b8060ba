/* SPDX-License-Identifier: GPL-2.0-only */
/* The IPv4 header: README.md, section 3. */
#ifndef WARDGATE_IPV4_BPF_H
#define WARDGATE_IPV4_BPF_H

#include <linux/ip.h>

#include "header.bpf.h"

#define IPV4_RESERVED 0x8000
#define IPV4_MORE_FRAGMENTS 0x2000
#define IPV4_FRAGMENT 0x3fff	/* more fragments, or an offset */
#define IPV4_OFFSET 0x1fff	/* in units of 8 bytes */

#define IPV4_OPTIONS_MIN 4	/* they fill whole words */
#define IPV4_OPTIONS_MAX 40
#define OPTION_END 0
#define OPTION_NOP 1
#define OPTION_RECORD_ROUTE 7	/* RFC 791, 3.1 */
#define OPTION_LSRR 131
#define OPTION_SSRR 137

#define IPV4_BROADCAST 0xffffffff	/* in either byte order */

/*
 * A function of its own, which the verifier reads once. It looks at each byte of a copy, and counts
 * down those that belong to an option: no offset has to be proven, and all ways to reach a byte
 * leave the same behind.
 */
__noinline int judge_ipv4_options(struct xdp_md *ctx, __u32 offset, __u32 length)
{
	__u8 options[IPV4_OPTIONS_MAX + 1] = { 0 };
	__u32 skip = 0;

	if (length > IPV4_OPTIONS_MAX)
		return WARD_INTERNAL;
	barrier_var(length);	/* one test of both bounds tells the verifier of 6.1 neither */
	if (length < IPV4_OPTIONS_MIN)
		return WARD_INTERNAL;
	if (bpf_xdp_load_bytes(ctx, offset, options, length))
		return WARD_TRUNCATED;
#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < IPV4_OPTIONS_MAX; i++) {
		__u8 type = options[i], size = options[i + 1];

		if (skip) {
			skip--;
			continue;
		}
		if (type == OPTION_END)
			return WARD_CONTINUE;
		if (type == OPTION_NOP)
			continue;
		if (size < 2 || i + size > length)
			return WARD_IPV4_OPTIONS;
		if (type == OPTION_RECORD_ROUTE || type == OPTION_LSRR || type == OPTION_SSRR)
			return WARD_SOURCE_ROUTE;
		skip = size - 1;
	}
	return WARD_CONTINUE;
}

static __always_inline bool is_ipv4_group(__be32 address)
{
	return (address & bpf_htonl(0xf0000000)) == bpf_htonl(0xe0000000);
}

/* What is not simply from one host to another: groups, and DHCP of a client without address. */
static __always_inline int judge_rare_ipv4(struct packet *p, const struct iphdr *ip)
{
	__be32 source = ip->saddr, destination = ip->daddr;

	if (source == destination || (source && !is_host_address(source)))
		return WARD_ADDRESS;
	if (is_ipv4_group(destination))
		p->kind |= IS_TO_GROUP;
	else if (destination != IPV4_BROADCAST && !is_host_address(destination))
		return WARD_ADDRESS;
	if (source && destination != IPV4_BROADCAST)
		return WARD_CONTINUE;
	p->kind |= IS_NAMELESS;
	return ip->protocol != PROTOCOL_UDP || ip->frag_off & bpf_htons(IPV4_FRAGMENT) ?
		       WARD_ADDRESS :
		       WARD_CONTINUE;
}

static __always_inline void set_ipv4_ends(struct packet *p, __be32 source, __be32 destination)
{
	__be32 difference = (source ^ destination) & (__be32)swaps_ends(p);

	p->local = mapped(source ^ difference);
	p->peer = mapped(destination ^ difference);
}

static __always_inline int judge_ipv4_fragment(struct packet *p, const struct iphdr *ip)
{
	__u16 field = bpf_ntohs(ip->frag_off);

	if (field & IPV4_RESERVED)
		return WARD_IPV4_MALFORMED;
	p->fragment_offset = (field & IPV4_OFFSET) * 8;
	p->fragment_length = p->transport_length;
	p->fragment_id = bpf_ntohs(ip->id);
	p->kind |= field & IPV4_OFFSET ? IS_LATER_FRAGMENT : IS_FIRST_FRAGMENT;
	if (!(field & IPV4_MORE_FRAGMENTS))
		p->kind |= IS_LAST_FRAGMENT;
	else if (p->transport_length % 8)
		return WARD_IPV4_MALFORMED;
	return WARD_CONTINUE;
}

static __always_inline int parse_ipv4(struct xdp_md *ctx, struct packet *p)
{
	const struct iphdr *ip = header_at(ctx, p->network_offset, sizeof(*ip));
	__u32 header, total;
	int reason;

	if (!ip)
		return WARD_TRUNCATED;
	set_ipv4_ends(p, ip->saddr, ip->daddr);
	p->protocol = ip->protocol;
	p->is_ip = true;
	header = ip->ihl * 4u;
	total = bpf_ntohs(ip->tot_len);
	if (ip->version != 4 || header < sizeof(*ip) || total < header)
		return WARD_IPV4_MALFORMED;
	if (p->network_offset + total > p->length)
		return WARD_TRUNCATED;
	p->transport_offset = p->network_offset + header;
	p->transport_length = total - header;
	if (is_host(p, &p->local))
		return WARD_HOST;
	if (header > sizeof(*ip)) {
		reason = judge_ipv4_options(ctx, p->network_offset + sizeof(*ip),
					    header - sizeof(*ip));
		if (reason)
			return reason;
	}
	if (!is_host_address(ip->saddr) || !is_host_address(ip->daddr) || ip->saddr == ip->daddr) {
		reason = judge_rare_ipv4(p, ip);
		if (reason)
			return reason;
	}
	/* Only "don't fragment" may be set in a packet that is whole. */
	if (ip->frag_off & bpf_htons(IPV4_RESERVED | IPV4_FRAGMENT))
		return judge_ipv4_fragment(p, ip);
	return WARD_CONTINUE;
}

#endif
