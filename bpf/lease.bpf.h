/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses that devices have by DHCP. A device's lease stands in its own binding, which is what
 * counts; the map `leases` only tells whose binding to look at. Both are read and written by all
 * CPUs without a lock. Whatever a reader finds half-written, it does not bind a wrong device:
 *
 *  - `leases` must name the owner, the owner's binding must hold the same address, and the MAC in
 *    the binding must be that of a device of the policy with the same owner, link and VLAN. All of
 *    them must agree, and the frame's MAC with them.
 *  - A lease that changes is first made to have expired, so a new address never has the old one's
 *    time. Halves of two addresses can only be taken for one that `leases` gives to the same owner.
 *  - The binding is written before the entry in `leases`, so what the entry leads to is complete.
 *
 * An entry that is missing (no room; two CPUs that gave and ended a lease of one address at once; a
 * link that got another number in the policy) does not cost the device its lease: the binding still
 * has it, and the device's next packet on the same VLAN writes the entry again.
 */
#ifndef WARDGATE_LEASE_BPF_H
#define WARDGATE_LEASE_BPF_H

#include "packet.bpf.h"

static __always_inline const struct ward_device *find_mac(__u64 mac)
{
	return bpf_map_lookup_elem(&devices_by_mac, &mac);
}

/*
 * Where an address is somebody's: link and VLAN, as one number. In routed mode a device is known on
 * the IT side by its address alone, wherever it is.
 */
static __always_inline __u32 place_of(const struct packet *p)
{
	if (is_routed(p) && p->side == WARD_IT)
		return WARD_ROUTED_VLAN << 8 | WARD_ROUTED_LINK;
	return p->vlan << 8 | p->link;
}

static __always_inline bool is_at(const struct ward_device *device, __u32 place)
{
	return (__u32)(device->vlan << 8 | device->link) == place;
}

static __always_inline __u8 number_of_leased(const union address *address)
{
	return is_mapped(address) ? WARD_LEASED_IPV4 : WARD_LEASED_IPV6;
}

/* `device` is an entry of devices_by_mac. A policy that took DHCP from it took its leases too. */
static __always_inline bool may_lease(const struct ward_device *device,
				      const union address *address)
{
	return device->number & (is_mapped(address) ? WARD_DHCP_IPV4 : WARD_DHCP_IPV6);
}

static __always_inline struct ward_binding *find_binding(__u32 owner)
{
	__u32 index = owner - WARD_OWNER_FIRST_DEVICE;

	return bpf_map_lookup_elem(&bindings, &index);
}

static __always_inline const struct ward_lease *lease_of(const struct ward_binding *binding,
							 const union address *address)
{
	return is_mapped(address) ? &binding->ipv4 : &binding->ipv6;
}

static __always_inline bool holds(const struct ward_binding *binding, const union address *address,
				  __u64 now)
{
	const struct ward_lease *lease = lease_of(binding, address);

	return *(volatile __u64 *)&lease->expires > now &&
	       same_address((const union address *)lease->address, address);
}

static __always_inline struct ward_lease_key lease_key(const union address *address, __u32 place)
{
	struct ward_lease_key key = { .vlan = place >> 8, .link = place };

	__builtin_memcpy(key.address, address, sizeof(key.address));
	return key;
}

/*
 * The sender's own binding has the address, and no one else's entry that counts does. An entry that
 * another CPU has just written is newer than what this one knows: it stays.
 */
static __always_inline const struct ward_device *
restore_lease(struct ward_lease_key *key, __u32 *entry, __u32 stale, __u64 now, __u64 mac)
{
	const union address *address = (const union address *)key->address;
	const struct ward_device *device = find_mac(mac);
	struct ward_binding *binding;
	__u32 owner;

	if (!device || !is_at(device, key->vlan << 8 | key->link) || !may_lease(device, address))
		return NULL;
	owner = device->owner;
	binding = find_binding(owner);
	if (!binding || binding->mac != mac || !holds(binding, address, now) ||
	    lease_of(binding, address)->vlan != key->vlan)
		return NULL;
	if (entry)
		__sync_val_compare_and_swap(entry, stale, owner);
	else
		bpf_map_update_elem(&leases, key, &owner, BPF_NOEXIST);
	return device;
}

