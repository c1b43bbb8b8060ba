/* SPDX-License-Identifier: GPL-2.0-only */
/* Section 7: neighbour and router discovery. */
#include <string.h>

#include "packet.h"

enum {
	ROUTER_SOLICITATION = 133,
	ROUTER_ADVERTISEMENT = 134,
	SOLICITATION = 135,
	ADVERTISEMENT = 136,
	REDIRECT = 137,
};

enum {
	SOURCE_OPTION = 1,
	TARGET_OPTION = 2,
};

/* Bytes before the options. */
static unsigned fixed_part(uint8_t type)
{
	switch (type) {
	case ROUTER_SOLICITATION:
		return 8;
	case ROUTER_ADVERTISEMENT:
		return 16;
	case REDIRECT:
		return 40;
	}
	return 24;
}

/* Link-layer address options of this kind: how many, and whether all say the source MAC. */
struct links {
	unsigned count;
	bool agree;
};

static int read_options(const struct ref_packet *p, uint8_t kind, struct links *links)
{
	unsigned at = fixed_part(p->type), count = 0;

	links->count = 0;
	links->agree = true;
	while (at < p->left) {
		const uint8_t *option = p->bytes + p->at + at;

		if (++count > 8 || p->left - at < 8 || !option[1] || option[1] * 8u > p->left - at)
			return WARD_ND_MALFORMED;
		if ((option[0] == SOURCE_OPTION || option[0] == TARGET_OPTION) && option[1] != 1)
			return WARD_ND_MALFORMED;
		if (option[0] == kind) {
			links->count++;
			links->agree &= !memcmp(option + 2, ref_source_mac(p), 6);
		}
		at += option[1] * 8u;
	}
	return WARD_CONTINUE;
}

static int pass(struct ref_packet *p)
{
	return ref_device_limits(p) ?: WARD_ND;
}

static int router_advertisement(struct ref_packet *p)
{
	const struct ref_link *link = ref_link_of(p);
	bool listed = false;

	for (unsigned i = 0; i < link->router_count; i++)
		listed |= ref_same(link->routers[i], p->source);
	if (p->side == WARD_CLINICAL || !listed)
		return WARD_RA_GUARD;
	if (!ref_carries(p->ref->policy, p->link, p->vlan))
		return WARD_VLAN_NOT_ALLOWED;
	return ref_is_link_local(p->source) ? WARD_ND : WARD_ND_MALFORMED;
}

/* The source is an address of the device with this MAC. */
static int identify(struct ref_packet *p)
{
	int device = ref_device_at(p, p->source, NULL);

	if (!ref_has_mac(p, device, ref_source_mac(p)))
		return ref_stranger(p, p->source, WARD_ND_SPOOF, WARD_ND_SPOOF);
	ref_charge(p, device);
	return ref_identified(p);
}

static int from_clinical(struct ref_packet *p, struct ref_address target, struct links links)
{
	bool nobody = ref_is_zero(p->source);
	int reason = nobody && p->type != ADVERTISEMENT ? ref_identify_by_mac(p) : identify(p);

	if (reason)
		return reason;
	if (!links.agree)
		return WARD_ND_SPOOF;
	if (p->type == SOLICITATION && nobody && links.count)
		return WARD_ND_SPOOF;
	if (p->type == ADVERTISEMENT || (p->type == SOLICITATION && nobody))
		if (!ref_has_mac(p, ref_device_at(p, target, NULL), ref_source_mac(p)))
			return WARD_ND_SPOOF;
	return pass(p);
}

static int to_device(struct ref_packet *p, struct ref_address target)
{
	static const struct ref_address all_nodes = { { 0xff, 2, [15] = 1 } };
	bool solicits = p->type == SOLICITATION;
	int device = ref_device_at(p, solicits ? target : p->destination, NULL);

	if (!solicits && ref_same(p->destination, all_nodes))
		return WARD_ND;
	if (device < 0)
		return WARD_ND_TARGET;
	ref_charge(p, device);
	return ref_identified(p) ?: pass(p);
}

static int from_it(struct ref_packet *p, struct ref_address target, struct links links)
{
	const struct ref_policy *policy = p->ref->policy;
	const struct ref_link *link = ref_link_of(p);
	bool probe = p->type == SOLICITATION && ref_is_zero(p->source);

	if (!ref_carries(policy, p->link, p->vlan))
		return WARD_VLAN_NOT_ALLOWED;
	if (ref_device_of_mac(policy, ref_source_mac(p)) >= 0 ||
	    ref_device_at(p, p->source, NULL) >= 0 || !links.agree)
		return WARD_ND_SPOOF;
	for (unsigned i = 0; p->type == SOLICITATION && i < link->host_count; i++)
		if (ref_same(link->hosts[i], target))
			return WARD_HOST;
	if ((p->type == ADVERTISEMENT || probe) && ref_device_at(p, target, NULL) >= 0)
		return WARD_ND_SPOOF;
	return to_device(p, target);
}

int ref_discovery(struct ref_packet *p)
{
	bool names_target = p->type == SOLICITATION || p->type == ADVERTISEMENT;
	struct ref_address target = { { 0 } };
	struct links links;
	int reason;

	if (p->hop_limit != 255 || p->code || p->extended || p->left < fixed_part(p->type))
		return WARD_ND_MALFORMED;
	if (p->type == REDIRECT)
		return WARD_ICMP_REDIRECT;
	reason = read_options(p, p->type == ADVERTISEMENT ? TARGET_OPTION : SOURCE_OPTION, &links);
	if (reason)
		return reason;
	if (names_target) {
		target = ref_ipv6(p->bytes + p->at + 8);
		if (!ref_is_unicast(target) || ref_is_ipv4(target))
			return WARD_ND_MALFORMED;
	}
	if (p->type == ROUTER_ADVERTISEMENT)
		return router_advertisement(p);
	if (p->side == WARD_CLINICAL)
		return from_clinical(p, target, links);
	if (p->type == ROUTER_SOLICITATION)
		return WARD_ND_TARGET;
	return from_it(p, target, links);
}
