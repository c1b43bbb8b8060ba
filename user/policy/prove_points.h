/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where neither the policy nor its image can tell two addresses, or two ports, apart: each interval
 * is one point.
 */
#ifndef WARDGATE_POLICY_PROVE_POINTS_H
#define WARDGATE_POLICY_PROVE_POINTS_H

#include "policy/policy.h"

/* The first of an interval: an address, or in the last word the port of a protocol. */
struct point {
	__be32 value[4];
	enum protocol protocol; /* of a port */
	uint32_t class; /* in the image */
};

typedef VEC(struct point) points;

/* 0 or -ENOMEM. */
int prove_addresses_of(const struct model *model, const struct image *image, points *out);
int prove_ports_of(const struct model *model, const struct image *image, points *out);

/* Points `first` to `end` - 1. */
struct span {
	size_t first, end;
};

/* The points that a network holds: sorted, apart from each other. */
struct point_spans {
	struct span *items;
	size_t count, capacity;
	bool known;
};

/* For each network of the model, from what is written. 0 or -ENOMEM; `out` is freed by the caller.
 */
int prove_networks_of(const struct model *model, const points *addresses, struct point_spans *out);

/* The first span that ends behind the point: if any holds it, this one. */
size_t prove_span_of(const struct point_spans *spans, size_t point);

/*
 * Which rules match these points, by what is written: for each point a row of words, a bit for each
 * rule. `bits` are zero before.
 */
static inline size_t prove_words(const struct model_profile *profile)
{
	return profile->rules.count / 64 + 1;
}

void prove_match_addresses(const struct model_profile *profile, const struct point_spans *networks,
			   struct span which, uint64_t *bits);
void prove_match_ports(const struct model *model, const struct model_profile *profile,
		       const points *ports, struct span which, uint64_t *bits);

/* How many of the entries, which are sorted, come before the key. */
size_t prove_entries_before(const struct image_entry *entries, size_t count,
			    const struct ward_rule_key *key);

#endif
