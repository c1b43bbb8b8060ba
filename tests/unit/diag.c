/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/diag.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/own.h"
#include "policy/sources.h"

static void print(const struct diags *diags, const char *source_text, struct text *out)
{
	_cleanup_(sources_free) struct sources *sources = NULL;
	struct error error;

	cr_assert_eq(sources_new("policy.yaml", source_text, strlen(source_text), &sources,
				 &error),
		     0);
	diags_print(diags, sources, out);
}

static bool prints(const char *source, struct place place, const char *hint, const char *expected)
{
	_cleanup_(diags_free) struct diags diags = { 0 };
	_cleanup_(text_free) struct text out = { 0 };

	diag_error(&diags, E_UNKNOWN_NAME, place, hint, "wrong");
	print(&diags, source, &out);
	cr_expect_str_eq(out.bytes, expected);
	return !strcmp(out.bytes, expected);
}

Test(diag, prints_place_line_caret_and_hint)
{
	cr_assert(prints("a: 1\nprofile: ct-scaner\n", (struct place){ 2, 10, 9, 0 },
			 "did you mean 'ct-scanner'?",
			 "policy.yaml:2:10: error[E070]: wrong\n"
			 "   2 | profile: ct-scaner\n"
			 "     |          ^~~~~~~~~\n"
			 "     = did you mean 'ct-scanner'?\n"));
}

Test(diag, shows_no_half_of_a_character_that_a_text_was_cut_in)
{
	cr_assert(prints("a: 1\n", (struct place){ 1, 1, 1, 0 }, "without '/24 \xd9'",
			 "policy.yaml:1:1: error[E070]: wrong\n"
			 "   1 | a: 1\n"
			 "     | ^\n"
			 "     = without '/24 '\n"));
}

Test(diag, prints_a_finding_on_the_whole_file_without_a_line)
{
	cr_assert(prints("", (struct place){ 0 }, "first\n  second",
			 "policy.yaml: error[E070]: wrong\n"
			 "     = first\n"
			 "         second\n"));
}

Test(diag, keeps_the_caret_below_its_place_behind_tabs_and_umlauts)
{
	cr_assert(prints("\tä: x", (struct place){ 1, 5, 1, 0 }, NULL,
			 "policy.yaml:1:5: error[E070]: wrong\n"
			 "   1 | \tä: x\n"
			 "     | \t   ^\n"));
}

Test(diag, shows_no_control_characters_of_the_source)
{
	cr_assert(prints("a\033[31m\xff", (struct place){ 1, 2, 1, 0 }, NULL,
			 "policy.yaml:1:2: error[E070]: wrong\n"
			 "   1 | a\xef\xbf\xbd[31m\xef\xbf\xbd\n"
			 "     |  ^\n"));
}

Test(diag, puts_the_caret_behind_a_line_that_is_too_short)
{
	cr_assert(prints("ab", (struct place){ 1, 9, 40, 0 }, NULL,
			 "policy.yaml:1:9: error[E070]: wrong\n"
			 "   1 | ab\n"
			 "     |   ^\n"));
	cr_assert(prints("ab", (struct place){ 7, 1, 1, 0 }, NULL,
			 "policy.yaml:7:1: error[E070]: wrong\n"
			 "   7 | \n"
			 "     | ^\n"));
}

Test(diag, shows_a_window_of_a_long_line)
{
	_cleanup_free_ char *line = malloc(10000001);
	_cleanup_(diags_free) struct diags diags = { 0 };
	_cleanup_(text_free) struct text out = { 0 };

	memset(line, 'x', 10000000);
	line[10000000] = '\0';
	line[5000000] = '!';
	diag_error(&diags, E_UNKNOWN_NAME, (struct place){ 1, 5000001, 1, 0 }, NULL, "wrong");
	print(&diags, line, &out);
	cr_assert_lt(out.length, 400);
	cr_assert_not_null(strstr(out.bytes, " | ...xxxx"));
	cr_assert_not_null(strstr(out.bytes, "xxxx...\n"));
	/* The caret stands as far behind its gutter as the mark behind its own. */
	cr_assert_eq(strchr(out.bytes, '!') - strstr(out.bytes, " | "),
		     strchr(out.bytes, '^') - strstr(strstr(out.bytes, " | ") + 1, " | "));
}

