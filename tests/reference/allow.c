/* SPDX-License-Identifier: GPL-2.0-only */
/* Section 12: which rule lets it pass; and what is remembered of a packet that passes. */
#include <stdlib.h>
#include <string.h>

#include "packet.h"

const struct ref_profile *ref_profile_of(const struct ref_packet *p)
{
	const struct ref_policy *policy = p->ref->policy;

	if (!ref_owner(p)->quarantined)
		return &policy->profiles[policy->devices[p->device].profile];
	return policy->quarantine < 0 ? NULL : &policy->profiles[policy->quarantine];
}

/* The order of its services does not make it another rule. */
void ref_rule_name(const struct ref_policy *policy, unsigned profile, const struct ref_rule *rule,
		   char out[256])
{
	int at = snprintf(out, 256, "%s %s %s", policy->profiles[profile].name,
			  rule->from ? "from" : "to", policy->networks[rule->network].name);

	for (unsigned service = 0; service < policy->service_count; service++)
		for (unsigned i = 0; i < rule->service_count; i++)
			if (rule->services[i] == service) {
				at += snprintf(out + at, 256 - (size_t)at, " %s",
					       policy->services[service].name);
				break;
			}
}

/* What is to be said of all rules, when none is found. */
struct search {
	bool named;		/* some rule is for this peer */
	int late;		/* some would allow it at another time; 0: none */
	bool timed;		/* at another time it would be another rule, or none */
};

/* The first that allows now. What comes back is the reason before what has expired. */
static const struct ref_rule *find_rule(const struct ref_packet *p,
					const struct ref_profile *profile, int opener,
					const struct ref_ends *ends, struct search *search)
{
	const struct ref_policy *policy = p->ref->policy;
	uint16_t port = opener == WARD_CLINICAL ? ends->peer_port : ends->local_port;

	if (ends->protocol == IPPROTO_ICMP || ends->protocol == IPPROTO_ICMPV6)
		port = ends->type;
	memset(search, 0, sizeof(*search));
	for (unsigned i = 0; profile && i < profile->count; i++) {
		const struct ref_rule *rule = &profile->rules[i];
		int late;

		if (rule->from != (opener == WARD_IT) ||
		    !ref_network_holds(&policy->networks[rule->network], ends->peer))
			continue;
		search->named = true;
		if (!ref_rule_holds_service(policy, rule, ends->protocol, port))
			continue;
		search->timed |= rule->expires || rule->hour_count;
		late = ref_lateness(policy, rule, p->ref->wall);
		if (!late)
			return rule;
		if (search->late != WARD_OUT_OF_HOURS)
			search->late = late;
	}
	return NULL;
}

/* Places for limits go to the profile's rules with a limit, in their order. */
static void take_rule(const struct ref_packet *p, struct ref_decision *d,
		      const struct ref_profile *profile, const struct ref_rule *rule)
{
	int place = 0;

	d->looked_up = true;
	for (const struct ref_rule *r = profile->rules; r < rule; r++)
		place += ref_limit_said(&r->limit);
	d->rule = rule;
	d->place = ref_limit_said(&rule->limit) ? place : -1;
	ref_rule_name(p->ref->policy, (unsigned)(profile - p->ref->policy->profiles), rule,
		      d->rule_name);
}

static const struct ref_rule *rule_of_name(const struct ref_policy *policy, const char *name,
					   const struct ref_profile **profile)
{
	for (unsigned i = 0; i < policy->profile_count; i++)
		for (unsigned j = 0; j < policy->profiles[i].count; j++) {
			char other[256];

			ref_rule_name(policy, i, &policy->profiles[i].rules[j], other);
			*profile = &policy->profiles[i];
			if (!strcmp(other, name))
				return &policy->profiles[i].rules[j];
		}
	return NULL;
}

/* A flow that is known by the name of its rule only: judged by this generation. */
static void take_known_rule(const struct ref_packet *p, struct ref_decision *d, const char *name)
{
	const struct ref_profile *profile;
	const struct ref_rule *rule = rule_of_name(p->ref->policy, name, &profile);

	if (!rule)
		return;
	take_rule(p, d, profile, rule);
	d->looked_up = false;
}

int ref_is_over(const struct ref_packet *p, const char *name)
{
	const struct ref_profile *profile;
	const struct ref_rule *rule = rule_of_name(p->ref->policy, name, &profile);

	return rule ? ref_lateness(p->ref->policy, rule, p->ref->wall) : WARD_CONTINUE;
}

/* Judged is judged, also when a limit drops the packet that was the occasion. */
static void note_judgement(struct ref_packet *p, struct ref_decision *d)
{
	d->flow->generation = ref_owner(p)->quarantined ? 0 : p->ref->generation;
	snprintf(d->flow->rule, sizeof(d->flow->rule), "%s", d->rule_name);
	d->flow->replies = d->rule->replies;
	d->flow->timed = d->timed;
	if (d->rule->encryption == REF_ANY)
		ref_forget_hello(d->flow);
}

