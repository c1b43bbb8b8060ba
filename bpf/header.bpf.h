/* SPDX-License-Identifier: GPL-2.0-only */
/* What all parts of parse() need: to read a header of the frame, and to tell its ends apart. */
#ifndef WARDGATE_HEADER_BPF_H
#define WARDGATE_HEADER_BPF_H

#include "packet.bpf.h"

/*
 * No header starts further into the frame: behind two tags and IPv6 there are six extension headers
 * of 2 KiB at most, and what an ICMP error is about. For the verifier, which allows no offset past
 * 64 KiB.
 */
#define HEADER_OFFSET_MASK 0x7fff

/*
 * NULL when the frame ends before the header does, or its linear part: what lies beyond it is of no
 * use to the program.
 */
static __always_inline void *header_at(const struct xdp_md *ctx, __u64 offset, __u32 size)
{
	void *end = (void *)(long)ctx->data_end;
	void *header = (void *)(long)ctx->data + (offset & HEADER_OFFSET_MASK);

	return header + size > end ? NULL : header;
}

/* From the IT side all ones: the source is then the peer. Spares a branch that nobody predicts. */
static __always_inline __u64 swaps_ends(const struct packet *p)
{
	return -(__u64)(p->side & 1);
}

static __always_inline void set_ports(struct packet *p, __be16 source, __be16 destination)
{
	__be16 difference = (source ^ destination) & (__be16)swaps_ends(p);

	p->local_port = source ^ difference;
	p->peer_port = destination ^ difference;
}

/* Why a header that the IP packet cuts off is refused (RFC 1858; RFC 7112). */
static __always_inline int cut_off(const struct packet *p, int reason)
{
	return p->kind & IS_FIRST_FRAGMENT ? WARD_FRAGMENT_TINY : reason;
}

/* enum ward_address_use, on a link. Global: the verifier looks at it once. */
__noinline __u32 uses_at(const union address *address, __u32 link)
{
	struct ward_link_address key = { .link = link };
	const __u8 *uses;

	if (!address)
		return 0;
	__builtin_memcpy(key.address, address, sizeof(key.address));
	uses = bpf_map_lookup_elem(&link_addresses, &key);
	return uses ? *uses : 0;
}

static __always_inline __u32 uses_of_address(const struct packet *p, const union address *address)
{
	return uses_at(address, p->link);
}

/* An address of the gateway itself. Its kernel is on the IT side: devices do not reach it. */
static __always_inline bool is_host(const struct packet *p, const union address *address)
{
	return has_host && p->side == WARD_IT && p->port_flags & WARD_PORT_HOST_ADDRESSES &&
	       uses_of_address(p, address) & WARD_ADDRESS_HOST;
}

#endif
