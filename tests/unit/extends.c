/* SPDX-License-Identifier: GPL-2.0-only */
/* Profiles that extend profiles: order, what is inherited, keys of rules, and what is refused. */
#include <criterion/criterion.h>

#include "base/own.h"
#include "policy_helper.h"

#define HEAD                                                                                       \
	"version: 1\nlinks: [ { name: ward, clinical: a0, it: b0 } ]\n"                            \
	"networks: { n: [10.0.0.0/8] }\nprofiles:\n"
#define RULE(port) "{ to: n, services: [tcp/" #port "] }"
#define DEVICE(profile)                                                                            \
	"devices: [ { name: d, mac: 02:00:00:00:00:01, ip: 10.0.0.1, profile: " profile " } ]\n"

/* The ports of a profile's rules, one behind the other. */
static bool has_ports(const struct built *b, size_t profile, const char *expected)
{
	const struct model_profile *p = &b->reading.model->profiles.items[profile];
	_cleanup_(text_free) struct text ports = { 0 };

	for (size_t r = 0; r < p->rules.count; r++)
		text_add(&ports, "%s%u", r ? " " : "",
			 p->rules.items[r].services.items[0].range.first);
	return !strcmp(ports.bytes ?: "", expected);
}

Test(extends, puts_own_rules_first_and_each_ancestor_once)
{
	_cleanup_(built_free) struct built b =
		build(HEAD "  top: { extends: [left, right], allow: [" RULE(1) ", " RULE(
			2) "] }\n"
			   "  left: { extends: base, allow: [" RULE(
				   3) "] }\n"
				      "  right: { extends: [base, left], allow: [" RULE(
					      4) "] }\n"
						 "  base: { allow: [" RULE(
							 5) "] }\n"
							    "  none: { extends: right }\n" DEVICE(
								    "top"));

	cr_expect(has_ports(&b, 0, "1 2 3 5 4"));
	cr_expect(has_ports(&b, 1, "3 5"));
	cr_expect(has_ports(&b, 2, "4 5 3"));
	cr_expect(has_ports(&b, 3, "5"));
	cr_expect(has_ports(&b, 4, "4 5 3"));
	cr_expect_eq(b.reading.model->profiles.items[0].own_rules, 2);
	cr_expect_eq(b.image->rules.count, 14);
}

Test(extends, keeps_the_place_of_the_original)
{
	_cleanup_(built_free) struct built b =
		build(HEAD "  heir: { extends: base }\n"
			   "  base:\n    allow:\n      - " RULE(5) "\n" DEVICE("heir"));

	cr_expect_eq(b.reading.model->profiles.items[0].rules.items[0].place.line, 8);
	/* Copies are their own: model_free() releases both. */
	cr_expect_neq(b.reading.model->profiles.items[0].rules.items[0].services.items,
		      b.reading.model->profiles.items[1].rules.items[0].services.items);
}

Test(extends, lets_the_nearest_profile_say_what_the_heir_does_not)
{
	_cleanup_(built_free) struct built b =
		build(HEAD "  base: { limit: { flows: 9 }, fragments: track, enforcement: audit }\n"
			   "  near: { extends: base, limit: { packets: 5/s }, fragments: drop }\n"
			   "  heir: { extends: near }\n"
			   "  other: { extends: [far, base] }\n"
			   "  far: { enforcement: enforce }\n"
			   "  own: { extends: base, limit: { flows: 3 }, fragments: drop, "
			   "enforcement: closed }\n" DEVICE("heir"));
	const struct model_profile *p = b.reading.model->profiles.items;

	/* Of a limit all or nothing is inherited. */
	cr_expect(p[2].limit.rate[WARD_CLINICAL].packets == 5 && !p[2].limit.flows);
	cr_expect(!p[2].tracks_fragments && p[2].enforcement == MODEL_AUDIT);
	cr_expect(p[3].limit.flows == 9 && p[3].tracks_fragments);
	cr_expect_eq(p[3].enforcement, MODEL_ENFORCE);
	cr_expect(p[5].limit.flows == 3 && !p[5].tracks_fragments && !p[5].inherited);
	cr_expect_eq(p[5].enforcement, MODEL_CLOSED);
	cr_expect_eq(b.image->profiles.items[0].enforcement, WARD_MODE_AUDIT);
}

Test(extends, prints_what_is_its_own)
{
	_cleanup_(built_free) struct built b =
		build(HEAD "  base: { limit: { flows: 9 }, fragments: track, enforcement: audit,\n"
			   "    allow: [" RULE(5) "] }\n"
						  "  heir: { extends: base, fragments: drop }\n"
						  "  both: { extends: [heir, base], allow: [" RULE(
							  6) "] }\n" DEVICE("both"));
	_cleanup_(text_free) struct text out = { 0 };

	policy_print(b.reading.model, &out);
	cr_expect_not_null(strstr(out.bytes, "  heir:\n    extends: base\n    allow: []\n"
					     "    fragments: drop\n  both:\n"
					     "    extends: [heir, base]\n    allow:\n"
					     "      - { to: n, services: [tcp/6] }\n\n"),
			   "%s", out.bytes);
}