static int allow_known(struct ref_packet *p, struct ref_decision *d, const struct ref_ends *ends)
{
	const struct ref_profile *profile = ref_profile_of(p);
	bool quarantined = ref_owner(p)->quarantined;
	struct search search;
	const struct ref_rule *rule;
	int reason = ref_check_state(p, d->flow);

	if (reason)
		return reason;
	if (d->flow->generation == p->ref->generation && !quarantined && !d->flow->timed &&
	    !ref_asks_for_hello(p, d->flow)) {
		take_known_rule(p, d, d->flow->rule);
		return WARD_CONTINUE;
	}
	rule = find_rule(p, profile, d->flow->opener, ends, &search);
	d->timed = search.timed;
	if (rule) {
		take_rule(p, d, profile, rule);
		note_judgement(p, d);
		return WARD_CONTINUE;
	}
	ref_end_flow(ref_owner(p), d->flow);
	d->flow = NULL;
	return quarantined ? WARD_QUARANTINED : search.late ?: WARD_REVOKED;
}

/* The device asked a group, and its rule lets anyone answer. */
static bool is_group_reply(struct ref_packet *p, struct ref_decision *d,
			   const struct ref_ends *ends)
{
	if (p->side != WARD_IT || ends->protocol != IPPROTO_UDP || ref_owner(p)->quarantined ||
	    ref_is_group(p->destination))
		return false;
	for (struct ref_flow *f = ref_owner(p)->flows; f; f = f->next)
		if (f->ends.protocol == IPPROTO_UDP && ref_is_group(f->ends.peer) &&
		    f->ends.local == ends->local && f->ends.local_port == ends->local_port &&
		    f->generation == p->ref->generation && f->replies) {
			take_known_rule(p, d, f->rule);
			if (!ref_lateness(p->ref->policy, d->rule, p->ref->wall))
				return true;
		}
	return false;
}

static bool is_device_too(struct ref_packet *p, struct ref_address peer)
{
	const struct ref_policy *policy = p->ref->policy;
	int device = ref_device_of_mac(policy, ref_source_mac(p));

	if (ref_device_at(p, peer, NULL) >= 0)
		return true;
	return device >= 0 && policy->devices[device].link == p->link &&
	       policy->devices[device].vlan == p->vlan;
}

static int allow_new(struct ref_packet *p, struct ref_decision *d, const struct ref_ends *ends)
{
	const struct ref_profile *profile = ref_profile_of(p);
	const struct ref_rule *rule;
	struct search search;

	if (p->side == WARD_IT && is_device_too(p, ends->peer)) {
		p->charged = -1;
		return WARD_WRONG_LINK;
	}
	if (p->kind == REF_REPLY)
		return WARD_UNSOLICITED;
	rule = find_rule(p, profile, p->side, ends, &search);
	if (!rule) {
		if (is_group_reply(p, d, ends)) {
			d->pass = WARD_GROUP_REPLY;
			return WARD_CONTINUE;
		}
		if (ref_owner(p)->quarantined)
			return WARD_QUARANTINED;
		if (search.late)
			return search.late;
		if (search.named)
			return WARD_SERVICE;
		return p->side == WARD_IT ? WARD_UNSOLICITED : WARD_DESTINATION;
	}
	if (!ref_may_open(p))
		return WARD_NOT_OPENED;
	take_rule(p, d, profile, rule);
	d->timed = search.timed;
	d->opens = true;
	d->pass = WARD_NEW_FLOW;
	return WARD_CONTINUE;
}

int ref_allow(struct ref_packet *p, struct ref_decision *d)
{
	struct ref_ends ends = ref_ends_of(p);
	int reason;

	memset(d, 0, sizeof(*d));
	d->place = -1;
	d->pass = WARD_FLOW;
	d->flow = ref_find_flow(p, &ends);
	if (d->flow && !ref_replaces(p, d->flow))
		reason = allow_known(p, d, &ends);
	else
		reason = allow_new(p, d, &ends);
	return reason || !d->looked_up ? reason : ref_encryption(p, d);
}

void ref_remember(struct ref_packet *p, struct ref_decision *d)
{
	struct ref_owner *owner = ref_owner(p);

	if (d->opens) {
		if (d->flow)
			ref_end_flow(owner, d->flow);
		d->flow = calloc(1, sizeof(*d->flow));
		d->flow->ends = ref_ends_of(p);
		d->flow->next = owner->flows;
		owner->flows = d->flow;
		ref_open_flow(p, d->flow);
		d->flow->awaited = d->awaits;
		d->flow->first = d->flow->asked = p->sequence + 1;
	} else if (d->flow) {
		ref_advance(p, d->flow);
	} else {
		return;	/* a reply to a group */
	}
	note_judgement(p, d);
}

int ref_flow(struct ref_packet *p)
{
	struct ref_decision d;
	int reason = ref_allow(p, &d) ?: ref_limits(p, &d);

	if (reason)
		return reason;
	ref_remember(p, &d);
	return d.pass;
}
