/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds the port and the device, and holds the packet against the device's binding: link, VLAN, MAC
 * and address must agree.
 */
#ifndef WARDGATE_IDENTIFY_BPF_H
#define WARDGATE_IDENTIFY_BPF_H

#include <bpf/bpf_endian.h>

#include "packet.bpf.h"

static __always_inline const struct ward_port *find_port(__u32 ifindex)
{
	__u32 place = ward_port_place(ifindex, port_seed);
	const struct ward_port *port = bpf_map_lookup_elem(&ports, &place);

	return port && port->ifindex == ifindex ? port : NULL;
}

static __always_inline bool is_device(const struct ward_device *d, const struct packet *p,
				      __be32 address)
{
	return d->address[3] == address && d->vlan == p->vlan && d->link == p->port->link &&
	       d->address[2] == bpf_htonl(0xffff);
}

static __always_inline const struct ward_device *find_in_bucket(__u32 bucket,
								const struct packet *p,
								__be32 address)
{
	const struct ward_device_bucket *b = bpf_map_lookup_elem(&devices, &bucket);

	if (!b)
		return NULL;
	if (is_device(&b->way[0], p, address))
		return &b->way[0];
	if (is_device(&b->way[1], p, address))
		return &b->way[1];
	return NULL;
}

/* The device that has this address on the packet's link and VLAN. */
static __always_inline const struct ward_device *find_device(const struct packet *p, __be32 address)
{
	const __be32 mapped[4] = { 0, 0, bpf_htonl(0xffff), address };
	__u64 hash = ward_device_hash(mapped, p->vlan, p->port->link, device_seed);
	const struct ward_device *device = find_in_bucket(hash & device_mask, p, address);

	return device ?: find_in_bucket(hash >> 32 & device_mask, p, address);
}

static __always_inline const struct ward_device *find_mac(__u64 mac)
{
	return bpf_map_lookup_elem(&devices_by_mac, &mac);
}

/* A link without a list of VLANs carries any that a device names. */
static __always_inline bool link_carries_vlan(const struct packet *p)
{
	struct ward_vlan_key key = { .link = p->port->link, .vlan = WARD_ANY_VLAN };

	if (!bpf_map_lookup_elem(&link_vlans, &key))
		return true;
	key.vlan = p->vlan;
	return bpf_map_lookup_elem(&link_vlans, &key);
}

/* Why a packet of the clinical side does not agree with any binding. Only on the way to a drop. */
static __always_inline int explain_stranger(struct packet *p, const struct ward_device *by_address,
					    int spoofed_address, int spoofed_mac)
{
	const struct ward_device *by_mac = find_mac(p->source_mac);

	if (by_mac) {
		p->owner = by_mac->owner;
		if (by_mac->link != p->port->link)
			return WARD_WRONG_LINK;
		return by_mac->vlan != p->vlan ? WARD_WRONG_VLAN : spoofed_address;
	}
	if (by_address)
		return spoofed_mac;
	return link_carries_vlan(p) ? WARD_UNKNOWN_DEVICE : WARD_VLAN_NOT_ALLOWED;
}

/* The address that belongs to the device's end, when the packet is what it should be. */
static __always_inline __be32 local_address(const struct packet *p)
{
	return p->side == WARD_CLINICAL ? p->source : p->destination;
}

static __always_inline __be32 peer_address(const struct packet *p)
{
	return p->side == WARD_CLINICAL ? p->destination : p->source;
}

static __always_inline struct ward_lane *find_lane(const struct packet *p)
{
	__u32 index = bpf_get_smp_processor_id() * owner_count + p->owner;
	struct ward_lanes *found = bpf_map_lookup_elem(&lanes, &index);

	return found ? &found->side[p->side & 1] : NULL;
}

/* The device is who it says: from here on the packet is charged to it. */
static __always_inline int accept_device(struct packet *p, const struct ward_device *device)
{
	__u32 index = device->owner - WARD_OWNER_FIRST_DEVICE;

	p->device = device;
	p->owner = device->owner;
	p->share = bpf_map_lookup_elem(&shares, &index);
	p->lane = find_lane(p);
	return p->share && p->lane ? WARD_CONTINUE : WARD_INTERNAL;
}

static __always_inline int identify_ipv4(struct packet *p)
{
	const struct ward_device *device = find_device(p, local_address(p));

	if (p->side == WARD_CLINICAL) {
		if (!device || mac_of(device->mac) != p->source_mac)
			return explain_stranger(p, device, WARD_SPOOFED_ADDRESS, WARD_SPOOFED_MAC);
	} else {
		if (!device)
			return WARD_UNKNOWN_DEVICE;
		if (mac_of(device->mac) != p->destination_mac) {
			p->owner = device->owner;
			return WARD_DESTINATION_MAC;
		}
	}
	return accept_device(p, device);
}

/*
 * From the clinical side: the sender is a device that says who it is (a probe says it of its
 * target).
 */
static __always_inline int judge_arp_of_device(struct packet *p)
{
	/* RFC 5227, 2.1.1: a probe has a sender address of zero. */
	__be32 claimed = p->source || p->is_reply ? p->source : p->destination;
	const struct ward_device *device = find_device(p, claimed);

	if (!device || mac_of(device->mac) != p->source_mac)
		return explain_stranger(p, device, WARD_ARP_SPOOF, WARD_ARP_SPOOF);
	return accept_device(p, device) ?: WARD_ARP;
}

/*
 * From the IT side: nobody there may claim a device's address or MAC, and what is asked or answered
 * must concern a device. An announcement (sender = target: a router that takes over) passes.
 */
static __always_inline int judge_arp_of_peer(struct packet *p)
{
	const struct ward_device *device;

	if (!link_carries_vlan(p))
		return WARD_VLAN_NOT_ALLOWED;
	if (find_device(p, p->source) || find_mac(p->source_mac))
		return WARD_ARP_SPOOF;
	if (p->source && !is_host_address(p->source))
		return WARD_ADDRESS;
	if (p->source && p->source == p->destination)
		return p->destination_mac == MAC_BROADCAST ? WARD_ARP : WARD_ARP_TARGET;
	device = find_device(p, p->destination);
	if (!device || (p->is_reply && mac_of(device->mac) != p->destination_mac))
		return WARD_ARP_TARGET;
	p->owner = device->owner;
	return WARD_ARP;
}

static __always_inline int identify(struct packet *p)
{
	if (p->ethertype == ETHERTYPE_IPV4)
		return identify_ipv4(p);
	return p->side == WARD_CLINICAL ? judge_arp_of_device(p) : judge_arp_of_peer(p);
}

#endif
