/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds the port and the device, and holds the packet against the device's binding: link, VLAN, MAC
 * and address must agree.
 */
#ifndef WARDGATE_IDENTIFY_BPF_H
#define WARDGATE_IDENTIFY_BPF_H

#include "ethernet.bpf.h"
#include "lease.bpf.h"

static __always_inline const struct ward_port *find_port(__u32 ifindex)
{
	__u32 place = ward_port_place(ifindex, port_seed);
	const struct ward_port *port = bpf_map_lookup_elem(&ports, &place);

	return port && port->ifindex == ifindex ? port : NULL;
}

/* 0 when it is the binding of this address. */
static __always_inline __u64 differs(const struct ward_device *d, const union address *address,
				     __u32 place)
{
	const union address *own = (const union address *)d->address;

	return (own->half[0] ^ address->half[0]) | (own->half[1] ^ address->half[1]) |
	       (__u32)((d->vlan << 8 | d->link) ^ place);
}

/*
 * Which of the two it is comes out of arithmetic: the processor could not predict a branch, and the
 * verifier would go on from here twice.
 */
static __always_inline const struct ward_device *find_in_bucket(__u32 bucket,
								const union address *address,
								__u32 place)
{
	const struct ward_device_bucket *b = bpf_map_lookup_elem(&devices, &bucket);
	const struct ward_device *device;
	__u64 difference, negative;

	if (!b)
		return NULL;
	difference = differs(&b->way[0], address, place);
	negative = -difference;
	barrier_var(negative);	/* or the compiler makes a branch of it */
	device = &b->way[(difference | negative) >> 63];
	return differs(device, address, place) ? NULL : device;
}

/* The device that has this address by the policy. */
static __always_inline const struct ward_device *find_bound(const union address *address,
							    __u32 place)
{
	__u64 hash = ward_device_hash(address->word, place >> 8, place & 0xff, device_seed);
	const struct ward_device *device = find_in_bucket(hash & device_mask, address, place);

	return device ?: find_in_bucket(hash >> 32 & device_mask, address, place);
}

/* By the policy or by a lease. For `sender` see find_leased(). */
__noinline __u32 owner_at(const union address *address, __u32 place, __u64 now, __u64 sender)
{
	const struct ward_device *device;

	if (!address)
		return WARD_OWNER_NONE;
	device = find_bound(address, place) ?: find_leased(address, place, now, sender);
	return device ? device->owner : WARD_OWNER_NONE;
}

/* The MAC of a sender that may be a device. */
static __always_inline __u64 sender_of(const struct packet *p)
{
	return p->side == WARD_CLINICAL ? p->source_mac : 0;
}

/* WARD_OWNER_NONE when it is no device's address here. Not for each packet. */
static __always_inline __u32 owner_of_address(const struct packet *p, const union address *address)
{
	return owner_at(address, place_of(p), p->now, sender_of(p));
}

/* A link without a list of VLANs carries any, but no pair of tags that the policy does not name. */
static __always_inline bool link_carries_vlan(const struct packet *p)
{
	struct ward_vlan_key key = { .link = p->link, .vlan = p->vlan };
	const __u8 *use;

	if (!(p->port_flags & WARD_PORT_VLAN_LIST))
		return p->vlan != VLAN_UNNAMED_STACK;
	use = bpf_map_lookup_elem(&link_vlans, &key);
	return use && *use == WARD_VLAN_CARRIED;
}

/*
 * Why a packet of the clinical side does not agree with any binding. Only on the way to a drop.
 * `spoofed` is the reason when what it says of itself is what is wrong.
 */
static __noinline int explain_stranger(struct packet *p, bool is_devices_address, int spoofed)
{
	const struct ward_device *by_mac = find_mac(p->source_mac);

	if (by_mac) {
		p->owner = by_mac->owner;
		if (by_mac->link != p->link)
			return WARD_WRONG_LINK;
		return by_mac->vlan != p->vlan ? WARD_WRONG_VLAN : spoofed;
	}
	if (is_devices_address)
		return spoofed == WARD_SPOOFED_ADDRESS ? WARD_SPOOFED_MAC : spoofed;
	return link_carries_vlan(p) ? WARD_UNKNOWN_DEVICE : WARD_VLAN_NOT_ALLOWED;
}

