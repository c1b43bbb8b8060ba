/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of policy_lint(): what is allowed to be written, but may not be what was meant. */
#ifndef WARDGATE_POLICY_LINT_H
#define WARDGATE_POLICY_LINT_H

#include "policy/classes.h"
#include "policy/model.h"

struct linter {
	const struct model *model;
	struct diags *diags;
	uint64_t now;	/* s since 1970 UTC */
	/* By code: how many there were, and where the newest of those that are not shown is. */
	size_t found[CODES];
	struct place last[CODES];
};

/*
 * A warning; false when there were many of its kind, which then are only counted: the finding has
 * no second place then.
 */
__attribute__((format(printf, 5, 6))) bool lint_warn(struct linter *l, enum code code,
						     struct place place, const char *hint,
						     const char *format, ...);

/* "to" or "from". */
const char *lint_direction(const struct model_rule *rule);

bool lint_is_expired(const struct linter *l, const struct model_rule *rule);

/* Each returns 0 or -ENOMEM. */

/* Rules that others before them leave nothing, or a part. */
int lint_shadows(struct linter *l);
/* Rules by themselves: in clear, too wide, expired. */
int lint_rules(struct linter *l);
/* Devices that can do nothing, or are where their address does not belong. */
int lint_devices(struct linter *l);

/* Numbers from `first` to `last`, which belong to a member. */
struct lint_span {
	unsigned __int128 first, last;
	uint32_t member;
};

/*
 * The classes of numbers that are in the same members, which are below `members`. Unlike those of
 * the compiler none is empty, but for class 0. 0 or -ENOMEM.
 */
int lint_classes(const struct lint_span *spans, size_t count, uint32_t members,
		 struct classes *out);

#endif
