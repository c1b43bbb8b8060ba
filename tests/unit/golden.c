/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Policies and exactly what is said of them. tests/golden/NAME.yaml has NAME.err, the findings as
 * they are printed, or NAME.ok, the policy printed back, or both when there are warnings. The files
 * that it includes are in a folder tests/golden/NAME.
 * UPDATE_GOLDEN=1 writes what is said now: read the difference before you commit it.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <glob.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "policy/policy.h"

#define GOLDEN_FOLDER "tests/golden"

struct golden {
	char name[128];
};

/* Where names are as short as in the findings. Each test has a process of its own. */
static void enter_folder(void)
{
	cr_assert_eq(chdir(getenv("GOLDEN_FOLDER") ?: GOLDEN_FOLDER), 0);
}

static const char *golden_path(char out[512], const struct golden *golden, const char *ending)
{
	snprintf(out, 512, "%s.%s", golden->name, ending);
	return out;
}

/* Holds `text` against the file; an empty text has no file. */
static void compare(const struct golden *golden, const char *ending, const struct text *text)
{
	_cleanup_(text_free) struct text expected = { 0 };
	struct error error = { "" };
	char path[512];

	golden_path(path, golden, ending);
	if (getenv("UPDATE_GOLDEN")) {
		unlink(path);
		if (text->length)
			cr_assert_eq(
				file_write_whole(path, text->bytes, text->length, 0644, &error), 0,
				"%s", error.text);
		return;
	}
	if (!access(path, F_OK))
		cr_assert_eq(file_read(path, 1 << 20, &expected, &error), 0, "%s", error.text);
	cr_assert_str_eq(text->bytes ?: "", expected.bytes ?: "", "%s differs", path);
}

/* What was printed means the same: it prints the same again. */
static void comes_back(const struct text *printed)
{
	_cleanup_(sources_free) struct sources *sources = NULL;
	_cleanup_(model_free) struct model *model = NULL;
	_cleanup_(text_free) struct text again = { 0 };
	_cleanup_(diags_free) struct diags diags = { 0 };
	struct error error;

	cr_assert_eq(sources_new("printed", printed->bytes, printed->length, &sources, &error), 0);
	cr_assert_eq(policy_parse(sources, &model, &diags), 0);
	policy_print(model, &again);
	cr_assert_str_eq(again.bytes, printed->bytes);
}

ParameterizedTestParameters(golden, says_what_it_said_before)
{
	struct golden *all;
	char path[512];
	size_t count;
	glob_t found;

	snprintf(path, sizeof(path), "%s/*.yaml", getenv("GOLDEN_FOLDER") ?: GOLDEN_FOLDER);
	if (glob(path, 0, NULL, &found))
		return cr_make_param_array(struct golden, NULL, 0);
	count = found.gl_pathc;
	all = cr_calloc(count, sizeof(*all));
	for (size_t i = 0; i < count; i++)
		snprintf(all[i].name, sizeof(all[i].name), "%.*s",
			 (int)strlen(basename(found.gl_pathv[i])) - (int)strlen(".yaml"),
			 basename(found.gl_pathv[i]));
	globfree(&found);
	return cr_make_param_array(struct golden, all, count);
}

ParameterizedTest(struct golden *golden, golden, says_what_it_said_before)
{
	_cleanup_(text_free) struct text findings = { 0 }, printed = { 0 };
	_cleanup_(sources_free) struct sources *sources = NULL;
	_cleanup_(policy_free) struct policy *policy = NULL;
	_cleanup_(diags_free) struct diags diags = { 0 };
	struct error error = { "" };
	char path[512];
	int err;

	enter_folder();
	cr_assert_eq(sources_read(golden_path(path, golden, "yaml"), &sources, &error), 0, "%s",
		     error.text);
	err = policy_build(&sources, &policy, &diags, &error);
	cr_assert(err == 0 || err == -EINVAL, "%s", error.text);
	cr_assert_eq(err == 0, diags.errors == 0, "%s", error.text);
	diags_print(&diags, policy ? policy->sources : sources, &findings);
	if (policy)
		policy_print(policy->model, &printed);
	if (policy)
		comes_back(&printed);
	compare(golden, "err", &findings);
	compare(golden, "ok", &printed);
}
