/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/format.h"

#include <criterion/criterion.h>
#include <glob.h>
#include <string.h>

#include "base/file.h"
#include "base/own.h"

/* The file in its layout, or NULL when it is refused. */
static char *formatted(const char *text)
{
	_cleanup_(source_free) struct source *source = NULL;
	_cleanup_(diags_free) struct diags diags = { 0 };
	struct error error = { "" };
	struct text out = { 0 };
	int err;

	cr_assert_eq(source_new("policy", text, strlen(text), &source, &error), 0);
	err = format_source(source, &out, &diags, &error);
	cr_assert(err == 0 || err == -EINVAL);
	cr_assert_eq(err == 0, !diags.errors && !error.text[0], "%s", error.text);
	if (err)
		text_free(&out);
	return out.bytes;
}

static void becomes(const char *text, const char *expected)
{
	_cleanup_free_ char *once = formatted(text), *twice = NULL;

	cr_assert_not_null(once, "%s", text);
	cr_expect_str_eq(once, expected);
	twice = formatted(once);
	cr_assert_not_null(twice);
	cr_expect_str_eq(twice, once);
}

Test(format, has_one_layout)
{
	becomes("version:   1\n"
		"quarantine: q\n"
		"links:\n"
		"- name: ward\n"
		"  clinical: a0\n"
		"  it: 'b0'\n"
		"networks: {pacs: [10.0.0.1,\"2001:db8::1\"], x: {addresses: [ \"::/0\" ], except: "
		"[pacs]}}\n"
		"profiles:\n"
		"      p:\n"
		"         allow:\n"
		"           - {to: pacs, services: [ssh], purpose: \"store studies\"}\n"
		"           -   to: x\n"
		"               services:\n"
		"                 - ssh\n"
		"               limit: {packets: 1/s, receive: {packets: 2/s}}\n"
		"devices: []\n",
		"version: 1\n"
		"quarantine: q\n"
		"\n"
		"links:\n"
		"  - { name: ward, clinical: a0, it: b0 }\n"
		"\n"
		"networks:\n"
		"  pacs: [10.0.0.1, 2001:db8::1]\n"
		"  x: { addresses: [\"::/0\"], except: [pacs] }\n"
		"\n"
		"profiles:\n"
		"  p:\n"
		"    allow:\n"
		"      - { to: pacs, services: [ssh], purpose: store studies }\n"
		"      - to: x\n"
		"        services: [ssh]\n"
		"        limit: { packets: 1/s, receive: { packets: 2/s } }\n"
		"\n"
		"devices: []\n");
}

Test(format, keeps_comments_where_they_stand)
{
	becomes("# The ward.\n"
		"\n"
		"version: 1   # of the language\n"
		"# Cables.\n"
		"links:   # two\n"
		"\n"
		"\n"
		"    # The first.\n"
		"    - {name: a, clinical: a0, it: a1}   # on the left\n"
		"\n"
		"\n"
		"    - {name: b, # on the right\n"
		"       clinical: b0, it: b1}\n"
		"networks:\n"
		"  n: [10.0.0.1, 10.0.0.2, # two\n"
		"      # and one\n"
		"      10.0.0.3]\n"
		"  m: [10.0.0.1,\n"
		"      10.0.0.2] # last\n"
		"# The end.\n",
		"# The ward.\n"
		"\n"
		"version: 1  # of the language\n"
		"\n"
		"# Cables.\n"
		"links:  # two\n"
		"  # The first.\n"
		"  - { name: a, clinical: a0, it: a1 }  # on the left\n"
		"\n"
		"  - name: b  # on the right\n"
		"    clinical: b0\n"
		"    it: b1\n"
		"\n"
		"networks:\n"
		"  n:\n"
		"    - 10.0.0.1\n"
		"    - 10.0.0.2  # two\n"
		"    # and one\n"
		"    - 10.0.0.3\n"
		"  m: [10.0.0.1, 10.0.0.2]  # last\n"
		"# The end.\n");
}

