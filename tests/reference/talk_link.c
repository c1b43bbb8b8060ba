/* SPDX-License-Identifier: GPL-2.0-only */
/* ARP, discovery, and what is neither IP nor ARP. */
#include <string.h>

#include "build.h"

static const uint8_t broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
static const uint8_t peer_mac[6] = { 0x02, 0, 0, 0, 0x22, 0x01 };

struct ref_address some_peer(struct random *r, bool ipv4)
{
	static const char *const v4[] = { "198.18.200.5", "198.18.200.6", "198.18.200.7",
					  "198.18.201.9", "198.19.0.1",	  "198.18.110.10",
					  "198.18.110.11", "198.18.99.1" };
	static const char *const v6[] = { "2001:db8:200::5", "2001:db8:200::6", "2001:db8:200::7",
					  "2001:db8:201::9", "fe80::1", "2001:db8:110::10",
					  "2001:db8:110::11", "2001:db8:99::1" };
	unsigned i = random_percent(r, 85) ? random_below(r, 3) : random_below(r, 8);
	struct ref_address a = { { 0 } };

	ref_parse_address(ipv4 ? v4[i] : v6[i], &a);
	return a;
}

struct place place_of(struct random *r, const struct ref_policy *policy, unsigned device, int side)
{
	const struct ref_device *d = &policy->devices[device];
	struct place place = { .link = d->link, .side = side, .vlan = d->vlan };
	bool sends = side == WARD_CLINICAL;

	memcpy(place.source, sends ? d->mac : peer_mac, 6);
	memcpy(place.destination, sends ? peer_mac : d->mac, 6);
	/* A group never sends, but somebody may say so. */
	if (d->group && sends && random_percent(r, 90))
		place.source[0] = 0x02;
	if (random_percent(r, 1))
		place.link = random_below(r, policy->link_count);
	if (random_percent(r, 1))
		place.side = !place.side;
	return place;
}

static struct ref_address some_address(struct random *r, const struct ref_policy *policy,
				       unsigned device, bool ipv4)
{
	const struct ref_device *d = &policy->devices[device];
	const struct ref_link *l = &policy->links[d->link];

	for (unsigned i = 0; i < 4 && d->count; i++) {
		struct ref_address a = d->addresses[random_below(r, d->count)];

		if (ref_is_ipv4(a) == ipv4)
			return a;
	}
	if (l->host_count && random_percent(r, 10))
		return l->hosts[!ipv4];
	return ipv4 || random_percent(r, 50) ? some_peer(r, ipv4) : ref_link_local(d->mac);
}

void talk_arp(struct random *r, const struct ref_policy *policy, struct ref_frame *f, int *port)
{
	unsigned device = random_below(r, policy->device_count);
	int side = (int)random_below(r, 2);
	struct place place = place_of(r, policy, device, side);
	struct ref_address mine = some_address(r, policy, device, true);
	struct ref_address sender = side ? some_peer(r, true) : mine;
	struct ref_address target = side ? mine : some_peer(r, true);
	unsigned operation = random_between(r, 1, 2);
	struct bytes b = { 0 };

	if (operation == 1 || random_percent(r, 20))
		memcpy(place.destination, broadcast, 6);
	if (random_percent(r, 15))
		target = sender;
	if (random_percent(r, 10)) {
		target = random_percent(r, 50) ? mine : target;
		memset(sender.b + 12, 0, 4);
	}
	put_ethernet(r, policy, &place, 0x0806, &b, port);
	put16(&b, 1);
	put16(&b, 0x0800);
	put16(&b, 0x0604);
	put16(&b, random_percent(r, 3) ? random_below(r, 5) : operation);
	put(&b, place.source, 6);
	put_address(&b, sender);
	put_zeros(&b, 6);
	put_address(&b, target);
	if (random_percent(r, 80))
		put_zeros(&b, random_percent(r, 90) ? 18 : random_below(r, 40));
	finish_frame(&b, f);
}

static void put_nd_option(struct random *r, struct bytes *b, unsigned type, const uint8_t mac[6])
{
	unsigned words = random_percent(r, 95) ? 1 : random_below(r, 4);

	put8(b, type);
	put8(b, words);
	put(b, mac, 6);
	if (words > 1)
		put_zeros(b, (words - 1) * 8);
}

static void put_nd(struct random *r, struct plan *plan, unsigned type, struct ref_address target)
{
	struct bytes *b = &plan->upper;

	put8(b, type);
	put8(b, random_percent(r, 2) ? 1 : 0);
	put16(b, 0);
	put32(b, random_below(r, 8) << 29);
	if (type == 134)
		put_zeros(b, 8);
	if (type >= 135)
		put_address(b, target);
	if (type == 137)
		put_zeros(b, 16);
	if (random_percent(r, 70))
		put_nd_option(r, b, type == 136 ? 2 : 1, plan->place.source);
	for (unsigned i = random_percent(r, 10) ? random_below(r, 9) : 0; i; i--)
		put_nd_option(r, b, random_between(r, 1, 14), plan->place.source);
}

void talk_discovery(struct random *r, const struct ref_policy *policy, struct ref_frame *f,
		    int *port)
{
	static const struct ref_address all_nodes = { { 0xff, 2, [15] = 1 } };
	static const uint8_t types[] = { 135, 136, 135, 136, 133, 134, 137 };
	unsigned device = random_below(r, policy->device_count), type = random_of(r, types);
	int side = (int)random_below(r, 2);
	struct ref_address mine = some_address(r, policy, device, false);
	struct ref_address other = some_peer(r, false), target;
	struct plan plan = { .place = place_of(r, policy, device, side),
			     .protocol = IPPROTO_ICMPV6, .hop_limit = 255,
			     .plain = random_percent(r, 95) };

	plan.source = side ? other : mine;
	plan.destination = side ? mine : other;
	if (type == 134) {
		ref_parse_address(random_percent(r, 80) ? "fe80::1" : "fe80::9", &plan.source);
		plan.destination = all_nodes;
	}
	if (random_percent(r, 15))
		plan.destination = all_nodes;
	if (random_percent(r, 10))
		memset(&plan.source, 0, 16);
	target = (type == 136) == (side == WARD_CLINICAL) || random_percent(r, 15) ? mine : other;
	if (random_percent(r, 2))
		plan.hop_limit = 64;
	put_nd(r, &plan, type, target);
	build(r, policy, &plan, f, port);
}

void talk_other(struct random *r, const struct ref_policy *policy, struct ref_frame *f, int *port)
{
	static const uint16_t types[] = { 0x88cc, 0x88f7, 0x88e5, 0x86dc, 0x9100, 0x8863, 0x0600,
					  0x05ff, 38, 0 };
	static const uint8_t bridges[6] = { 0x01, 0x80, 0xc2, 0, 0, 0 };
	static const ref_vlan vlans[] = { 99, 0, 110, 4094, 100u << 16 | 111 };
	struct place place = place_of(r, policy, random_below(r, policy->device_count),
				      (int)random_below(r, 2));
	unsigned type = random_of(r, types);
	struct bytes b = { 0 };

	if (random_percent(r, 50)) {
		memcpy(place.destination, bridges, 6);
		type = 38;
	}
	if (random_percent(r, 30))
		place.vlan = random_of(r, vlans);
	put_ethernet(r, policy, &place, type, &b, port);
	put16(&b, random_percent(r, 80) ? 0x4242 : 0xaaaa);
	put8(&b, 3);
	put_zeros(&b, random_below(r, 50));
	finish_frame(&b, f);
}
