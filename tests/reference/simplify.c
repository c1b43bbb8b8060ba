/* SPDX-License-Identifier: GPL-2.0-only */
/* Smaller policies out of larger ones, one part at a time. */
#include <stdlib.h>
#include <string.h>

#include "compare.h"

/*
 * Parts by number: first whole kinds of things in all policies at once, then every single device
 * and rule. What nobody names any more goes with them.
 */
enum {
	PART_POLICIES,
	PART_STRANGERS,
	PART_RULES,
	PART_LIMITS,
	PART_RULE_LIMITS,
	PART_TIMES,
	PART_MODES,
	PART_QUARANTINE,
	PART_LINK_PARTS,
	PART_VLANS,
	PART_EXCEPTIONS,
	PART_SINGLE,
};

#define SINGLES (REF_NAMED * (REF_RULES + 1))

unsigned simplify_parts(void)
{
	return PART_SINGLE + SINGLES;
}

static void drop_limits(struct ref_policy *p, bool of_rules)
{
	for (unsigned i = 0; i < p->profile_count; i++) {
		uint64_t flows = p->profiles[i].limit.flows;

		if (!of_rules) {
			memset(&p->profiles[i].limit, 0, sizeof(p->profiles[i].limit));
			p->profiles[i].limit.flows = flows;
		}
		for (unsigned j = 0; of_rules && j < p->profiles[i].count; j++)
			memset(&p->profiles[i].rules[j].limit, 0, sizeof(struct ref_limit));
	}
}

static void drop_modes(struct ref_policy *p)
{
	p->enforcement = REF_UNSAID;
	for (unsigned i = 0; i < p->link_count; i++)
		p->links[i].enforcement = REF_UNSAID;
	for (unsigned i = 0; i < p->profile_count; i++)
		p->profiles[i].enforcement = REF_UNSAID;
	for (unsigned i = 0; i < p->device_count; i++)
		p->devices[i].enforcement = REF_UNSAID;
}

static void drop_link_parts(struct ref_policy *p)
{
	for (unsigned i = 0; i < p->link_count; i++) {
		struct ref_link *l = &p->links[i];

		l->ethertype_count = l->router_count = l->host_count = l->host_vlan_count = 0;
	}
}

static void drop_vlans(struct ref_policy *p)
{
	for (unsigned i = 0; i < p->link_count; i++)
		p->links[i].vlan_count = 0;
}

static void drop_times(struct ref_policy *p)
{
	for (unsigned i = 0; i < p->profile_count; i++)
		for (unsigned j = 0; j < p->profiles[i].count; j++) {
			p->profiles[i].rules[j].expires = 0;
			p->profiles[i].rules[j].hour_count = 0;
			p->profiles[i].rules[j].log = false;
		}
}

static bool drop_rule(struct ref_policy *p, unsigned profile, unsigned rule)
{
	struct ref_profile *f = &p->profiles[profile];

	if (profile >= p->profile_count || rule >= f->count)
		return false;
	f->count--;
	memmove(&f->rules[rule], &f->rules[rule + 1], (f->count - rule) * sizeof(f->rules[0]));
	return true;
}

static bool drop_device(struct ref_policy *p, unsigned device)
{
	if (device >= p->device_count || p->device_count == 1)
		return false;
	p->device_count--;
	memmove(&p->devices[device], &p->devices[device + 1],
		(p->device_count - device) * sizeof(p->devices[0]));
	return true;
}

/* Each of these leaves everything as it is when the thing is in use; false then. */
static bool drop_network(struct ref_policy *p, unsigned network)
{
	for (unsigned i = 0; i < p->profile_count; i++)
		for (unsigned j = 0; j < p->profiles[i].count; j++)
			if (p->profiles[i].rules[j].network == network)
				return false;
	for (unsigned i = 0; i < p->profile_count; i++)
		for (unsigned j = 0; j < p->profiles[i].count; j++)
			p->profiles[i].rules[j].network -=
				p->profiles[i].rules[j].network > network;
	p->network_count--;
	memmove(&p->networks[network], &p->networks[network + 1],
		(p->network_count - network) * sizeof(p->networks[0]));
	return true;
}

static bool is_served(const struct ref_policy *p, unsigned service)
{
	for (unsigned i = 0; i < p->profile_count; i++)
		for (unsigned j = 0; j < p->profiles[i].count; j++)
			for (unsigned k = 0; k < p->profiles[i].rules[j].service_count; k++)
				if (p->profiles[i].rules[j].services[k] == service)
					return true;
	return false;
}