Test(extends, gives_rules_keys_that_stay)
{
	_cleanup_(built_free) struct built a = build(HEAD "  p: { allow: [" RULE(1) ", " RULE(
		2) "] }\n"
		   "  q: { allow: [" RULE(2) "] }\n" DEVICE("p"));
	_cleanup_(built_free) struct built b = build(HEAD "  q: { allow: [" RULE(
		2) "] }\n"
		   "  base: { allow: [" RULE(3) ", " RULE(1) "] }\n"
							     "  p: { extends: base, allow: [" RULE(
								     2) "] }\n" DEVICE("p"));
	const struct image_rule *of_a = a.image->rules.items, *of_b = b.image->rules.items;

	/* a: p1 p2 q2; b: q2 base3 base1 p2 p3 p1. */
	cr_assert_eq(a.image->rules.count, 3);
	cr_assert_eq(b.image->rules.count, 6);
	cr_expect_str_eq(of_a[0].key, of_b[5].key);
	cr_expect_str_eq(of_a[1].key, of_b[3].key);
	cr_expect_str_eq(of_a[2].key, of_b[0].key);
	cr_expect_str_neq(of_b[2].key, of_b[5].key);
	cr_expect_str_neq(of_b[1].key, of_b[4].key);
}

Test(extends, counts_as_use_of_a_profile)
{
	_cleanup_(reading_free) struct reading r = read_policy(
		HEAD "  base: { allow: [" RULE(1) "] }\n"
						  "  heir: { extends: base }\n" DEVICE("heir"));

	cr_expect_eq(r.diags.warnings, 0, "%s", r.findings.bytes);
}

Test(extends, refuses_circles_with_both_places)
{
	static const char text[] = HEAD "  a: { extends: b }\n  b: { extends: [c] }\n"
					"  c: { extends: [d, b] }\n  d: {}\n";

	cr_expect(refuses(text, "policy:7:21: error[E080]: the profile 'b' leads back to itself\n"));
	cr_expect(refuses(text, "b -> c -> b"));
	cr_expect(refuses(text, "policy:6:18: note: the circle begins here"));
	cr_expect(refuses(HEAD "  a: { extends: a }\n", "a -> a"));
	cr_expect(refuses(HEAD "  pump: {}\n  a: { extends: pmup }\n", "did you mean 'pump'?"));
	cr_expect(refuses(HEAD "  b: {}\n  a: { extends: [b, b] }\n", "in this list already"));
}

Test(extends, counts_limits_with_the_inherited_ones)
{
	_cleanup_(text_free) struct text text = { 0 };

	text_add(&text, HEAD "  base:\n    allow:\n");
	for (int i = 0; i < 5; i++)
		text_add(&text, "      - { to: n, services: [ssh], limit: { flows: 1 } }\n");
	text_add(&text, "  heir:\n    extends: base\n    allow:\n");
	for (int i = 0; i < 5; i++)
		text_add(&text, "      - { to: n, services: [ssh], limit: { flows: 1 } }\n");
	cr_expect(refuses(text.bytes, "policy:13:14: error[E204]: more than 8 rules with a limit in the "
				      "profile 'heir' and those that it extends"));
}

Test(extends, refuses_more_than_is_good, .timeout = 20)
{
	_cleanup_(text_free) struct text wide = { 0 }, large = { 0 }, deep = { 0 };

	text_add(&wide, HEAD);
	for (int i = 0; i < 66; i++)
		text_add(&wide, "  p%d: {}\n", i);
	text_add(&wide, "  heir: { extends: [p0");
	for (int i = 1; i < 66; i++)
		text_add(&wide, ", p%d", i);
	text_add(&wide, "] }\n");
	cr_expect(refuses(wide.bytes, "the profile 'heir' extends more than 64 others"));
	text_add(&large, HEAD "  base:\n    allow:\n");
	for (int i = 0; i < 10000; i++)
		text_add(&large, "      - { to: n, services: [ssh] }\n");
	for (int i = 0; i < 21; i++)
		text_add(&large, "  p%d: { extends: base }\n", i);
	cr_expect(refuses(large.bytes, "the profiles inherit more than 200000 rules"));
	text_add(&deep, HEAD);
	for (int i = 0; i < 40; i++)
		text_add(&deep, "  p%d: { extends: p%d }\n", i, i + 1);
	text_add(&deep, "  p40: {}\n");
	cr_expect(refuses(deep.bytes, "more than 32 profiles that lead to each other"));
}
