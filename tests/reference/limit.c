/* SPDX-License-Identifier: GPL-2.0-only */
/* Section 13: the generic cell rate algorithm, virtual scheduling; ticks of 1/16 ns. */
#include <string.h>

#include "packet.h"

#define TICKS 16000000000ull	/* a second */

/* In quarantine, the limits of the profile for it; without one those of its own profile stay. */
static const struct ref_profile *limits_of(const struct ref_packet *p)
{
	const struct ref_policy *policy = p->ref->policy;

	return ref_profile_of(p) ?: &policy->profiles[policy->devices[p->device].profile];
}

/* A bucket and what it may do; kept, so that what one limit drops is given back by the others. */
struct taken {
	uint64_t *tat[6], before[6];
	unsigned count;
};

/* How much a packet takes, the largest takes, and how far ahead the bucket may be. */
struct step {
	uint64_t increment, largest, tolerance;
};

static bool take(struct ref_packet *p, struct taken *taken, uint64_t *tat, struct step step)
{
	uint64_t now = p->ref->now * 16, full = now + step.tolerance + p->ref->clock_tick * 16;
	uint64_t start = *tat > now ? *tat : now;

	/* Filled under the limit of another policy. */
	if (start > full + step.largest + TICKS)
		start = full;
	if (start > full)
		return false;
	taken->tat[taken->count] = tat;
	taken->before[taken->count++] = start;
	*tat = start + step.increment;
	return true;
}

static bool take_packet(struct ref_packet *p, struct taken *taken, const struct ref_rate *rate,
			struct ref_bucket *bucket)
{
	uint64_t burst = rate->packets / 10 > 16 ? rate->packets / 10 : 16;
	uint64_t interval;

	if (!rate->packets)
		return true;
	interval = TICKS / rate->packets;
	return take(p, taken, &bucket->packets[p->side],
		    (struct step){ interval, interval, ((rate->burst ?: burst) - 1) * interval });
}

/* The interval between two bytes has 16 bits behind the point. */
static bool take_bits(struct ref_packet *p, struct taken *taken, const struct ref_rate *rate,
		      struct ref_bucket *bucket)
{
	uint64_t least = 16 * 1024 * 8;
	uint64_t burst = rate->bits / 20 > least ? rate->bits / 20 : least;
	unsigned __int128 interval;

	if (!rate->bits)
		return true;
	interval = ((unsigned __int128)(TICKS * 8) << 16) / rate->bits;
	burst = (rate->burst_bits ?: burst) / 8;
	return take(p, taken, &bucket->bytes[p->side],
		    (struct step){ (uint64_t)(interval * p->length >> 16), (uint64_t)interval,
				   (uint64_t)(interval * burst >> 16) });
}

static bool take_new_flow(struct ref_packet *p, struct taken *taken,
			  const struct ref_limit *limit, struct ref_bucket *bucket)
{
	uint64_t interval;

	if (!limit->new_flows)
		return true;
	interval = TICKS / limit->new_flows;
	return take(p, taken, &bucket->new_flows,
		    (struct step){ interval, interval, (limit->new_flows - 1) * interval });
}

/* Live flows that will still be there when this packet's new one is. */
static unsigned count_flows(struct ref_packet *p, const struct ref_decision *d, const char *rule)
{
	unsigned count = 0;

	for (struct ref_flow *f = ref_owner(p)->flows; f; f = f->next)
		if (f != d->flow && f->expires > p->ref->now && (!rule || !strcmp(f->rule, rule)))
			count++;
	return count;
}

static int take_rates(struct ref_packet *p, struct taken *taken, const struct ref_limit *limit,
		      struct ref_bucket *bucket, const int reasons[2])
{
	if (!take_packet(p, taken, &limit->rate[p->side], bucket))
		return reasons[0];
	if (!take_bits(p, taken, &limit->rate[p->side], bucket))
		return reasons[1];
	return WARD_CONTINUE;
}

static int take_device(struct ref_packet *p, struct taken *taken, const struct ref_profile *profile)
{
	static const int reasons[2] = { WARD_PACKET_RATE, WARD_BIT_RATE };

	return take_rates(p, taken, &profile->limit, &ref_owner(p)->bucket, reasons);
}

static int take_rule(struct ref_packet *p, struct taken *taken, struct ref_decision *d)
{
	static const int reasons[2] = { WARD_RULE_PACKET_RATE, WARD_RULE_BIT_RATE };

	if (d->place < 0)
		return WARD_CONTINUE;
	return take_rates(p, taken, &d->rule->limit, &ref_owner(p)->rule_buckets[d->place],
			  reasons);
}

static int take_flow(struct ref_packet *p, struct taken *taken, struct ref_decision *d,
		     const struct ref_profile *profile)
{
	struct ref_owner *owner = ref_owner(p);
	const struct ref_limit *rule = &d->rule->limit;

	if (!d->opens)
		return WARD_CONTINUE;
	if (!take_new_flow(p, taken, &profile->limit, &owner->bucket))
		return WARD_NEW_FLOW_RATE;
	if (d->place >= 0 && !take_new_flow(p, taken, rule, &owner->rule_buckets[d->place]))
		return WARD_RULE_NEW_FLOW_RATE;
	if (profile->limit.flows && count_flows(p, d, NULL) >= profile->limit.flows)
		return WARD_FLOWS_FULL;
	if (rule->flows && count_flows(p, d, d->rule_name) >= rule->flows)
		return WARD_RULE_FLOWS;
	return WARD_CONTINUE;
}

static int give_back(struct taken *taken, int reason)
{
	while (reason && taken->count) {
		taken->count--;
		*taken->tat[taken->count] = taken->before[taken->count];
	}
	return reason;
}

int ref_device_limits(struct ref_packet *p)
{
	struct taken taken = { .count = 0 };

	return give_back(&taken, take_device(p, &taken, limits_of(p)));
}

int ref_limits(struct ref_packet *p, struct ref_decision *d)
{
	const struct ref_profile *profile = limits_of(p);
	struct taken taken = { .count = 0 };
	int reason = take_device(p, &taken, profile) ?: take_rule(p, &taken, d);

	return give_back(&taken, reason ?: take_flow(p, &taken, d, profile));
}
