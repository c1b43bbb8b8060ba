/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of policy_assert() share. */
#ifndef WARDGATE_POLICY_ASSERTS_PARTS_H
#define WARDGATE_POLICY_ASSERTS_PARTS_H

#include "policy/asserts.h"
#include "policy/world.h"

struct assert_question {
	struct world *world;
	const struct world_end *from, *to;
	const bool *services;	/* by class */
	struct assert_result *result;	/* holds, until a counterexample is found */
};

/* Each 0 or -ENOMEM; the first counterexample goes to the result. */
int assert_never(struct assert_question *q);
int assert_always(struct assert_question *q);
int assert_test(struct assert_question *q, const struct model_test *test);

#endif
