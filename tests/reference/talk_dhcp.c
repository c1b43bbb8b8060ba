/* SPDX-License-Identifier: GPL-2.0-only */
/* DHCP and DHCPv6 between a device and a server, in turns. */
#include <string.h>

#include "build.h"

enum {
	DISCOVER = 1, OFFER, REQUEST, DECLINE, ACK, NAK,
};

static void put_option4(struct bytes *b, unsigned code, unsigned size, uint32_t value)
{
	put8(b, code);
	put8(b, size);
	if (size == 1)
		put8(b, value);
	else
		put32(b, value);
}

static void put_options4(struct random *r, struct bytes *b, unsigned message)
{
	static const uint32_t times[] = { 0, 1, 60, 3600, 3600, 86400, 86400, 86400, 0xffffffff };

	for (unsigned i = random_percent(r, 10) ? random_below(r, 34) : 0; i; i--)
		random_percent(r, 50) ? put8(b, 0) : put_option4(b, 12, 4, 0);
	put_option4(b, 53, 1, message);
	if (random_percent(r, 30))
		put_option4(b, 54, 4, 0xc612c802);
	if (message != DISCOVER && random_percent(r, 95))
		put_option4(b, 51, 4, random_of(r, times));
	if (random_percent(r, 5))
		put_option4(b, random_of(r, ((const unsigned[]){ 53, 51, 50 })), 200, 9);
	put8(b, 255);
	put_zeros(b, random_below(r, 20));
}

static void put_message4(struct random *r, const struct ref_policy *policy, struct client *c,
			 bool asks, struct bytes *b, unsigned message)
{
	static const uint8_t cookie[4] = { 0x63, 0x82, 0x53, 0x63 };
	const struct ref_device *d = &policy->devices[c->device];

	put8(b, asks ? 1 : 2);
	put8(b, 1);
	put16(b, 0x0600);
	put32(b, random_percent(r, 3) ? c->transaction + 1 : c->transaction);
	put_zeros(b, 8);
	if (asks)
		put_zeros(b, 4);
	else
		put_address(b, c->lease);
	put_zeros(b, 8);
	put(b, d->mac, 6);
	put_zeros(b, 10 + 192);
	put(b, cookie, 4);
	put_options4(r, b, message);
}

static void prepend_udp(struct bytes *upper, const struct bytes *payload, unsigned from,
			unsigned to)
{
	put16(upper, from);
	put16(upper, to);
	put16(upper, 8 + payload->length);
	put16(upper, 0);
	put(upper, payload->at, payload->length);
}

static void plan_dhcp4(struct random *r, const struct ref_policy *policy, struct client *c,
		       bool asks, struct plan *plan)
{
	static const unsigned messages[] = { DISCOVER, OFFER, REQUEST, ACK };
	unsigned message = messages[c->step % 4];
	struct bytes payload = { 0 };

	if (message == ACK && random_percent(r, 15))
		message = NAK;
	ref_parse_address(asks ? "0.0.0.0" : "198.18.200.2", &plan->source);
	ref_parse_address("255.255.255.255", &plan->destination);
	if (random_percent(r, 20)) {
		*(asks ? &plan->source : &plan->destination) = c->lease;
		ref_parse_address("198.18.200.2", asks ? &plan->destination : &plan->source);
	}
	if (!asks && random_percent(r, 5))
		plan->source = some_peer(r, true);
	if (asks || random_percent(r, 50))
		memset(plan->place.destination, 0xff, 6);
	put_message4(r, policy, c, asks, &payload, message);
	prepend_udp(&plan->upper, &payload, asks ? 68 : 67, asks ? 67 : 68);
}

static void put_ia(struct random *r, const struct client *c, struct bytes *b)
{
	static const uint32_t times[] = { 0, 60, 3600, 3600, 86400, 0xffffffff };
	unsigned count = random_percent(r, 80) ? 1 : random_below(r, 11);

	put16(b, 3);
	put16(b, 12 + count * 28);
	put_zeros(b, 12);
	for (unsigned i = 0; i < count; i++) {
		put16(b, random_percent(r, 95) ? 5 : 13);
		put16(b, 24);
		put_address(b, c->lease);
		put32(b, 60);
		put32(b, random_of(r, times));
	}
}

static void plan_dhcp6(struct random *r, const struct ref_policy *policy, struct client *c,
		       bool asks, struct plan *plan)
{
	static const uint8_t types[] = { 1, 2, 3, 7 };
	const struct ref_device *d = &policy->devices[c->device];
	uint8_t type = types[c->step % 4];
	struct bytes payload = { 0 };

	plan->source = ref_link_local(d->mac);
	ref_parse_address("ff02::1:2", &plan->destination);
	if (!asks) {
		plan->destination = plan->source;
		ref_parse_address(random_percent(r, 60) ? "fe80::2" : "2001:db8:200::2",
				  &plan->source);
	} else if (random_percent(r, 10)) {
		plan->destination = some_peer(r, false);
	}
	put8(&payload, random_percent(r, 4) ? random_below(r, 14) : type);
	put8(&payload, c->transaction >> 16);
	put16(&payload, random_percent(r, 3) ? c->transaction + 1 : c->transaction);
	for (unsigned i = random_percent(r, 10) ? random_below(r, 18) : 1; i; i--)
		put32(&payload, 0x00080000);
	if (!asks)
		put_ia(r, c, &payload);
	prepend_udp(&plan->upper, &payload, asks ? 546 : 547, asks ? 547 : 546);
}

static struct ref_address some_lease(struct random *r, bool ipv6)
{
	struct ref_address a = { { 0 } };
	char text[64];

	snprintf(text, sizeof(text), ipv6 ? "2001:db8:110::%u" : "198.18.110.%u",
		 random_percent(r, 85) ? random_between(r, 200, 203) : random_between(r, 9, 14));
	ref_parse_address(text, &a);
	return a;
}

bool talk_dhcp(struct random *r, const struct ref_policy *policy, struct client *c,
	       struct ref_frame *f, int *port)
{
	bool asks = c->step % 2 == 0;
	struct plan plan = { .hop_limit = 64, .protocol = IPPROTO_UDP, .plain = true };

	if (c->step % 4 == 0 || random_percent(r, 5)) {
		c->transaction = (uint32_t)random_next(r) & 0xffffff;
		c->lease = some_lease(r, c->ipv6);
	}
	plan.place = place_of(r, policy, c->device, asks ? WARD_CLINICAL : WARD_IT);
	if (c->ipv6)
		plan_dhcp6(r, policy, c, asks, &plan);
	else
		plan_dhcp4(r, policy, c, asks, &plan);
	build(r, policy, &plan, f, port);
	if (random_percent(r, 90))
		c->step++;
	return !asks;
}
