/* SPDX-License-Identifier: GPL-2.0-only */
/* All limits of a packet that a rule allows: the device's, the rule's, those of new flows. */
#ifndef WARDGATE_LIMITS_BPF_H
#define WARDGATE_LIMITS_BPF_H

#include "place.bpf.h"
#include "rate.bpf.h"

static __always_inline bool is_new_flow(const struct packet *p)
{
	return !p->flow && !p->pass;
}

static __always_inline int refuse(struct packet *p, enum limits_passed passed, int reason)
{
	give_back_all(p, passed);
	return reason;
}

/* Counting reads all of the device's places, so it comes after what is cheap. */
static __noinline int new_flow_limits(struct packet *p)
{
	const struct ward_profile *profile = p->share ? profile_of(p) : NULL;
	const struct ward_rule_limit *limit = rule_limit_of(p);
	struct ward_bucket *bucket;

	if (!profile)
		return WARD_INTERNAL;
	if (!conforms(&p->share->bucket.new_flow_tat, p->now, profile->new_flows.interval,
		      profile->new_flows.tolerance, profile->new_flows.interval))
		return refuse(p, PASSED_RULE, WARD_NEW_FLOW_RATE);
	bucket = limit ? rule_bucket(p, limit) : NULL;
	if (bucket && !conforms(&bucket->new_flow_tat, p->now, limit->new_flows.interval,
				limit->new_flows.tolerance, limit->new_flows.interval))
		return refuse(p, PASSED_DEVICE_FLOWS, WARD_RULE_NEW_FLOW_RATE);
	if (is_full(p, ANY_RULE, profile->new_flows.flows))
		return refuse(p, PASSED_RULE_FLOWS, WARD_FLOWS_FULL);
	if (limit && is_full(p, p->rule, limit->new_flows.flows))
		return refuse(p, PASSED_RULE_FLOWS, WARD_RULE_FLOWS);
	return WARD_CONTINUE;
}

/* Of packets and bits, the device's and then the rule's. */
static __always_inline int packet_limits(struct packet *p)
{
	int reason = rate(p);

	if (reason || !has_rule_limits || !(p->rule_flags & WARD_RULE_LIMITED))
		return reason;
	reason = rule_rate(p);
	return reason ? refuse(p, PASSED_DEVICE, reason) : WARD_CONTINUE;
}

static __always_inline int limits(struct packet *p)
{
	int reason = packet_limits(p);

	if (reason || !is_new_flow(p))
		return reason;
	return new_flow_limits(p);
}

#endif
