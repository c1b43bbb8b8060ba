/* SPDX-License-Identifier: GPL-2.0-only */
#include <criterion/criterion.h>
#include <string.h>

#include "base/own.h"
#include "policy/print.h"
#include "policy_helper.h"

static char *printed(const char *policy)
{
	_cleanup_(reading_free) struct reading r = read_policy(policy);
	struct text out = { 0 };

	cr_assert_not_null(r.model, "%s", r.findings.bytes);
	policy_print(r.model, &out);
	cr_assert_eq(text_status(&out), 0);
	return out.bytes;
}

/* With what it includes. */
static char *printed_file(const char *path)
{
	_cleanup_(sources_free) struct sources *sources = NULL;
	_cleanup_(model_free) struct model *model = NULL;
	_cleanup_(diags_free) struct diags diags = { 0 };
	struct text out = { 0 };
	struct error error;

	cr_assert_eq(sources_read(path, &sources, &error), 0, "%s", error.text);
	cr_assert_eq(policy_parse(sources, &model, &diags), 0);
	policy_print(model, &out);
	cr_assert_eq(text_status(&out), 0);
	return out.bytes;
}

Test(print, writes_what_parses_to_the_same)
{
	static const char *const files[] = { "policies/starter.yaml",
					     "policies/hospital/main.yaml" };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		_cleanup_free_ char *once = printed_file(files[i]), *twice = printed(once);

		cr_assert_str_eq(once, twice);
	}
}

Test(print, leaves_the_library_of_services_out)
{
	_cleanup_free_ char *text = printed(POLICY_HEAD POLICY_PROFILES POLICY_DEVICES);

	cr_assert_null(strstr(text, "\nservices:"));
}

Test(print, quotes_a_purpose)
{
	_cleanup_free_ char *text =
		printed(POLICY_HEAD "profiles: { p: { allow: [ { to: pacs, services: [ssh], "
				    "purpose: 'say \"hi\" \\ # no: comment' } ] } }\n");

	cr_assert_not_null(strstr(text, "purpose: \"say \\\"hi\\\" \\\\ # no: comment\" }"));
}

Test(print, joins_neighbouring_vlans)
{
	struct model_link link = { 0 };
	struct model_vlan vlans[] = {
		{ 0, WARD_NO_VLAN }, { 0, 1 }, { 0, 2 }, { 0, 5 }, { 0, 7 }, { 0, 8 }, { 0, 9 },
		{ 5, 10 },	     { 5, 11 }
	};
	_cleanup_(text_free) struct text out = { 0 };

	link.vlans.items = vlans;
	link.vlans.count = ARRAY_SIZE(vlans);
	print_vlans(&link, &out);
	cr_assert_str_eq(out.bytes, "none, 1-2, 5, 7-9, 5.10, 5.11");
}

Test(print, shortens_round_rates_only)
{
	_cleanup_free_ char *text = printed(
		POLICY_HEAD "profiles: { p: { limit: { packets: 2000/s, burst: 20k, bits: 10001/s, "
			    "burst-bits: 1500000 } } }\n");

	cr_assert_not_null(strstr(
		text, "limit: { packets: 2000/s, burst: 20k, bits: 10001/s, burst-bits: 1500k }"));
}
