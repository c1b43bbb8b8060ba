/* SPDX-License-Identifier: GPL-2.0-only */
/* For a packet that no rule allows: the rule that comes nearest, and the smallest edit for it. */
#ifndef WARDGATE_POLICY_NEAREST_H
#define WARDGATE_POLICY_NEAREST_H

#include "base/text.h"
#include "policy/model.h"

struct nearest_packet {
	const struct model_profile *profile;
	enum ward_side opener;
	__be32 peer[4];
	enum protocol protocol;
	uint16_t port;		/* of the end that did not open; of ICMP the type */
};

struct nearest_edit {
	const struct model_rule *rule;	/* that comes nearest, or NULL */
	struct place place;	/* where to edit */
	struct text sentence;	/* "add tcp/80 to the services of this rule"; owned */
};

/* 0 with `out` set, -EEXIST when a rule allows it as it is, -ENOMEM. */
int policy_nearest(const struct model *model, const struct nearest_packet *packet,
		   struct nearest_edit *out);

/*
 * The same for what a rule allows at another time: the first that has expired by `now` (seconds
 * since 1970), or else the first that is out of its hours. -ENOENT when there is none.
 */
int nearest_in_time(const struct model *model, const struct nearest_packet *packet, bool expired,
		    uint64_t now, struct nearest_edit *out);

#endif
