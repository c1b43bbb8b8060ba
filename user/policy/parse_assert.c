/* SPDX-License-Identifier: GPL-2.0-only */
/* What a policy says of itself as a whole: assertions, and tests of one packet. */
#include <string.h>

#include "base/own.h"
#include "policy/parse_parts.h"

/* Ends. */

static const char an_end[] = "a name, an address, `any`, or one as in {network: pacs}";

static void end_named(struct parser *p, const struct node *node, struct model_end *end,
		      enum model_end_kind kind)
{
	if (end->word.text) {
		diag_error(p->diags, E_BAD_END, node->place, "write one of the two",
			   "an end is one thing, not two");
		return;
	}
	end->kind = kind;
	end->qualified = true;
	keys_word(p, node, "a name", value_name, &end->word);
}

static void end_network(struct parser *p, const struct node *node, void *into)
{
	end_named(p, node, into, MODEL_END_NETWORK);
}

static void end_profile(struct parser *p, const struct node *node, void *into)
{
	end_named(p, node, into, MODEL_END_PROFILE);
}

static void end_device(struct parser *p, const struct node *node, void *into)
{
	end_named(p, node, into, MODEL_END_DEVICE);
}

static void end_group(struct parser *p, const struct node *node, void *into)
{
	end_named(p, node, into, MODEL_END_GROUP);
}

static const struct key end_table[] = {
	{ "network", false, end_network },
	{ "profile", false, end_profile },
	{ "device", false, end_device },
	{ "group", false, end_group },
};
KEYS(end_keys, "an end", end_table);

/* No name of a device or network looks like this, or it is written as in {network: 10.1}. */
static bool is_address(const char *text)
{
	return strpbrk(text, "/:") || strspn(text, "0123456789.") == strlen(text);
}

static void parse_end(struct parser *p, const struct node *node, struct model_end *end)
{
	struct complaint complaint;
	const char *text;

	end->place = node->place;
	if (node->kind == NODE_MAP) {
		if (keys_parse(p, node, &end_keys, end) && !node->first)
			diag_error(p->diags, E_BAD_END, node->place, NULL, "expected %s", an_end);
		return;
	}
	text = keys_text(p, node, an_end);
	if (!text)
		return;
	if (is_address(text) ? value_prefix(text, &end->prefix, &complaint)
			     : value_name(text, &complaint)) {
		keys_complain(p, node, &complaint);
		return;
	}
	end->word = keys_copy(p, node);
	if (is_address(text))
		end->kind = MODEL_END_PREFIX;
	else if (strcmp(text, "any"))
		end->kind = MODEL_END_NAME;
}

/* Assertions. */

static void assertion_from(struct parser *p, const struct node *node, void *into)
{
	parse_end(p, node, &((struct model_assertion *)into)->from);
}

static void assertion_to(struct parser *p, const struct node *node, void *into)
{
	parse_end(p, node, &((struct model_assertion *)into)->to);
}

static void assertion_service(struct parser *p, const struct node *node, void *into)
{
	struct model_assertion *assertion = into;
	struct model_service_use use, *item;

	if (!parse_service_use(p, node, &use))
		return;
	item = keys_check(p, vec_add(&assertion->services));
	if (item)
		*item = use;
}

static void assertion_services(struct parser *p, const struct node *node, void *into)
{
	if (keys_parse_list(p, node, "a list of services", into, assertion_service) && !node->first)
		diag_error(p->diags, E_EMPTY, node->place,
			   "name at least one, or leave `services` out for all there are",
			   "an empty list of services");
}

static const struct key never_table[] = {
	{ "from", true, assertion_from },
	{ "to", true, assertion_to },
	{ "services", false, assertion_services },
};
KEYS(never_keys, "an assertion `never`", never_table);

/* That everything may pass is nothing that somebody asserts. */
static const struct key always_table[] = {
	{ "from", true, assertion_from },
	{ "to", true, assertion_to },
	{ "services", true, assertion_services },
};
KEYS(always_keys, "an assertion `always`", always_table);

