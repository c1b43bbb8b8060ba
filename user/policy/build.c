/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/policy.h"

#include <errno.h>
#include <stdlib.h>

#include "base/own.h"
#include "policy/asserts.h"

/* A pass that left no sentence for the operator ran out of memory. */
static int front_error(int err, struct error *error)
{
	if (err == -ENOMEM)
		error_set(error, err, "no memory to read the policy");
	return err;
}

int policy_build_unasserted(struct sources **sources, struct policy **out, struct diags *diags,
			    struct error *error)
{
	_cleanup_(policy_free) struct policy *policy = calloc(1, sizeof(*policy));
	int err;

	if (!policy)
		return error_set(error, -ENOMEM, "no memory for the policy");
	err = policy_parse(*sources, &policy->model, diags);
	if (!err)
		err = policy_check(policy->model, diags);
	if (!err)
		err = policy_lint(policy->model, clock_realtime(), diags);
	if (err)
		return front_error(err, error);
	err = policy_compile(policy->model, &policy->image, error);
	if (!err)
		err = policy_prove(policy->model, policy->image, &policy->compared, error);
	if (err)
		return err;
	policy->sources = TAKE_PTR(*sources);
	*out = TAKE_PTR(policy);
	return 0;
}

static int hold_assertions(const struct model *model, struct diags *diags, struct error *error)
{
	_cleanup_(assert_results_free) struct assert_results results = { 0 };
	int err = policy_assert(model, &results);

	if (err)
		return error_set(error, err, "no memory to prove the assertions");
	assert_report(&results, diags);
	return results.failures ? -EINVAL : 0;
}

int policy_build(struct sources **sources, struct policy **out, struct diags *diags,
		 struct error *error)
{
	_cleanup_(policy_free) struct policy *policy = NULL;
	int err = policy_build_unasserted(sources, &policy, diags, error) ?:
		  hold_assertions(policy->model, diags, error);

	if (err) {
		/* The sources go back to their owner, who quotes them. */
		if (policy)
			*sources = TAKE_PTR(policy->sources);
		return err;
	}
	*out = TAKE_PTR(policy);
	return 0;
}

void policy_free(struct policy **policy)
{
	if (!*policy)
		return;
	sources_free(&(*policy)->sources);
	model_free(&(*policy)->model);
	image_free(&(*policy)->image);
	free(*policy);
	*policy = NULL;
}
