/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy_helper.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/own.h"

void reading_free(struct reading *reading)
{
	sources_free(&reading->sources);
	model_free(&reading->model);
	diags_free(&reading->diags);
	text_free(&reading->findings);
}

struct reading read_policy(const char *text)
{
	struct reading r = { 0 };
	struct error error;
	int err = sources_new("policy", text, strlen(text), &r.sources, &error);

	cr_assert_eq(err, 0, "%s", error.text);
	err = policy_parse(r.sources, &r.model, &r.diags);
	if (!err)
		err = policy_check(r.model, &r.diags);
	cr_assert(err == 0 || err == -EINVAL);
	cr_assert_eq(err == 0, r.diags.errors == 0);
	if (err)
		model_free(&r.model);
	diags_print(&r.diags, r.sources, &r.findings);
	return r;
}

bool refuses(const char *text, const char *finding)
{
	_cleanup_(reading_free) struct reading r = read_policy(text);

	return !r.model && strstr(r.findings.bytes, finding);
}