Test(diag, widens_the_gutter_for_large_line_numbers)
{
	_cleanup_(text_free) struct text source = { 0 };

	for (int i = 1; i < 123456; i++)
		text_add_bytes(&source, "\n", 1);
	text_add(&source, "x");
	cr_assert(prints(source.bytes, (struct place){ 123456, 1, 1, 0 }, "hint",
			 "policy.yaml:123456:1: error[E070]: wrong\n"
			 "123456 | x\n"
			 "       | ^\n"
			 "       = hint\n"));
}

Test(diag, prints_findings_in_the_order_of_their_places)
{
	_cleanup_(diags_free) struct diags diags = { 0 };
	_cleanup_(text_free) struct text out = { 0 };

	diag_error(&diags, E_UNKNOWN_NAME, (struct place){ 2, 1, 1, 0 }, NULL, "third");
	diag_warning(&diags, W_UNUSED, (struct place){ 1, 2, 1, 0 }, NULL, "second");
	diag_error(&diags, E_UNKNOWN_NAME, (struct place){ 1, 1, 1, 0 }, NULL, "first");
	print(&diags, "ab\ncd\n", &out);
	cr_assert_str_eq(out.bytes, "policy.yaml:1:1: error[E070]: first\n   1 | ab\n     | ^\n"
				    "policy.yaml:1:2: warning[W001]: second\n   1 | ab\n     |  ^\n"
				    "policy.yaml:2:1: error[E070]: third\n   2 | cd\n     | ^\n");
	cr_assert_eq(diags.errors, 2);
	cr_assert_eq(diags.warnings, 1);
}

Test(diag, prints_the_second_place_as_a_note)
{
	_cleanup_(diags_free) struct diags diags = { 0 };
	_cleanup_(text_free) struct text out = { 0 };

	diag_error(&diags, E_UNKNOWN_NAME, (struct place){ 2, 1, 1, 0 }, "hint", "again");
	diag_other(&diags, (struct place){ 1, 1, 1, 0 }, "first given here");
	print(&diags, "a\na\n", &out);
	cr_assert_str_eq(out.bytes,
			 "policy.yaml:2:1: error[E070]: again\n   2 | a\n     | ^\n     = hint\n"
			 "policy.yaml:1:1: note: first given here\n   1 | a\n     | ^\n");
}

Test(diag, keeps_20_errors)
{
	_cleanup_(diags_free) struct diags diags = { 0 };

	for (int i = 0; i < DIAG_LIMIT; i++) {
		cr_assert(!diags_full(&diags));
		diag_error(&diags, E_UNKNOWN_NAME, (struct place){ 0 }, NULL, "wrong");
	}
	cr_assert(diags_full(&diags));
	diag_error(&diags, E_UNKNOWN_NAME, (struct place){ 0 }, NULL, "wrong");
	cr_assert_eq(diags.errors, DIAG_LIMIT);
	cr_assert_eq(diags.list.count, DIAG_LIMIT);
}

Test(diag, counts_warnings_that_it_does_not_keep)
{
	_cleanup_(diags_free) struct diags diags = { 0 };

	for (int i = 0; i < DIAG_WARNINGS + 5; i++)
		diag_warning(&diags, W_UNUSED, (struct place){ 0 }, NULL, "odd");
	cr_assert_eq(diags.warnings, DIAG_WARNINGS + 5);
	cr_assert_eq(diags.list.count, DIAG_WARNINGS);
	cr_assert(!diags_full(&diags));
}
