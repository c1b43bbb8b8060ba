/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/print.h"

static void print_end(const struct model_end *end, struct text *out)
{
	static const char *const kinds[] = {
		[MODEL_END_NETWORK] = "network",
		[MODEL_END_PROFILE] = "profile",
		[MODEL_END_DEVICE] = "device",
		[MODEL_END_GROUP] = "group",
	};

	if (end->kind == MODEL_END_PREFIX)
		print_prefix(&end->prefix, out);
	else if (end->qualified)
		text_add(out, "{ %s: %s }", kinds[end->kind], end->word.text);
	else
		text_add(out, "%s", end->word.text);
}

static void print_from_to(const struct model_end *from, const struct model_end *to,
			  struct text *out)
{
	text_add(out, "from: ");
	print_end(from, out);
	text_add(out, ", to: ");
	print_end(to, out);
}

static void print_assertion(const struct model_assertion *assertion, struct text *out)
{
	static const char *const kinds[] = { [MODEL_NEVER] = "never", [MODEL_ALWAYS] = "always" };

	if (assertion->kind == MODEL_ISOLATED) {
		text_add(out, "  - isolated: [");
		for (size_t i = 0; i < assertion->ends.count; i++) {
			text_add(out, "%s", i ? ", " : "");
			print_end(&assertion->ends.items[i], out);
		}
		text_add(out, "]\n");
		return;
	}
	text_add(out, "  - %s: { ", kinds[assertion->kind]);
	print_from_to(&assertion->from, &assertion->to, out);
	for (size_t i = 0; i < assertion->services.count; i++) {
		text_add(out, "%s", i ? ", " : ", services: [");
		print_service_use(&assertion->services.items[i], out);
	}
	text_add(out, assertion->services.count ? "] }\n" : " }\n");
}

void print_assertions(const struct model *model, struct text *out)
{
	text_add(out, model->assertions.count ? "\nassert:\n" : "");
	for (size_t i = 0; i < model->assertions.count; i++)
		print_assertion(&model->assertions.items[i], out);
	text_add(out, model->tests.count ? "\ntests:\n" : "");
	for (size_t i = 0; i < model->tests.count; i++) {
		const struct model_test *test = &model->tests.items[i];

		text_add(out, "  - { ");
		print_from_to(&test->from, &test->to, out);
		text_add(out, ", service: ");
		print_service_use(&test->service, out);
		text_add(out, ", expect: %s }\n", test->allowed ? "allow" : "deny");
	}
}
