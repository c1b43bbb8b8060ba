/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Neighbour and router discovery (RFC 4861): a device may claim its own addresses, nobody may claim
 * a device's, and only listed routers advertise themselves (RA guard, RFC 6105 and 7113).
 */
#ifndef WARDGATE_DISCOVERY_BPF_H
#define WARDGATE_DISCOVERY_BPF_H

#include "admit.bpf.h"
#include "icmp.bpf.h"
#include "ipv6.bpf.h"

#define ND_TARGET 8		/* offset of the target address */
#define ND_OPTIONS 8
#define ND_SOURCE_LINK 1	/* types of options */
#define ND_TARGET_LINK 2

/* RFC 4861, 4.6. */
struct nd_option {
	__u8 type;
	__u8 length;	/* in units of eight bytes, with these two */
};

/* The option that tells a MAC: whose it is. */
enum link_option {
	LINK_OPTION_NONE = 0,
	LINK_OPTION_OWN,	/* the source MAC of the frame */
	LINK_OPTION_FOREIGN,
	LINK_OPTION_MALFORMED,
};

static __always_inline bool is_link_local(const union address *a)
{
	return (a->word[0] & bpf_htonl(0xffc00000)) == bpf_htonl(0xfe800000);
}

/* ff02::1 */
static __always_inline bool is_all_nodes(const union address *a)
{
	return a->word[0] == bpf_htonl(0xff020000) && !a->word[1] && !a->word[2] &&
	       a->word[3] == bpf_htonl(1);
}

/* Options as they are read, one in each step. */
struct nd_walk {
	struct xdp_md *ctx;
	__u64 source_mac;
	__u32 at;
	__u32 end;
	__u32 wanted;	/* type of option */
	enum link_option found;
};

static __always_inline long end_walk(struct nd_walk *w, enum link_option found)
{
	w->found = found;
	return 1;
}

/* A step returns 1 to end the walk, as bpf_loop() wants it. Of several of a kind, each must fit. */
static long read_nd_option(__u32 index, struct nd_walk *w)
{
	struct nd_option option;
	__u32 length;
	__u64 mac = 0;

	(void)index;
	if (w->at == w->end)
		return 1;
	if (bpf_xdp_load_bytes(w->ctx, w->at, &option, sizeof(option)) ||
	    bpf_xdp_load_bytes(w->ctx, w->at + sizeof(option), &mac, 6))
		return end_walk(w, LINK_OPTION_MALFORMED);
	length = option.length * 8;
	if (!length || w->at + length > w->end ||
	    ((option.type == ND_SOURCE_LINK || option.type == ND_TARGET_LINK) &&
	     option.length != 1))
		return end_walk(w, LINK_OPTION_MALFORMED);
	w->at += length;
	if (option.type != w->wanted)
		return 0;
	if (mac != w->source_mac)
		w->found = LINK_OPTION_FOREIGN;
	else if (w->found == LINK_OPTION_NONE)
		w->found = LINK_OPTION_OWN;
	return 0;
}

__noinline int read_options(struct xdp_md *ctx, __u32 start, __u32 end, __u32 type,
			    __u64 source_mac)
{
	struct nd_walk w = {
		.ctx = ctx,
		.source_mac = source_mac,
		.at = start + shortest_discovery(type),
		.end = end,
		.wanted = type == ICMPV6_NEIGHBOUR_ADVERTISEMENT ? ND_TARGET_LINK : ND_SOURCE_LINK,
	};

	bpf_loop(ND_OPTIONS, read_nd_option, &w, 0);
	return w.at == w.end || w.found == LINK_OPTION_MALFORMED ? w.found : LINK_OPTION_MALFORMED;
}

/* Router and neighbour solicitations and neighbour advertisements of devices. */
static __always_inline int judge_nd_of_device(struct packet *p, const union address *target,
					      enum link_option option)
{
	bool is_nameless = is_unspecified(&p->local);
	bool is_probe = is_nameless && p->type == ICMPV6_NEIGHBOUR_SOLICITATION;
	int reason;

	if (is_nameless && p->type != ICMPV6_NEIGHBOUR_ADVERTISEMENT)
		reason = accept_nameless(p);
	else
		reason = accept_sender(p, &p->local, WARD_ND_SPOOF);
	if (reason)
		return reason;
	if (option == LINK_OPTION_FOREIGN)
		return WARD_ND_SPOOF;
	/* Duplicate address detection has no address to tell the MAC of (RFC 4861, 4.3). */
	if (is_probe && option)
		return WARD_ND_SPOOF;
	if ((is_probe || p->type == ICMPV6_NEIGHBOUR_ADVERTISEMENT) &&
	    owner_of_address(p, target) != p->owner)
		return WARD_ND_SPOOF;
	return admit(p) ?: WARD_ND;
}

/* Neighbour solicitations and advertisements of the IT side. */
static __always_inline int judge_nd_of_peer(struct packet *p, const union address *target,
					    enum link_option option)
{
	bool is_solicit = p->type == ICMPV6_NEIGHBOUR_SOLICITATION;
	bool is_probe = is_solicit && is_unspecified(&p->peer);
	int reason;

	if (!link_carries_vlan(p))
		return WARD_VLAN_NOT_ALLOWED;
	if (option == LINK_OPTION_FOREIGN || find_mac(p->source_mac) ||
	    owner_of_address(p, &p->peer))
		return WARD_ND_SPOOF;
	if (is_solicit && is_host(p, target))
		return WARD_HOST;
	/* Whoever probes for a device's address (source ::) is about to claim it. */
	if ((!is_solicit || is_probe) && owner_of_address(p, target))
		return WARD_ND_SPOOF;
	if (!is_solicit && is_all_nodes(&p->local))
		return WARD_ND;
	reason = accept_receiver(p, is_solicit ? target : &p->local, 0, WARD_ND_TARGET);
	return reason ?: admit(p) ?: WARD_ND;
}

static __always_inline int judge_router(struct packet *p)
{
	if (p->side == WARD_CLINICAL || !(uses_of_address(p, &p->peer) & WARD_ADDRESS_ROUTER))
		return WARD_RA_GUARD;
	if (!link_carries_vlan(p))
		return WARD_VLAN_NOT_ALLOWED;
	return is_link_local(&p->peer) ? WARD_ND : WARD_ND_MALFORMED;
}

/* parse() has seen what makes it genuine: hop limit, code, length, and no header in between. */
__noinline int discovery(struct xdp_md *ctx, struct packet *p)
{
	union address target = {};
	enum link_option option;

	if (!p)
		return WARD_INTERNAL;
	option = read_options(ctx, p->transport_offset, p->transport_offset + p->transport_length,
			      p->type, p->source_mac);
	if (option == LINK_OPTION_MALFORMED)
		return WARD_ND_MALFORMED;
	if (p->type == ICMPV6_ROUTER_ADVERTISEMENT)
		return judge_router(p);
	if (p->type == ICMPV6_ROUTER_SOLICITATION && p->side == WARD_IT)
		return WARD_ND_TARGET;
	if (p->type != ICMPV6_ROUTER_SOLICITATION &&
	    (bpf_xdp_load_bytes(ctx, p->transport_offset + ND_TARGET, &target, sizeof(target)) ||
	     !is_ipv6_unicast(&target)))
		return WARD_ND_MALFORMED;
	return p->side == WARD_IT ? judge_nd_of_peer(p, &target, option) :
				    judge_nd_of_device(p, &target, option);
}

#endif
