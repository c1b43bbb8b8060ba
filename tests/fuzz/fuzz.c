/* SPDX-License-Identifier: GPL-2.0-only */
#include "fuzz.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why ?: "");
	abort();
}

struct sources *fuzz_sources(const char *text, size_t length)
{
	struct sources *sources = NULL;
	struct error error;

	if (sources_new("policy", text, length, &sources, &error))
		fail("no sources", error.text);
	return sources;
}

void fuzz_add(struct sources *sources, const char *path, const void *bytes, size_t length)
{
	struct error error;

	if (sources_add(sources, path, bytes, length, &error))
		fail("a file is not taken", error.text);
}

static void print_again(const struct model *model)
{
	_cleanup_(text_free) struct text printed = { 0 }, again = { 0 }, findings = { 0 };
	_cleanup_(sources_free) struct sources *sources = NULL;
	_cleanup_(model_free) struct model *same = NULL;
	_cleanup_(diags_free) struct diags diags = { 0 };

	policy_print(model, &printed);
	sources = fuzz_sources(printed.bytes, printed.length);
	if (policy_parse(sources, &same, &diags)) {
		diags_print(&diags, sources, &findings);
		fail("what is printed is refused", findings.bytes);
	}
	policy_print(same, &again);
	if (strcmp(printed.bytes, again.bytes)) {
		fputs(printed.bytes, stderr);
		fail("it is printed another way the second time", again.bytes);
	}
}

static void look_at(const struct diags *diags, const struct sources *sources, int err,
		    const char *sentence)
{
	_cleanup_(text_free) struct text findings = { 0 };

	diags_print(diags, sources, &findings);
	if (findings.bytes && !text_is_clean(findings.bytes, findings.length))
		fail("a finding is not clean text", findings.bytes);
	if (err == -EINVAL && !diags->errors)
		fail("refused without a finding", sentence);
	if (!err && diags->errors)
		fail("a policy with errors", findings.bytes);
}

void fuzz_build(struct sources **sources)
{
	_cleanup_(policy_free) struct policy *policy = NULL;
	_cleanup_(diags_free) struct diags diags = { 0 };
	struct error error = { "" };
	int err = policy_build(sources, &policy, &diags, &error);

	look_at(&diags, policy ? policy->sources : *sources, err, error.text);
	if (!err)
		print_again(policy->model);
	sources_free(sources);
}

void fuzz_check(struct sources **sources)
{
	_cleanup_(model_free) struct model *model = NULL;
	_cleanup_(diags_free) struct diags diags = { 0 };
	int err = policy_parse(*sources, &model, &diags) ?: policy_check(model, &diags);

	look_at(&diags, *sources, err, "");
	if (!err)
		print_again(model);
	sources_free(sources);
}
