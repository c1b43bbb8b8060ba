/* SPDX-License-Identifier: GPL-2.0-only */
/* Section 9: fragments follow their first one. Positions are bytes behind the IP header. */
#include <stdlib.h>

#include "packet.h"

#define PLACES 8
#define RANGES 4

static void give_up(struct ref_owner *owner, struct ref_datagram *datagram)
{
	struct ref_datagram **at = &owner->datagrams;

	while (*at != datagram)
		at = &(*at)->next;
	*at = datagram->next;
	while (datagram->passed) {
		struct ref_range *range = datagram->passed;

		datagram->passed = range->next;
		free(range);
	}
	free(datagram);
}

static struct ref_address peer_of(const struct ref_packet *p)
{
	return p->side == WARD_CLINICAL ? p->destination : p->source;
}

/* Forgets what has expired. */
static struct ref_datagram *find(struct ref_packet *p, unsigned *count)
{
	struct ref_owner *owner = ref_owner(p);
	struct ref_datagram *next, *found = NULL;

	*count = 0;
	for (struct ref_datagram *d = owner->datagrams; d; d = next) {
		next = d->next;
		if (d->expires <= p->ref->now) {
			give_up(owner, d);
			continue;
		}
		++*count;
		if (d->side == p->side && d->local == p->local && d->protocol == p->protocol &&
		    d->id == p->id && ref_same(d->peer, peer_of(p)))
			found = d;
	}
	return found;
}

static void add_range(struct ref_datagram *d, uint32_t first, uint32_t end)
{
	struct ref_range **at = &d->passed, *range;

	while (*at && (*at)->end < first)
		at = &(*at)->next;
	range = *at;
	if (!range || end < range->first) {
		range = calloc(1, sizeof(*range));
		range->first = first;
		range->end = end;
		range->next = *at;
		*at = range;
		return;
	}
	if (first < range->first)
		range->first = first;
	if (end > range->end)
		range->end = end;
	if (range->next && range->next->first == range->end) {
		struct ref_range *next = range->next;

		range->end = next->end;
		range->next = next->next;
		free(next);
	}
}

static unsigned ranges_with(const struct ref_datagram *d, uint32_t first, uint32_t end)
{
	unsigned count = 1;

	for (const struct ref_range *r = d->passed; r; r = r->next) {
		count++;
		if (r->end == first || r->first == end)
			count--;
	}
	return count;
}

static int judge_first(struct ref_packet *p)
{
	struct ref_owner *owner = ref_owner(p);
	struct ref_datagram *datagram;
	struct ref_decision d;
	unsigned count;
	int reason;

	if (find(p, &count))
		return WARD_FRAGMENT_OVERLAP;
	reason = ref_allow(p, &d);
	if (reason)
		return reason;
	if (count >= PLACES)
		return WARD_FRAGMENT_LIMIT;
	reason = ref_limits(p, &d);
	if (reason)
		return reason;
	ref_remember(p, &d);
	datagram = calloc(1, sizeof(*datagram));
	datagram->peer = peer_of(p);
	datagram->side = p->side;
	datagram->local = p->local;
	datagram->protocol = p->protocol;
	datagram->id = p->id;
	datagram->expires = p->ref->now + 30 * SECOND;
	datagram->generation = p->ref->generation;
	datagram->decision = d;
	datagram->next = owner->datagrams;
	owner->datagrams = datagram;
	add_range(datagram, 0, p->carried);
	return d.pass;
}

static int judge_range(const struct ref_packet *p, const struct ref_datagram *d)
{
	uint32_t end = p->position + p->carried, passed = 0;

	for (const struct ref_range *r = d->passed; r; r = r->next)
		passed = r->end;
	if (d->length && end > d->length)
		return WARD_FRAGMENT_RANGE;
	if (!p->more && end < passed)
		return WARD_FRAGMENT_RANGE;
	for (const struct ref_range *r = d->passed; r; r = r->next)
		if (p->position < r->end && r->first < end)
			return WARD_FRAGMENT_OVERLAP;
	return ranges_with(d, p->position, end) > RANGES ? WARD_FRAGMENT_LIMIT : WARD_CONTINUE;
}

static int judge_later(struct ref_packet *p)
{
	struct ref_owner *owner = ref_owner(p);
	struct ref_decision d;
	unsigned count;
	struct ref_datagram *datagram = find(p, &count);
	int reason;

	if (!datagram)
		return WARD_FRAGMENT_ORPHAN;
	if (datagram->generation != p->ref->generation) {
		give_up(owner, datagram);
		return WARD_FRAGMENT_ORPHAN;
	}
	reason = ref_is_over(p, datagram->decision.rule_name);
	if (reason) {
		give_up(owner, datagram);
		return reason;
	}
	reason = judge_range(p, datagram);
	if (reason)
		return reason;
	d = datagram->decision;
	d.opens = false;
	reason = ref_limits(p, &d);
	if (reason)
		return reason;
	add_range(datagram, p->position, p->position + p->carried);
	if (!p->more)
		datagram->length = p->position + p->carried;
	if (datagram->length && !datagram->passed->next && !datagram->passed->first &&
	    datagram->passed->end == datagram->length)
		give_up(owner, datagram);
	return WARD_FRAGMENT_PASS;
}

int ref_fragment(struct ref_packet *p)
{
	const struct ref_policy *policy = p->ref->policy;
	const struct ref_profile *own = &policy->profiles[policy->devices[p->device].profile];
	bool first = !p->position, dhcp;
	unsigned most = p->family == 4 ? 65535 - p->header : 65535;

	if (ref_owner(p)->quarantined || !own->tracks_fragments || ref_is_group(p->destination))
		return WARD_FRAGMENT;
	p->fragment = false;
	dhcp = first && ref_is_dhcp(p);
	p->fragment = true;
	if (dhcp || p->kind == REF_ERROR || p->kind == REF_DISCOVERY)
		return WARD_FRAGMENT;
	if (!p->carried || p->position + p->carried > most)
		return WARD_FRAGMENT_RANGE;
	if (p->position == 8 && p->protocol == IPPROTO_TCP)
		return WARD_FRAGMENT_TINY;
	return first ? judge_first(p) : judge_later(p);
}
