/* SPDX-License-Identifier: GPL-2.0-only */
/* Section 10: who is it, and ARP. */
#include <string.h>

#include "packet.h"

/* Numbers of leased addresses among a device's. */
static const uint8_t leased_number[2] = { 254, 255 };

static int leased_device(const struct ref_packet *p, struct ref_address address, uint8_t *number)
{
	const struct ref_policy *policy = p->ref->policy;
	int family = ref_is_ipv4(address) ? 0 : 1;

	for (unsigned i = 0; i < policy->device_count; i++) {
		const struct ref_device *d = &policy->devices[i];
		const struct ref_lease *lease = &ref_owner_of(p->ref, d->name)->lease[family];

		if (!lease->held || lease->expires <= p->ref->now || d->link != p->link ||
		    d->vlan != p->vlan || lease->link != p->link || lease->vlan != p->vlan)
			continue;
		if (ref_same(lease->address, address)) {
			*number = leased_number[family];
			return (int)i;
		}
	}
	return -1;
}

int ref_device_at(const struct ref_packet *p, struct ref_address address, uint8_t *number)
{
	uint8_t ignored;
	int device = ref_static_device(p->ref->policy, p->link, p->vlan, address,
				       number ?: &ignored);

	return device >= 0 ? device : leased_device(p, address, number ?: &ignored);
}

bool ref_has_mac(const struct ref_packet *p, int device, const uint8_t mac[6])
{
	return device >= 0 && !memcmp(p->ref->policy->devices[device].mac, mac, 6);
}

void ref_charge(struct ref_packet *p, int device)
{
	p->device = p->charged = device;
}

int ref_identified(struct ref_packet *p)
{
	p->identified = true;
	if (ref_device_mode(p->ref->policy, (unsigned)p->device) == REF_CLOSED)
		return WARD_CLOSED;
	return WARD_CONTINUE;
}

/* By the MAC: 0 when the device is on its own link and VLAN, else the reason. */
int ref_place_of_mac(struct ref_packet *p)
{
	int device = ref_device_of_mac(p->ref->policy, ref_source_mac(p));
	const struct ref_device *d;

	if (device < 0)
		return ref_carries(p->ref->policy, p->link, p->vlan) ? WARD_UNKNOWN_DEVICE :
								      WARD_VLAN_NOT_ALLOWED;
	ref_charge(p, device);
	d = &p->ref->policy->devices[device];
	if (d->link != p->link)
		return WARD_WRONG_LINK;
	if (d->vlan != p->vlan)
		return WARD_WRONG_VLAN;
	return WARD_CONTINUE;
}

int ref_identify_by_mac(struct ref_packet *p)
{
	return ref_place_of_mac(p) ?: ref_identified(p);
}

int ref_stranger(struct ref_packet *p, struct ref_address claimed, int spoof_mac,
		 int spoof_address)
{
	int reason = ref_place_of_mac(p);

	if (p->charged >= 0)
		return reason ?: spoof_address;
	return ref_device_at(p, claimed, NULL) >= 0 ? spoof_mac : reason;
}

int ref_identify(struct ref_packet *p)
{
	struct ref_address mine = p->side == WARD_CLINICAL ? p->source : p->destination;
	int device = ref_device_at(p, mine, &p->local);

	if (p->side == WARD_CLINICAL) {
		if (!ref_has_mac(p, device, ref_source_mac(p)))
			return ref_stranger(p, mine, WARD_SPOOFED_MAC, WARD_SPOOFED_ADDRESS);
		ref_charge(p, device);
		return ref_identified(p);
	}
	if (device < 0)
		return ref_is_group(mine) ? WARD_MULTICAST : WARD_UNKNOWN_DEVICE;
	ref_charge(p, device);
	if (!ref_has_mac(p, device, ref_destination_mac(p)))
		return WARD_DESTINATION_MAC;
	return ref_identified(p);
}

/* A probe is a request (RFC 5227, 1.1). */
static int arp_of_device(struct ref_packet *p, int operation, struct ref_address sender,
			 struct ref_address target)
{
	bool probe = operation == 1 && ref_is_zero(sender);
	struct ref_address claimed = probe ? target : sender;
	int device = ref_device_at(p, claimed, NULL);

	if (!ref_has_mac(p, device, ref_source_mac(p)))
		return ref_stranger(p, claimed, WARD_ARP_SPOOF, WARD_ARP_SPOOF);
	ref_charge(p, device);
	return ref_identified(p) ?: ref_device_limits(p) ?: WARD_ARP;
}

static int arp_of_it(struct ref_packet *p, int operation, struct ref_address sender,
		     struct ref_address target)
{
	static const uint8_t broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	const struct ref_policy *policy = p->ref->policy;
	const struct ref_link *link = ref_link_of(p);
	int device;

	if (!ref_carries(policy, p->link, p->vlan))
		return WARD_VLAN_NOT_ALLOWED;
	if (ref_device_at(p, sender, NULL) >= 0 ||
	    ref_device_of_mac(policy, ref_source_mac(p)) >= 0)
		return WARD_ARP_SPOOF;
	if (!ref_is_zero(sender) && !ref_is_unicast(sender))
		return WARD_ADDRESS;
	for (unsigned i = 0; i < link->host_count; i++)
		if (ref_same(link->hosts[i], target))
			return WARD_HOST;
	if (ref_same(sender, target) && !ref_is_zero(sender))
		return memcmp(ref_destination_mac(p), broadcast, 6) ? WARD_ARP_TARGET : WARD_ARP;
	device = ref_device_at(p, target, NULL);
	if (device < 0)
		return WARD_ARP_TARGET;
	ref_charge(p, device);
	if (operation == 2 && !ref_has_mac(p, device, ref_destination_mac(p)))
		return WARD_ARP_TARGET;
	return ref_identified(p) ?: ref_device_limits(p) ?: WARD_ARP;
}

int ref_arp(struct ref_packet *p)
{
	static const uint8_t ethernet_ipv4[6] = { 0, 1, 0x08, 0, 6, 4 };
	const uint8_t *arp = p->bytes + p->network;
	struct ref_address sender, target;
	unsigned operation;

	if (p->length < p->network + 28)
		return WARD_TRUNCATED;
	operation = ref_u16(arp + 6);
	if (memcmp(arp, ethernet_ipv4, 6) || operation < 1 || operation > 2 ||
	    p->length > p->network + 28 + 32)
		return WARD_ARP_MALFORMED;
	if (memcmp(arp + 8, ref_source_mac(p), 6))
		return WARD_ARP_SPOOF;
	sender = ref_ipv4(arp + 14);
	target = ref_ipv4(arp + 24);
	if (p->side == WARD_CLINICAL)
		return arp_of_device(p, (int)operation, sender, target);
	return arp_of_it(p, (int)operation, sender, target);
}
