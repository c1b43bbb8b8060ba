/* SPDX-License-Identifier: GPL-2.0-only */
/* Terms of rules, minute by minute. */
#include "policy/terms.h"

#include <criterion/criterion.h>

#define MORNING                                                                                    \
	{                                                                                          \
		480, 720                                                                           \
	}
#define AFTERNOON                                                                                  \
	{                                                                                          \
		720, 1080                                                                          \
	}
#define DAY                                                                                        \
	{                                                                                          \
		480, 1080                                                                          \
	}

static struct model_rule during(struct model_window *windows, size_t count)
{
	struct model_rule rule = { 0 };

	rule.windows.items = windows;
	rule.windows.count = count;
	return rule;
}

static void expect(struct terms_change got, bool widened, bool narrowed, const char *what)
{
	cr_expect_eq(got.widened, widened, "%s widens", what);
	cr_expect_eq(got.narrowed, narrowed, "%s narrows", what);
}

static struct terms_change compare(const struct model_rule *old, const struct model_rule *new)
{
	const struct terms_chain a = { .rules = &old, .count = 1 },
				 b = { .rules = &new, .count = 1 };

	return terms_compare(&a, &b);
}

Test(terms, hours_are_compared_minute_by_minute)
{
	struct model_window morning[] = { MORNING }, day[] = { DAY }, late[] = { { 500, 1100 } };
	const struct model_rule a = during(morning, 1), b = during(day, 1), c = during(late, 1);
	const struct model_rule always = { 0 };

	expect(compare(&a, &b), true, false, "a longer day");
	expect(compare(&b, &a), false, true, "a shorter day");
	expect(compare(&b, &c), true, true, "a later day");
	expect(compare(&c, &always), true, false, "always");
	cr_expect_not(compare(&b, &b).differs);
}

Test(terms, two_rules_may_mean_what_one_meant)
{
	struct model_window morning[] = { MORNING }, afternoon[] = { AFTERNOON }, day[] = { DAY };
	const struct model_rule a = during(morning, 1), b = during(afternoon, 1),
				whole = during(day, 1);
	const struct model_rule *two[] = { &a, &b }, *one[] = { &whole };
	const struct terms_chain split = { .rules = two, .count = 2 },
				 joined = { .rules = one, .count = 1 };

	cr_expect_not(terms_compare(&split, &joined).differs);
	cr_expect_not(terms_compare(&joined, &split).differs);
}

Test(terms, an_expiry_narrows_only_what_nothing_else_allows)
{
	const struct model_rule until = { .expires_at = 1000 }, later = { .expires_at = 2000 };
	const struct model_rule always = { 0 };
	const struct model_rule *both[] = { &until, &always }, *one[] = { &always };
	const struct terms_chain chain = { .rules = both, .count = 2 },
				 alone = { .rules = one, .count = 1 };

	expect(compare(&until, &later), true, false, "a later end");
	expect(compare(&always, &until), false, true, "an end");
	cr_expect_not(terms_compare(&alone, &chain).differs, "the next rule goes on");
}

Test(terms, encryption_widens_only_when_it_is_no_longer_required)
{
	const struct model_rule required = { .encryption = MODEL_ENCRYPTION_REQUIRED };
	const struct model_rule preferred = { .encryption = MODEL_ENCRYPTION_PREFERRED };
	const struct model_rule plain = { 0 };

	expect(compare(&required, &plain), true, false, "clear text");
	expect(compare(&plain, &required), false, true, "encryption");
	expect(compare(&plain, &preferred), false, false, "counting");
	cr_expect(compare(&plain, &preferred).differs);
}

Test(terms, of_limits_each_figure_counts)
{
	const struct model_limit none = { 0 }, slow = { .rate = { { .packets = 10 } } };
	const struct model_limit fast = { .rate = { { .packets = 100 } }, .flows = 5 };
	struct text text = { 0 };

	expect(terms_compare_limits(&slow, &none, "", NULL), true, false, "no limit");
	expect(terms_compare_limits(&slow, &fast, "limit ", &text), true, true, "another limit");
	cr_expect_str_eq(text.bytes, "limit packets: 10/s -> 100/s, limit flows: none -> 5");
	text_free(&text);
}
