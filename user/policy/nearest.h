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

/* 0 with `out` set, -EEXIST when a rule allows it at all times as it is, -ENOMEM. */
int policy_nearest(const struct model *model, const struct nearest_packet *packet,
		   struct nearest_edit *out);

/* The first rule that allows it at some time, or NULL. */
const struct model_rule *nearest_match(const struct model *model,
				       const struct nearest_packet *packet);

#endif