static void isolated_end(struct parser *p, const struct node *node, void *into)
{
	struct model_assertion *assertion = into;
	struct model_end *end =
		keys_add_item(p, &assertion->ends, MODEL_MAX_ENDS, node, "isolated ends");

	if (!end)
		return;
	parse_end(p, node, end);
	if (end->word.text && end->kind == MODEL_END_ANY)
		diag_error(p->diags, E_BAD_END, node->place,
			   "name groups, profiles or networks, as in [icu, radiology]",
			   "`any` cannot be isolated from the others");
}

struct assertion_in_work {
	struct model_assertion *assertion;
	unsigned kinds;
};

static void item_never(struct parser *p, const struct node *node, void *into)
{
	struct assertion_in_work *work = into;

	work->kinds++;
	work->assertion->kind = MODEL_NEVER;
	keys_parse(p, node, &never_keys, work->assertion);
}

static void item_always(struct parser *p, const struct node *node, void *into)
{
	struct assertion_in_work *work = into;

	work->kinds++;
	work->assertion->kind = MODEL_ALWAYS;
	keys_parse(p, node, &always_keys, work->assertion);
}

static void item_isolated(struct parser *p, const struct node *node, void *into)
{
	struct assertion_in_work *work = into;

	work->kinds++;
	work->assertion->kind = MODEL_ISOLATED;
	if (keys_parse_list(p, node, "a list of ends", work->assertion, isolated_end) &&
	    (!node->first || !node->first->next))
		diag_error(p->diags, E_ASSERTION, node->place,
			   "name at least two, as in [icu, radiology]",
			   "`isolated` says of several that none reaches another");
}

static const struct key assertion_table[] = {
	{ "never", false, item_never },
	{ "always", false, item_always },
	{ "isolated", false, item_isolated },
};
KEYS(assertion_keys, "an assertion", assertion_table);

static void parse_assertion(struct parser *p, const struct node *node, void *into)
{
	struct model *model = into;
	struct assertion_in_work work = {
		.assertion = keys_add_item(p, &model->assertions, MODEL_MAX_ASSERTIONS, node,
					   "assertions"),
	};

	unsigned errors = p->diags->errors;

	if (!work.assertion)
		return;
	work.assertion->place = node->place;
	if (keys_parse(p, node, &assertion_keys, &work) && work.kinds != 1 &&
	    p->diags->errors == errors)
		diag_error(p->diags, E_ASSERTION, node->place, "write an item of the list for each",
			   "an assertion is one of `never`, `always` and `isolated`");
}

void parse_assertions(struct parser *p, const struct node *node, void *into)
{
	if (keys_parse_list(p, node, "a list of assertions", into, parse_assertion) && !node->first)
		diag_error(p->diags, E_EMPTY, node->place, "leave `assert` out",
			   "an empty list of assertions");
}

/* Tests. */

static void test_from(struct parser *p, const struct node *node, void *into)
{
	parse_end(p, node, &((struct model_test *)into)->from);
}

static void test_to(struct parser *p, const struct node *node, void *into)
{
	parse_end(p, node, &((struct model_test *)into)->to);
}

static void test_service(struct parser *p, const struct node *node, void *into)
{
	parse_service_use(p, node, &((struct model_test *)into)->service);
}

static void test_expect(struct parser *p, const struct node *node, void *into)
{
	static const char *const words[] = { "deny", "allow" };
	static const struct value_choices choices = { "what a test expects", words,
						      ARRAY_SIZE(words) };
	unsigned at;

	if (keys_choice(p, node, &choices, &at))
		((struct model_test *)into)->allowed = at == 1;
}

static const struct key test_table[] = {
	{ "from", true, test_from },
	{ "to", true, test_to },
	{ "service", true, test_service },
	{ "expect", true, test_expect },
};
KEYS(test_keys, "a test", test_table);

static void parse_test(struct parser *p, const struct node *node, void *into)
{
	struct model *model = into;
	struct model_test *test = keys_add_item(p, &model->tests, MODEL_MAX_TESTS, node, "tests");

	if (!test)
		return;
	test->place = node->place;
	keys_parse(p, node, &test_keys, test);
}

void parse_tests(struct parser *p, const struct node *node, void *into)
{
	if (keys_parse_list(p, node, "a list of tests", into, parse_test) && !node->first)
		diag_error(p->diags, E_EMPTY, node->place, "leave `tests` out",
			   "an empty list of tests");
}
