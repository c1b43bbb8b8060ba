/* SPDX-License-Identifier: GPL-2.0-only */
/* On what terms a rule allows: when, how fast, and what else is asked. For diff. */
#ifndef WARDGATE_POLICY_TERMS_H
#define WARDGATE_POLICY_TERMS_H

#include "base/text.h"
#include "policy/model.h"

/* Where a change leads: more may pass, less may, or neither (it is only seen or counted). */
struct terms_change {
	bool differs, widened, narrowed;
};

void terms_merge(struct terms_change *into, struct terms_change other);

/* The rules that decide one cell, in their order. */
struct terms_chain {
	const struct model_rule **rules;
	size_t count;
	const char *zone;	/* whose clocks `hours` go by; NULL: UTC */
};

/* Exact: for each minute of the week and each time between two expiries, who decides, and how. */
struct terms_change terms_compare(const struct terms_chain *old, const struct terms_chain *new);

/* What differs, as "hours: Mon-Fri -> always, limit packets: 10/s -> 20/s". */
void terms_describe(const struct terms_chain *old, const struct terms_chain *new, struct text *out);

/* Of limits; what differs is added to `out` (may be NULL), each behind `before`. */
struct terms_change terms_compare_limits(const struct model_limit *old,
					 const struct model_limit *new, const char *before,
					 struct text *out);

#endif
