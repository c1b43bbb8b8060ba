/* SPDX-License-Identifier: GPL-2.0-only */
/* Section 6 for IPv4 (RFC 2131), and what both families share. */
#include <string.h>

#include "dhcp.h"

enum {
	CLIENT = 68,
	SERVER = 67,
	FIXED = 240,	/* with the magic cookie */
	MAX_OPTIONS = 32,
};

static bool between(const struct ref_packet *p, uint16_t a, uint16_t b)
{
	return p->source_port == a && p->destination_port == b;
}

bool ref_is_dhcp(const struct ref_packet *p)
{
	if (p->protocol != IPPROTO_UDP || p->fragment)
		return false;
	if (p->family == 4)
		return between(p, CLIENT, SERVER) || between(p, SERVER, CLIENT);
	return between(p, 546, 547) || between(p, 547, 546);
}

bool ref_is_server(const struct ref_packet *p)
{
	const struct ref_link *link = ref_link_of(p);

	for (unsigned i = 0; i < link->server_count; i++)
		if (ref_same(link->servers[i], p->source))
			return true;
	return false;
}

void ref_ask(struct ref_packet *p, int family, uint32_t transaction)
{
	struct ref_lease *lease = &ref_owner(p)->lease[family];

	lease->transaction = transaction;
	lease->asked_until = p->ref->now + 60 * SECOND;
}

bool ref_is_awaited(struct ref_packet *p, int family, uint32_t transaction)
{
	const struct ref_lease *lease = &ref_owner(p)->lease[family];

	return p->ref->now < lease->asked_until && lease->transaction == transaction;
}

/* An address has one holder: whoever it was given to last. */
void ref_give_lease(struct ref_packet *p, int family, struct ref_address address, uint32_t seconds)
{
	struct ref_lease *lease = &ref_owner(p)->lease[family];

	for (struct ref_owner *o = p->ref->owners; o; o = o->next)
		if (o->lease[family].held && o->lease[family].link == p->link &&
		    o->lease[family].vlan == p->vlan &&
		    ref_same(o->lease[family].address, address))
			o->lease[family].held = false;
	lease->held = true;
	lease->address = address;
	lease->link = p->link;
	lease->vlan = p->vlan;
	lease->asked_until = 0;
	if (seconds == 0xffffffff)
		lease->expires = p->ref->now + 10ull * 365 * 86400 * SECOND;
	else
		lease->expires = p->ref->now + seconds * SECOND;
}

bool ref_is_taken(const struct ref_packet *p, struct ref_address address)
{
	uint8_t number;
	int device = ref_static_device(p->ref->policy, p->link, p->vlan, address, &number);

	return device >= 0 && device != p->device;
}

int ref_refuse_lease(struct ref_packet *p)
{
	p->charged = -1;
	p->identified = false;
	return WARD_SPOOFED_ADDRESS;
}

static bool is_well_formed(const struct ref_packet *p, uint8_t operation)
{
	static const uint8_t cookie[4] = { 0x63, 0x82, 0x53, 0x63 };
	const uint8_t *dhcp = p->bytes + p->at + 8;

	return p->payload >= FIXED && dhcp[0] == operation && dhcp[1] == 1 && dhcp[2] == 6 &&
	       !memcmp(dhcp + 236, cookie, 4);
}

static int request(struct ref_packet *p)
{
	const uint8_t *dhcp = p->bytes + p->at + 8;
	int reason;

	if (!is_well_formed(p, 1))
		return WARD_DHCP_MALFORMED;
	if (memcmp(dhcp + 28, ref_source_mac(p), 6))
		return WARD_DHCP_CLIENT;
	reason = ref_place_of_mac(p);
	if (reason)
		return reason;
	if (!ref_is_zero(p->source) && ref_device_at(p, p->source, NULL) != p->device)
		return WARD_SPOOFED_ADDRESS;
	reason = ref_identified(p) ?: ref_device_limits(p);
	if (reason)
		return reason;
	ref_ask(p, 0, ref_u32(dhcp + 4));
	return WARD_DHCP;
}

struct options {
	uint8_t message;
	bool timed;
	uint32_t seconds;
};

/* A pad counts as an option; one that does not fit ends the walk. */
static struct options read_options(const uint8_t *at, unsigned left)
{
	struct options o = { 0 };

	for (int i = 0; i < MAX_OPTIONS && left && *at != 255; i++) {
		unsigned size;

		if (*at == 0) {
			at++;
			left--;
			continue;
		}
		if (left < 2 || at[1] > left - 2)
			break;
		size = at[1];
		if (at[0] == 53 && size == 1)
			o.message = at[2];
		if (at[0] == 51 && size == 4) {
			o.timed = true;
			o.seconds = ref_u32(at + 2);
		}
		at += 2 + size;
		left -= 2 + size;
	}
	return o;
}

static void learn(struct ref_packet *p, const struct options *o, struct ref_address yours)
{
	if (o->message == 6)
		ref_owner(p)->lease[0].held = false;
	if (o->message == 5 && o->timed && p->ref->policy->devices[p->device].dhcp4 &&
	    ref_is_unicast(yours))
		ref_give_lease(p, 0, yours, o->seconds);
}

static int answer(struct ref_packet *p)
{
	static const uint8_t broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	const uint8_t *dhcp = p->bytes + p->at + 8;
	const struct ref_device *d;
	struct ref_address yours;
	struct options options;
	int device, reason;

	if (!ref_is_server(p))
		return WARD_DHCP_SERVER;
	if (!is_well_formed(p, 2))
		return WARD_DHCP_MALFORMED;
	device = ref_device_of_mac(p->ref->policy, dhcp + 28);
	d = &p->ref->policy->devices[device < 0 ? 0 : device];
	if (device < 0 || d->link != p->link || d->vlan != p->vlan)
		return WARD_UNKNOWN_DEVICE;
	ref_charge(p, device);
	if (memcmp(ref_destination_mac(p), broadcast, 6) &&
	    !ref_has_mac(p, device, ref_destination_mac(p)))
		return WARD_DESTINATION_MAC;
	if (!ref_is_awaited(p, 0, ref_u32(dhcp + 4)))
		return WARD_DHCP_UNSOLICITED;
	yours = ref_ipv4(dhcp + 16);
	options = read_options(dhcp + FIXED, p->payload - FIXED);
	if (options.message == 5 && ref_is_taken(p, yours))
		return ref_refuse_lease(p);
	reason = ref_identified(p) ?: ref_device_limits(p);
	if (reason)
		return reason;
	learn(p, &options, yours);
	return WARD_DHCP;
}

int ref_dhcp(struct ref_packet *p)
{
	if (p->side == WARD_CLINICAL)
		return p->source_port == CLIENT ? request(p) : WARD_DHCP_SERVER;
	return p->source_port == SERVER ? answer(p) : WARD_UNSOLICITED;
}