/*
 * The device that leases this address there. `sender` is the MAC of a frame that claims it, or 0:
 * its own device's entry is written again.
 */
static __noinline const struct ward_device *find_leased(const union address *address, __u32 place,
							__u64 now, __u64 sender)
{
	const struct ward_device *device;
	struct ward_lease_key key;
	struct ward_binding *binding;
	__u32 *entry, owner;

	if (!has_dhcp || !address)
		return NULL;
	key = lease_key(address, place);
	entry = bpf_map_lookup_elem(&leases, &key);
	owner = entry ? *(volatile __u32 *)entry : WARD_OWNER_NONE;
	binding = find_binding(owner);
	if (entry && binding && holds(binding, address, now)) {
		device = find_mac(binding->mac);
		if (device && device->owner == owner && is_at(device, place) &&
		    may_lease(device, address))
			return device;
	}
	return sender ? restore_lease(&key, entry, owner, now, sender) : NULL;
}

/* Exchanges are full barriers, so that no CPU sees these stores in another order. */
static __always_inline void set_expiry(struct ward_lease *lease, __u64 expires)
{
	__sync_lock_test_and_set(&lease->expires, expires);
}

/* The entry goes too, unless the address is somebody else's by now. */
static __noinline int end_lease(struct ward_lease *lease, __u32 owner)
{
	struct ward_lease_key key = { .vlan = lease->vlan, .link = lease->link };
	const __u32 *entry;

	set_expiry(lease, 0);
	__builtin_memcpy(key.address, lease->address, sizeof(key.address));
	entry = bpf_map_lookup_elem(&leases, &key);
	if (entry && *entry == owner)
		bpf_map_delete_elem(&leases, &key);
	return 0;
}

/*
 * The server gives to one device what it gave to another before: the other's lease has ended. Only
 * if it is still the one that was read: not when another CPU has just given it a new one.
 */
static __noinline int end_former_lease(const struct ward_lease_key *key, __u32 owner)
{
	const union address *address = (const union address *)key->address;
	const __u32 *entry = bpf_map_lookup_elem(&leases, key);
	struct ward_binding *binding = entry && *entry != owner ? find_binding(*entry) : NULL;
	struct ward_lease *lease;
	__u64 expires;

	if (!binding)
		return 0;
	lease = is_mapped(address) ? &binding->ipv4 : &binding->ipv6;
	expires = *(volatile __u64 *)&lease->expires;
	if (same_address((const union address *)lease->address, address))
		__sync_val_compare_and_swap(&lease->expires, expires, 0);
	return 0;
}

/*
 * The packet's device has this address until then. If `leases` has no room, which its size rules
 * out (two for each device; a former one is deleted), the server's answer still goes through: the
 * device believes to have an address in any case, what it sends passes by its binding, and its next
 * packet tries for the entry again. To drop the answer would leave a device at a patient without
 * network for the sake of order in our tables.
 */
static __always_inline void give_lease(const struct packet *p, struct ward_lease *lease,
				       const union address *address, __u64 expires)
{
	struct ward_lease_key key = lease_key(address, place_of(p));
	__u32 owner = p->owner;

	/* A renewal must not make another CPU drop a packet: only its time changes. */
	if (!same_address((const union address *)lease->address, address) ||
	    lease->vlan != key.vlan || lease->link != key.link) {
		end_lease(lease, owner);
		__builtin_memcpy(lease->address, address, sizeof(lease->address));
		lease->vlan = key.vlan;
		lease->link = key.link;
	}
	set_expiry(lease, expires);
	end_former_lease(&key, owner);
	bpf_map_update_elem(&leases, &key, &owner, BPF_ANY);
}

#endif
