/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way out of a frame that passes: the link's other port, its own port again (hairpin), or the
 * way that the kernel's routes say. Says XDP_REDIRECT, XDP_TX or XDP_PASS, or the reason why there
 * is no way, negated.
 */
#ifndef WARDGATE_FORWARD_BPF_H
#define WARDGATE_FORWARD_BPF_H

#include "packet.bpf.h"
#include "route.bpf.h"

/* The id of the frame's VLAN on the side where it leaves. */
static __always_inline bool find_other_vlan(const struct packet *p, __u16 *vlan)
{
	bool is_hairpin = p->port_flags & WARD_PORT_HAIRPIN;
	struct ward_vlan_map_key key = { .link = p->link,
					 .side = is_hairpin ? WARD_SIDES : p->side,
					 .vlan = p->wire_vlan };
	const struct ward_vlan_map *map = bpf_map_lookup_elem(&vlan_maps, &key);

	if (map)
		*vlan = p->side == WARD_CLINICAL ? map->it : map->clinical;
	return map;
}

/* A priority tag counts as no tag: between two untagged VLANs it stays. */
static __noinline bool rewrite_vlan(struct xdp_md *ctx, const struct packet *p)
{
	struct ethernet to = { .destination = p->destination_mac, .source = p->source_mac,
			       .ethertype = p->ethertype, .tags = p->has_tags };

	if (!find_other_vlan(p, &to.vlan))
		return false;
	return to.vlan == p->wire_vlan || write_ethernet(ctx, &to);
}

static __always_inline int forward(struct xdp_md *ctx, const struct packet *p)
{
	if (is_routed(p))
		return route(ctx, p);
	if (has_vlan_maps && p->port_flags & WARD_PORT_VLAN_MAP) {
		if (!rewrite_vlan(ctx, p))
			return -WARD_INTERNAL;
		if (p->port_flags & WARD_PORT_HAIRPIN)
			return XDP_TX;
	}
	return leave_by(p->target);
}

#endif
