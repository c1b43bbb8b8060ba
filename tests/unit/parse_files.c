/* SPDX-License-Identifier: GPL-2.0-only */
/* Policies of several files without a disk; what is said of bad ones is in tests/golden. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/own.h"
#include "policy/policy.h"
#include "policy_helper.h"

#define ENDS "links:\n  - { name: ward, clinical: a0, it: b0 }\n"

/* The first text, then pairs of path and text up to NULL. */
static struct reading read_files(const char *first, ...)
{
	struct reading r = { 0 };
	struct error error;
	const char *path;
	va_list args;

	cr_assert_eq(sources_new("sites/main", first, strlen(first), &r.sources, &error), 0);
	va_start(args, first);
	while ((path = va_arg(args, const char *))) {
		const char *text = va_arg(args, const char *);

		cr_assert_eq(sources_add(r.sources, path, text, strlen(text), &error), 0);
	}
	va_end(args);
	if (policy_parse(r.sources, &r.model, &r.diags))
		cr_assert_null(r.model);
	diags_print(&r.diags, r.sources, &r.findings);
	return r;
}

Test(parse_files, an_included_file_comes_first_and_its_places_name_it)
{
	_cleanup_(reading_free) struct reading r =
		read_files("version: 1\ninclude: [a]\nnetworks: {here: [10.0.0.1]}\n" ENDS, "a",
			   "\nnetworks: {there: [10.0.0.2]}\n", NULL);

	cr_assert_not_null(r.model, "%s", r.findings.bytes);
	cr_assert_eq(r.model->networks.count, 2);
	cr_assert_str_eq(r.model->networks.items[0].name.text, "there");
	cr_assert_eq(r.model->networks.items[0].name.place.file, 1);
	cr_assert_eq(r.model->networks.items[0].name.place.line, 2);
	cr_assert_eq(r.model->networks.items[1].name.place.file, 0);
}

Test(parse_files, one_that_two_include_is_read_once)
{
	_cleanup_(reading_free) struct reading r =
		read_files("version: 1\ninclude: [a, b]\n" ENDS, "a", "include: [c]\n", "b",
			   "include: [c]\n", "c", "networks: {there: [10.0.0.2]}\n", NULL);

	cr_assert_not_null(r.model, "%s", r.findings.bytes);
	cr_assert_eq(r.model->networks.count, 1);
	cr_assert_eq(r.sources->files.count, 4);
}

Test(parse_files, links_may_come_from_another_file_but_the_version_may_not)
{
	_cleanup_(reading_free) struct reading good =
		read_files("version: 1\ninclude: [a]\n", "a", ENDS, NULL);
	_cleanup_(reading_free) struct reading bad =
		read_files("include: [a]\n", "a", "version: 1\n" ENDS, NULL);

	cr_assert_not_null(good.model, "%s", good.findings.bytes);
	cr_assert_null(bad.model);
	cr_assert(strstr(bad.findings.bytes, "a policy needs the key 'version'"));
}

Test(parse_files, an_override_stands_where_the_replaced_stood)
{
	_cleanup_(reading_free) struct reading r = read_files(
		"version: 1\ninclude: [a]\noverride: {networks: {two: [10.0.0.9], "
		"one: [10.0.0.8]}}\n" ENDS,
		"a", "networks: {one: [10.0.0.1], two: [10.0.0.2], three: [10.0.0.3]}\n", NULL);

	cr_assert_not_null(r.model, "%s", r.findings.bytes);
	cr_assert_eq(r.model->networks.count, 3);
	cr_assert_str_eq(r.model->networks.items[0].name.text, "one");
	cr_assert_str_eq(r.model->networks.items[1].name.text, "two");
	cr_assert_eq(r.model->networks.items[0].name.place.file, 0);
	cr_assert_eq(r.model->networks.items[2].name.place.file, 1);
}

Test(parse_files, findings_are_sorted_by_file)
{
	_cleanup_(reading_free) struct reading r =
		read_files("version: 1\ninclude: [a]\n\n\nnetworks: {x: [1]}\n" ENDS, "a",
			   "networks: {y: [2]}\n", NULL);
	const char *main = strstr(r.findings.bytes, "sites/main:5:16: error[E058]: '1' is");
	const char *other = strstr(r.findings.bytes, "sites/a:1:16: error[E058]: '2' is");

	cr_assert(main && other && main < other, "%s", r.findings.bytes);
	cr_assert(strstr(r.findings.bytes, "   1 | networks: {y: [2]}\n"));
}

Test(parse_files, a_policy_of_one_file_is_gathered_without_a_look_at_it)
{
	_cleanup_(sources_free) struct sources *sources = NULL;
	_cleanup_(diags_free) struct diags diags = { 0 };
	struct error error;
	const char text[] = "version: [";

	cr_assert_eq(sources_new("policy", text, strlen(text), &sources, &error), 0);
	cr_assert_eq(policy_gather(sources, &diags), 0);
	cr_assert_eq(diags.errors, 0);
}

Test(parse_files, an_escaped_include_is_gathered_too)
{
	_cleanup_(sources_free) struct sources *sources = NULL;
	_cleanup_(diags_free) struct diags diags = { 0 };
	struct error error;
	const char text[] = "version: 1\n\"incl\\x75de\": [a]\n" ENDS;

	cr_assert_eq(sources_new("policy", text, strlen(text), &sources, &error), 0);
	cr_assert_eq(policy_gather(sources, &diags), -EINVAL);
	cr_assert_eq(diags.errors, 1);
}