/* The device is who it says: from here on the packet is charged to it. */
static __always_inline int accept_device(struct packet *p, const struct ward_device *device,
					 __u8 number)
{
	__u32 index = device->profile;
	const struct ward_profile *profile = bpf_map_lookup_elem(&profiles, &index);

	p->is_device = 1;
	p->owner = device->owner;
	p->local_number = number;
	p->profile = p->own_profile = index;
	p->device_mac = mac_of(device->mac);
	if (!profile)
		return WARD_INTERNAL;
	return profile->enforcement == WARD_MODE_CLOSED ? WARD_CLOSED : WARD_CONTINUE;
}

/*
 * These are not static, so that the verifier looks at each of them once, and goes on in one way
 * whether the address is the policy's or leased: they leave numbers behind, and no pointers. The
 * sender is the device that has this address, or it is nobody.
 */
__noinline int accept_sender(struct packet *p, const union address *address, int spoofed)
{
	const struct ward_device *device;
	__u8 number;

	if (!p || !address)
		return WARD_INTERNAL;
	device = find_bound(address, place_of(p));
	number = device ? device->number : number_of_leased(address);
	device = device ?: find_leased(address, place_of(p), p->now, p->source_mac);
	if (!device || mac_of(device->mac) != p->source_mac)
		return explain_stranger(p, device, spoofed);
	return accept_device(p, device, number);
}

/* A device that has no address yet, by its MAC. */
__noinline int accept_nameless(struct packet *p)
{
	const struct ward_device *device;

	if (!p)
		return WARD_INTERNAL;
	device = find_mac(p->source_mac);
	if (!device || !is_at(device, place_of(p)))
		return explain_stranger(p, false, WARD_INTERNAL);
	return accept_device(p, device, 0);
}

/*
 * It is for the device that has this address. If `destination_mac` is a reason, the frame must be
 * for its MAC; in routed mode it is for the gateway's.
 */
__noinline int accept_receiver(struct packet *p, const union address *address, int destination_mac,
			       int unknown)
{
	const struct ward_device *device;
	__u8 number;

	if (!p || !address)
		return WARD_INTERNAL;
	device = find_bound(address, place_of(p));
	number = device ? device->number : number_of_leased(address);
	device = device ?: find_leased(address, place_of(p), p->now, 0);
	if (!device)
		return unknown;
	if (destination_mac && !is_routed(p) && mac_of(device->mac) != p->destination_mac) {
		p->owner = device->owner;
		return destination_mac;
	}
	return accept_device(p, device, number);
}

static __always_inline int accept_destination(struct packet *p)
{
	int unknown = p->kind & IS_TO_GROUP ? WARD_MULTICAST : WARD_UNKNOWN_DEVICE;

	return accept_receiver(p, &p->local, WARD_DESTINATION_MAC, unknown);
}

static __always_inline struct ward_share *find_share(const struct packet *p)
{
	__u32 index = p->owner - WARD_OWNER_FIRST_DEVICE;

	return bpf_map_lookup_elem(&shares, &index);
}

static __always_inline struct ward_lanes *find_lanes(const struct packet *p)
{
	__u32 index = bpf_get_smp_processor_id() * owner_count + p->owner;

	return bpf_map_lookup_elem(&lanes, &index);
}

static __always_inline struct ward_lane *find_lane(const struct packet *p)
{
	struct ward_lanes *found = find_lanes(p);

	return found ? &found->side[p->side & 1] : NULL;
}

static __always_inline void note_quarantine(struct packet *p, const struct ward_share *share)
{
	if (share->bucket.quarantined) {
		p->is_quarantined = 1;
		p->profile = quarantine_profile;
	}
}

/* What is rare, or to be explained: out of the way of all others. */
static __always_inline int identify_slowly(struct packet *p)
{
	int reason;

	if (p->side == WARD_CLINICAL)
		reason = accept_sender(p, &p->local, WARD_SPOOFED_ADDRESS);
	else
		reason = accept_destination(p);
	no_pointers(p);
	return reason;
}

/* By a static binding, which nearly every packet has: one cache line, or two. */
static __always_inline int identify(struct packet *p)
{
	const struct ward_device *device = find_bound(&p->local, place_of(p));
	__u64 mac = p->side == WARD_CLINICAL ? p->source_mac : p->destination_mac;
	/* What is routed to a device still has the gateway's MAC. */
	bool is_any_mac = is_routed(p) && p->side == WARD_IT;
	int reason;

	if (device && (is_any_mac || mac_of(device->mac) == mac))
		reason = accept_device(p, device, device->number);
	else
		reason = identify_slowly(p);
	if (reason)
		return reason;
	p->share = find_share(p);
	p->lane = find_lane(p);
	if (!p->share || !p->lane)
		return WARD_INTERNAL;
	note_quarantine(p, p->share);
	return WARD_CONTINUE;
}

#endif
