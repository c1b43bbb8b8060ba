/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/codes.h"

#include <criterion/criterion.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/own.h"

/* What no golden case can show, and the test that does. */
static const struct {
	enum code code;
	const char *test;
} elsewhere[] = {
	{ W_EXPIRES_SOON, "lint/warns_of_rules_that_expire_soon" },
};

static bool is_elsewhere(enum code code)
{
	for (size_t i = 0; i < ARRAY_SIZE(elsewhere); i++)
		if (elsewhere[i].code == code)
			return true;
	return false;
}

Test(codes, are_complete)
{
	for (size_t i = 0; i < CODES; i++) {
		const struct code_row *row = &codes[i];

		cr_assert(*row->title && *row->why && *row->wrong && *row->right, "%s",
			  row->number);
		cr_assert_eq(strlen(row->number), 4, "%s", row->number);
		cr_assert(*row->number == 'E' || *row->number == 'W', "%s", row->number);
		cr_assert_eq(codes_find(row->number), row, "%s is two codes", row->number);
	}
}

Test(codes, are_found_in_either_case)
{
	cr_assert_eq(codes_find("E031"), &codes[E_UNKNOWN_KEY]);
	cr_assert_eq(codes_find("e031"), &codes[E_UNKNOWN_KEY]);
	cr_assert_null(codes_find("E999"));
	cr_assert_null(codes_find(""));
}

/* "error[E031]" and "warning[W001]", and no finding without. */
static void mark_shown(const char *findings, bool shown[CODES])
{
	for (const char *line = findings; line; line = strchr(line, '\n')) {
		const char *end = strchr(line += *line == '\n', '\n');
		const char *mark = strstr(line, ": error"), *warning = strstr(line, ": warning");
		char number[5];

		mark = mark && (!warning || mark < warning) ? mark : warning;
		/* Places are on lines that start with the file's name. */
		if (!mark || !end || mark > end || *line == ' ')
			continue;
		cr_assert(sscanf(mark, ": %*[a-z][%4[EW0-9]]:", number) == 1, "%.80s", line);
		cr_assert_not_null(codes_find(number), "%s", number);
		shown[codes_find(number) - codes] = true;
	}
}

Test(codes, are_each_shown_by_a_golden_case)
{
	const char *folder = getenv("GOLDEN_FOLDER") ?: "tests/golden";
	bool shown[CODES] = { false };
	char pattern[512];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/*.err", folder);
	cr_assert_eq(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		_cleanup_(text_free) struct text findings = { 0 };
		struct error error;

		cr_assert_eq(file_read(found.gl_pathv[i], 1 << 20, &findings, &error), 0);
		mark_shown(findings.bytes, shown);
	}
	globfree(&found);
	for (size_t i = 0; i < CODES; i++)
		cr_assert(shown[i] || is_elsewhere((enum code)i), "no golden case shows %s", codes[i].number);
}