static bool drop_service(struct ref_policy *p, unsigned service)
{
	if (is_served(p, service))
		return false;
	for (unsigned i = 0; i < p->profile_count; i++)
		for (unsigned j = 0; j < p->profiles[i].count; j++)
			for (unsigned k = 0; k < p->profiles[i].rules[j].service_count; k++) {
				unsigned *s = &p->profiles[i].rules[j].services[k];

				*s -= *s > service;
			}
	p->service_count--;
	memmove(&p->services[service], &p->services[service + 1],
		(p->service_count - service) * sizeof(p->services[0]));
	return true;
}

static bool drop_profile(struct ref_policy *p, unsigned profile)
{
	if (p->quarantine == (int)profile || p->profile_count == 1)
		return false;
	for (unsigned i = 0; i < p->device_count; i++)
		if (p->devices[i].profile == profile)
			return false;
	for (unsigned i = 0; i < p->device_count; i++)
		p->devices[i].profile -= p->devices[i].profile > profile;
	p->quarantine -= p->quarantine > (int)profile;
	p->profile_count--;
	memmove(&p->profiles[profile], &p->profiles[profile + 1],
		(p->profile_count - profile) * sizeof(p->profiles[0]));
	return true;
}

/* What nobody names cannot matter. */
static void drop_unused(struct ref_policy *p)
{
	for (unsigned i = p->profile_count; i-- > 0;)
		drop_profile(p, i);
	for (unsigned i = p->network_count; i-- > 0;)
		drop_network(p, i);
	for (unsigned i = p->service_count; i-- > 0;)
		drop_service(p, i);
}

static bool is_named(const struct ref_case *c, const struct ref_device *d)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct event *e = &c->events[i];

		if (e->kind == EVENT_QUARANTINE && !strcmp(e->device, d->name))
			return true;
		if (e->kind == EVENT_FRAME &&
		    memmem(e->frame->bytes, e->frame->length, d->mac, sizeof(d->mac)))
			return true;
	}
	return false;
}

/* Devices whose MAC is in no frame. */
static void drop_strangers(const struct ref_case *c, struct ref_policy *p)
{
	for (unsigned i = p->device_count; i-- > 0;)
		if (!is_named(c, &p->devices[i]))
			drop_device(p, i);
}

static bool drop_single(struct ref_policy *p, unsigned index)
{
	if (index < REF_NAMED)
		return drop_device(p, REF_NAMED - 1 - index);
	index -= REF_NAMED;
	return drop_rule(p, index / REF_RULES, REF_RULES - 1 - index % REF_RULES);
}

static bool drop_part(const struct ref_case *c, struct ref_policy *p, unsigned index)
{
	switch (index) {
	case PART_STRANGERS:
		drop_strangers(c, p);
		break;
	case PART_RULES:
		for (unsigned i = 0; i < p->profile_count; i++)
			p->profiles[i].count = 0;
		break;
	case PART_LIMITS:
	case PART_RULE_LIMITS:
		drop_limits(p, index == PART_RULE_LIMITS);
		break;
	case PART_TIMES:
		drop_times(p);
		break;
	case PART_MODES:
		drop_modes(p);
		break;
	case PART_QUARANTINE:
		p->quarantine = -1;
		break;
	case PART_LINK_PARTS:
		drop_link_parts(p);
		break;
	case PART_VLANS:
		drop_vlans(p);
		break;
	case PART_EXCEPTIONS:
		for (unsigned i = 0; i < p->network_count; i++)
			p->networks[i].except_count = 0;
		break;
	default:
		if (!drop_single(p, index - PART_SINGLE))
			return false;
	}
	drop_unused(p);
	return true;
}

bool simplify(struct ref_case *c, unsigned index)
{
	bool changed = false;

	if (index == PART_POLICIES) {
		for (size_t i = 0; i < c->count; i++)
			if (c->events[i].kind == EVENT_APPLY)
				return false;
		changed = c->policy_count > 1;
		c->policy_count = 1;
		return changed;
	}
	for (unsigned i = 0; i < c->policy_count; i++) {
		struct ref_policy before = c->policies[i];

		if (!drop_part(c, &c->policies[i], index))
			c->policies[i] = before;
		changed |= memcmp(&before, &c->policies[i], sizeof(before)) != 0;
	}
	return changed;
}
