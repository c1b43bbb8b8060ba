/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Assertions and tests of a policy, judged over the whole header space, not by sample. A rule that
 * is in force at times only breaks a `never`, and does not fulfil an `always`.
 */
#ifndef WARDGATE_POLICY_ASSERTS_H
#define WARDGATE_POLICY_ASSERTS_H

#include "policy/policy.h"

/* How one assertion or test went. */
struct assert_result {
	bool is_test, holds;
	struct place place;
	char *name;		/* "never from pump to internet", "ct-1 to 10.20.30.40 tcp/104" */
	char *message;		/* when it does not hold: "pump-1 may open tcp/443 to 198.18.0.9" */
	struct place rule;	/* that allows it, or is in the way; line 0: none */
	const char *rule_message;	/* "by this rule" */
};

struct assert_results {
	VEC(struct assert_result) list;	/* assertions, then tests, in the order of the policy */
	size_t failures;
};

/* 0 or -ENOMEM, whatever holds. */
int policy_assert(const struct model *model, struct assert_results *out);
void assert_results_free(struct assert_results *results);

/* Those that do not hold become errors. */
void assert_report(const struct assert_results *results, struct diags *diags);

#endif
