/* SPDX-License-Identifier: GPL-2.0-only */
/* Questions to the policy, answered by reading all of it. */
#include <netinet/in.h>
#include <string.h>

#include "policy.h"

bool ref_is_stack_named(const struct ref_policy *policy, ref_vlan vlan)
{
	for (unsigned i = 0; i < policy->link_count; i++)
		for (unsigned j = 0; j < policy->links[i].vlan_count; j++)
			if (policy->links[i].vlans[j] == vlan)
				return true;
	for (unsigned i = 0; i < policy->device_count; i++)
		if (policy->devices[i].vlan == vlan)
			return true;
	return false;
}

/* A stack that nobody names is carried by no link, also not by one without a list (2.3). */
bool ref_carries(const struct ref_policy *policy, unsigned link, ref_vlan vlan)
{
	const struct ref_link *l = &policy->links[link];

	if (vlan > 0xffff && !ref_is_stack_named(policy, vlan))
		return false;
	if (!l->vlan_count)
		return true;
	for (unsigned i = 0; i < l->vlan_count; i++)
		if (l->vlans[i] == vlan)
			return true;
	return false;
}

enum ref_said ref_link_mode(const struct ref_policy *policy, unsigned link)
{
	enum ref_said here = policy->links[link].enforcement;

	if (here == REF_CLOSED || policy->enforcement == REF_CLOSED)
		return REF_CLOSED;
	return here ?: policy->enforcement ?: REF_ENFORCE;
}

enum ref_said ref_device_mode(const struct ref_policy *policy, unsigned device)
{
	const struct ref_device *d = &policy->devices[device];
	enum ref_said profile = policy->profiles[d->profile].enforcement;
	enum ref_said link = ref_link_mode(policy, d->link);

	if (d->enforcement == REF_CLOSED || profile == REF_CLOSED || link == REF_CLOSED)
		return REF_CLOSED;
	return d->enforcement ?: profile ?: link;
}

bool ref_limit_said(const struct ref_limit *limit)
{
	for (int side = 0; side < WARD_SIDES; side++)
		if (limit->rate[side].packets || limit->rate[side].bits)
			return true;
	return limit->new_flows || limit->flows;
}

bool ref_rule_holds_service(const struct ref_policy *policy, const struct ref_rule *rule,
			    uint8_t protocol, uint16_t port)
{
	for (unsigned i = 0; i < rule->service_count; i++) {
		const struct ref_service *s = &policy->services[rule->services[i]];

		for (unsigned j = 0; j < s->count; j++) {
			const struct ref_ports *p = &s->ports[j];

			if (p->protocol == protocol &&
			    (protocol == IPPROTO_IGMP || (port >= p->low && port <= p->high)))
				return true;
		}
	}
	return false;
}

static bool one_holds(const struct ref_prefix *list, unsigned count, struct ref_address peer)
{
	for (unsigned i = 0; i < count; i++)
		if (ref_in_prefix(peer, &list[i]) &&
		    ref_is_ipv4(peer) == ref_is_ipv4(list[i].address))
			return true;
	return false;
}

bool ref_network_holds(const struct ref_network *network, struct ref_address peer)
{
	return one_holds(network->prefixes, network->count, peer) &&
	       !one_holds(network->except, network->except_count, peer);
}

/* Looks at what is written, without the addresses that follow from a MAC. */
static int written(const struct ref_policy *policy, unsigned link, ref_vlan vlan,
		   struct ref_address address, uint8_t *number)
{
	for (unsigned i = 0; i < policy->device_count; i++) {
		const struct ref_device *d = &policy->devices[i];

		if (d->link != link || d->vlan != vlan)
			continue;
		for (unsigned j = 0; j < d->count; j++)
			if (ref_same(d->addresses[j], address)) {
				*number = (uint8_t)j;
				return (int)i;
			}
	}
	return -1;
}

static bool speaks_ipv6(const struct ref_device *d)
{
	if (d->group)
		return false;
	for (unsigned i = 0; i < d->count; i++)
		if (!ref_is_ipv4(d->addresses[i]))
			return true;
	return d->dhcp6;
}

int ref_static_device(const struct ref_policy *policy, unsigned link, ref_vlan vlan,
		      struct ref_address address, uint8_t *number)
{
	int found = written(policy, link, vlan, address, number);

	if (found >= 0)
		return found;
	for (unsigned i = 0; i < policy->device_count; i++) {
		const struct ref_device *d = &policy->devices[i];

		if (d->link == link && d->vlan == vlan && speaks_ipv6(d) &&
		    ref_same(ref_link_local(d->mac), address)) {
			*number = (uint8_t)d->count;
			return (int)i;
		}
	}
	return -1;
}

int ref_device_of_mac(const struct ref_policy *policy, const uint8_t mac[6])
{
	for (unsigned i = 0; i < policy->device_count; i++)
		if (!policy->devices[i].group && !memcmp(policy->devices[i].mac, mac, 6))
			return (int)i;
	return -1;
}
