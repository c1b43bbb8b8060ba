/* SPDX-License-Identifier: GPL-2.0-only */
/* Random times of rules, and times of day at which they matter. */
#include <string.h>

#include "generate.h"

#define DAY 86400u
#define WEEK (7 * DAY)
#define QUARTERS_A_DAY 96

/*
 * Mondays, 0:00 UTC: an ordinary week, and those that end with a change of some zone's clocks. The
 * last ones are near the end of what the program's table of changes has.
 */
static const uint64_t weeks[] = {
	1799625600,	/* 2027-01-11 */
	1804464000,	/* 2027-03-08: New York */
	1805673600,	/* 2027-03-22: Berlin */
	1806278400,	/* 2027-03-29: Sydney */
	1822003200,	/* 2027-09-27: Sydney */
	1824422400,	/* 2027-10-25: Berlin */
	1825027200,	/* 2027-11-01: New York */
	2708035200,	/* 2055-10-25: Berlin */
};

static uint64_t some_quarter(struct random *r)
{
	return random_of(r, weeks) + random_below(r, WEEK / 900) * 900;
}

static void make_hours(struct random *r, struct ref_hours *h)
{
	h->first_day = random_below(r, 7);
	h->last_day = random_percent(r, 50) ? h->first_day : random_below(r, 7);
	h->from = random_below(r, QUARTERS_A_DAY) * 15;
	h->to = random_between(r, 1, QUARTERS_A_DAY) * 15;
	if (h->to == h->from)
		h->to += 1;
}

void generate_times(struct random *r, struct ref_rule *rule)
{
	rule->expires = random_percent(r, 20) ? some_quarter(r) : 0;
	rule->hour_count = 0;
	memset(rule->hours, 0, sizeof(rule->hours));
	if (random_percent(r, 35))
		for (unsigned i = random_between(r, 1, REF_HOURS); i; i--)
			make_hours(r, &rule->hours[rule->hour_count++]);
	rule->log = random_percent(r, 20);
}

/* An edge of the rule by the zone's clocks, or 0 when it always is one. */
static uint64_t some_edge(struct random *r, const struct ref_rule *rule)
{
	const struct ref_hours *h;
	unsigned day;

	if (rule->expires && (!rule->hour_count || random_percent(r, 50)))
		return rule->expires;
	if (!rule->hour_count)
		return 0;
	h = &rule->hours[random_below(r, rule->hour_count)];
	day = random_percent(r, 70) ? random_of(r, ((const unsigned[]){ h->first_day, h->last_day,
									 6 }))
				    : random_below(r, 7);
	return random_of(r, weeks) + day * DAY + (random_percent(r, 50) ? h->from : h->to) * 60;
}

uint64_t generate_wall(struct random *r, const struct ref_policy *policy)
{
	uint64_t edge = 0;

	for (unsigned tries = 8; tries && !edge; tries--) {
		const struct ref_profile *p =
			&policy->profiles[random_below(r, policy->profile_count)];

		if (p->count && random_percent(r, 80))
			edge = some_edge(r, &p->rules[random_below(r, p->count)]);
	}
	if (!edge)
		return some_quarter(r) + random_below(r, 900);
	return ref_utc(policy->zone, edge) - random_below(r, 3) + 1;
}