Test(format, quotes_what_yaml_would_misread)
{
	becomes("a: 'it''s # no comment'\n"
		"b: \"x: y\"\n"
		"c: don't # a comment\n"
		"d: \"#\"\n"
		"e: \"\"\n"
		"f:\n"
		"g: {\"k k\":\"v # v\", h: , i: \"a, b\", \"<<\": \"*\"}\n"
		"l: [\"\", ' x', \"a \\\"b\\\" \\\\\", \"10.0.0.1:\", a:b, \"-\"]\n",
		"a: \"it's # no comment\"\n"
		"b: \"x: y\"\n"
		"c: don't  # a comment\n"
		"d: \"#\"\n"
		"e: \"\"\n"
		"f:\n"
		"\n"
		"g:\n"
		"  k k: \"v # v\"\n"
		"  h:\n"
		"  i: \"a, b\"\n"
		"  \"<<\": \"*\"\n"
		"\n"
		"l: [\"\", \" x\", \"a \\\"b\\\" \\\\\", \"10.0.0.1:\", a:b, \"-\"]\n");
}

Test(format, breaks_what_is_too_long)
{
	becomes("networks:\n"
		"  n: [10.20.30.101, 10.20.30.102, 10.20.30.103, 10.20.30.104, 10.20.30.105, "
		"10.20.30.106, 10.2.0.7]\n"
		"  m: [10.20.30.101, 10.20.30.102, 10.20.30.103, 10.20.30.104, 10.20.30.105, "
		"10.20.30.106, 10.2.10.70]\n",
		"networks:\n"
		"  n: [10.20.30.101, 10.20.30.102, 10.20.30.103, 10.20.30.104, 10.20.30.105, "
		"10.20.30.106, 10.2.0.7]\n"
		"  m:\n"
		"    - 10.20.30.101\n"
		"    - 10.20.30.102\n"
		"    - 10.20.30.103\n"
		"    - 10.20.30.104\n"
		"    - 10.20.30.105\n"
		"    - 10.20.30.106\n"
		"    - 10.2.10.70\n");
}

Test(format, takes_parts_of_a_policy)
{
	becomes("include: [a.yaml,  b.yaml]\noverride: {networks: {pacs: [10.0.0.1]}}\n",
		"include: [a.yaml, b.yaml]\n\noverride:\n  networks: { pacs: [10.0.0.1] }\n");
	becomes("- - a\n  - b: [[c], {d: e}]\n", "-\n  - a\n  - b: [[c], { d: e }]\n");
	becomes("text\n", "text\n");
}

Test(format, keeps_keys_without_a_value)
{
	becomes("l:\n  - {a: , b, c: }\n  - {d}\n", "l:\n  - { a: , b: , c: }\n  - { d: }\n");
}

Test(format, refuses_what_is_no_policy)
{
	_cleanup_free_ char *anchor = formatted("a: &x 1\n"), *broken = formatted("a: [\n"),
			    *nothing = formatted("# only\n");

	cr_expect_null(anchor);
	cr_expect_null(broken);
	cr_expect_null(nothing);
}

/* Whatever can be read at all comes back, and once is enough. */
Test(format, keeps_every_golden_file, .timeout = 60)
{
	static const char *const patterns[] = { "tests/golden/*.yaml", "policies/*.yaml" };
	unsigned good = 0;

	for (size_t p = 0; p < ARRAY_SIZE(patterns); p++) {
		glob_t found;

		cr_assert_eq(glob(patterns[p], 0, NULL, &found), 0);
		for (size_t i = 0; i < found.gl_pathc; i++) {
			_cleanup_(text_free) struct text text = { 0 };
			_cleanup_free_ char *once = NULL, *twice = NULL;
			struct error error = { "" };

			cr_assert_eq(file_read(found.gl_pathv[i], 1 << 20, &text, &error), 0);
			if (!text.length || strlen(text.bytes) != text.length)
				continue;
			once = formatted(text.bytes);
			if (!once)
				continue;
			twice = formatted(once);
			cr_assert_not_null(twice, "%s", found.gl_pathv[i]);
			cr_expect_str_eq(twice, once, "%s", found.gl_pathv[i]);
			good++;
		}
		globfree(&found);
	}
	cr_expect_gt(good, 60);
}
