/* SPDX-License-Identifier: GPL-2.0-only */
/* The Ethernet header and its tags: README.md, section 2. */
#ifndef WARDGATE_ETHERNET_BPF_H
#define WARDGATE_ETHERNET_BPF_H

#include <linux/if_ether.h>

#include "header.bpf.h"

struct vlan_tag {
	__be16 tci;
	__be16 ethertype;	/* of what follows */
};

#define VLAN_ID 0x0fff		/* the rest of the tci: priority, drop eligible */
#define VLAN_ID_RESERVED 0x0fff	/* IEEE 802.1Q-2018, 9.6 */
#define VLAN_UNNAMED_STACK 0xfffe

/* IEEE 802.1Q-2018, 8.13.5 and table 8-1: spanning tree; its LLC (IEEE 802.2) is unnumbered. */
#define STP_MAC 0x000000c28001ull	/* 01:80:c2:00:00:00, as mac_of() reads it */
#define LLC_STP 0x42
#define LLC_UNNUMBERED 0x03

static __always_inline bool is_tag(__u16 ethertype)
{
	return ethertype == ETHERTYPE_8021Q || ethertype == ETHERTYPE_8021AD;
}

static __always_inline __u16 stack_number(__u32 outer, __u32 inner)
{
	__u32 ids = outer << 16 | inner;
	const __u16 *number = has_stacks ? bpf_map_lookup_elem(&stacks, &ids) : NULL;

	return number ? *number : VLAN_UNNAMED_STACK;
}

/* A second tag: the first one must be of a provider, and both must have an id. */
static __always_inline int parse_stack(struct xdp_md *ctx, struct packet *p, __u16 outer_type,
				       __u16 outer)
{
	const struct vlan_tag *tag = header_at(ctx, ETH_HLEN + sizeof(*tag), sizeof(*tag));
	__u16 inner_type = p->ethertype, inner;

	if (!tag)
		return WARD_TRUNCATED;
	inner = bpf_ntohs(tag->tci) & VLAN_ID;
	p->ethertype = bpf_ntohs(tag->ethertype);
	p->network_offset = ETH_HLEN + 2 * sizeof(*tag);
	p->has_tags = 2;
	if (outer_type != ETHERTYPE_8021AD || inner_type != ETHERTYPE_8021Q ||
	    is_tag(p->ethertype))
		return WARD_STACKED_VLAN;
	if (!outer || !inner || outer == VLAN_ID_RESERVED || inner == VLAN_ID_RESERVED)
		return WARD_VLAN_ID;
	p->vlan = p->wire_vlan = stack_number(outer, inner);
	return WARD_CONTINUE;
}

static __always_inline int parse_tags(struct xdp_md *ctx, struct packet *p)
{
	const struct vlan_tag *tag = header_at(ctx, ETH_HLEN, sizeof(*tag));
	__u16 type = p->ethertype, id;

	if (!tag)
		return WARD_TRUNCATED;
	id = bpf_ntohs(tag->tci) & VLAN_ID;
	p->ethertype = bpf_ntohs(tag->ethertype);
	p->network_offset = ETH_HLEN + sizeof(*tag);
	p->has_tags = 1;
	if (is_tag(p->ethertype))
		return parse_stack(ctx, p, type, id);
	p->vlan = p->wire_vlan = id;
	if (type == ETHERTYPE_8021AD)
		return WARD_STACKED_VLAN;
	return id == VLAN_ID_RESERVED ? WARD_VLAN_ID : WARD_CONTINUE;
}

static __always_inline bool is_vlan_of_host(const struct packet *p)
{
	struct ward_vlan_key key = { .link = p->link, .vlan = p->wire_vlan };
	const __u8 *use;

	if (!has_host || !(p->port_flags & WARD_PORT_HOST_VLANS))
		return false;
	use = bpf_map_lookup_elem(&link_vlans, &key);
	return use && *use == WARD_VLAN_HOST;
}

/* Finds the clinical VLAN; on a hairpin, the side too. */
static __always_inline int map_vlan(struct packet *p)
{
	struct ward_vlan_map_key key = { .link = p->link, .side = p->side,
					 .vlan = p->wire_vlan };
	const struct ward_vlan_map *map;

	if (!has_vlan_maps || !(p->port_flags & (WARD_PORT_VLAN_MAP | WARD_PORT_HAIRPIN)))
		return WARD_CONTINUE;
	if (p->port_flags & WARD_PORT_HAIRPIN)
		key.side = WARD_SIDES;
	map = bpf_map_lookup_elem(&vlan_maps, &key);
	if (!map)
		return WARD_VLAN_UNMAPPED;
	p->vlan = map->clinical;
	p->side = map->side;
	return WARD_CONTINUE;
}

static __always_inline bool link_lists(const struct packet *p, __u16 ethertype)
{
	struct ward_vlan_key key = { .link = p->link, .vlan = ethertype };

	return has_ethertypes && p->port_flags & WARD_PORT_ETHERTYPES &&
	       !(p->port_flags & WARD_PORT_ROUTED) && bpf_map_lookup_elem(&link_ethertypes, &key);
}

/* A length in place of a type: what lies behind LLC and SNAP is never looked for (VU#855201). */
static __always_inline int judge_llc(struct xdp_md *ctx, const struct packet *p)
{
	const __u8 *llc = header_at(ctx, p->network_offset, 3);

	if (!llc)
		return WARD_TRUNCATED;
	if (llc[0] != LLC_STP || llc[1] != LLC_STP || llc[2] != LLC_UNNUMBERED ||
	    p->destination_mac != STP_MAC)
		return WARD_LLC;
	return link_lists(p, WARD_ETHERTYPE_STP) ? WARD_ETHERTYPE_LISTED : WARD_LLC;
}

/* What is neither IP nor ARP. */
static __always_inline int judge_ethertype(struct xdp_md *ctx, const struct packet *p)
{
	if (p->ethertype < ETHERTYPE_LOWEST)
		return judge_llc(ctx, p);
	return link_lists(p, p->ethertype) ? WARD_ETHERTYPE_LISTED : WARD_ETHERTYPE;
}

static __always_inline int parse_ethernet(struct xdp_md *ctx, struct packet *p)
{
	const struct ethhdr *eth = header_at(ctx, 0, sizeof(*eth));
	int reason;

	if (!eth)
		return WARD_TRUNCATED;
	p->source_mac = mac_of(eth->h_source);
	p->destination_mac = mac_of(eth->h_dest);
	p->ethertype = bpf_ntohs(eth->h_proto);
	p->network_offset = ETH_HLEN;
	if (is_tag(p->ethertype)) {
		reason = parse_tags(ctx, p);
		if (reason)
			return reason;
	}
	if (p->source_mac & 1 || !p->source_mac)
		return WARD_SOURCE_MAC;
	if (is_vlan_of_host(p))
		return WARD_HOST;
	reason = map_vlan(p);
	if (reason)
		return reason;
	return p->port_flags & WARD_PORT_CLOSED ? WARD_CLOSED : WARD_CONTINUE;
}

#endif
