/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/asserts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/asserts_parts.h"
#include "policy/values.h"

void assert_results_free(struct assert_results *results)
{
	for (size_t i = 0; i < results->list.count; i++) {
		free(results->list.items[i].name);
		free(results->list.items[i].message);
	}
	vec_free(&results->list);
}

/* What is asked, as people wrote it. */

static void add_end(const struct model_end *end, struct text *out)
{
	if (end->word.text)
		text_add(out, "%s", end->word.text);
	else if (end->kind == MODEL_END_PREFIX)
		space_print_prefix(&end->prefix, out);
	else
		text_add(out, "any");
}

static void add_use(const struct model_service_use *use, struct text *out)
{
	char ports[VALUES_PORTS];

	text_add(out, "%s", use->in_place ? values_ports(ports, &use->range) : use->word.text);
}

static void name_assertion(const struct model_assertion *a, struct text *out)
{
	if (a->kind == MODEL_ISOLATED) {
		text_add(out, "isolated:");
		for (size_t i = 0; i < a->ends.count; i++) {
			text_add(out, "%s", i ? ", " : " ");
			add_end(&a->ends.items[i], out);
		}
		return;
	}
	text_add(out, "%s: from ", a->kind == MODEL_NEVER ? "never" : "always");
	add_end(&a->from, out);
	text_add(out, " to ");
	add_end(&a->to, out);
	for (size_t i = 0; i < a->services.count; i++) {
		text_add(out, "%s", i ? ", " : ": ");
		add_use(&a->services.items[i], out);
	}
}

static void name_test(const struct model_test *test, struct text *out)
{
	add_end(&test->from, out);
	text_add(out, " to ");
	add_end(&test->to, out);
	text_add(out, ": ");
	add_use(&test->service, out);
	text_add(out, " is %s", test->allowed ? "allowed" : "denied");
}

/* All ends and services of the policy, in one world. */

struct asked {
	VEC(const struct model_end *) ends;
	VEC(struct world_services) services;
};

static int ask_end(struct asked *asked, const struct model_end *end)
{
	const struct model_end **slot = vec_add(&asked->ends);

	if (slot)
		*slot = end;
	return slot ? 0 : -ENOMEM;
}

static int ask_services(struct asked *asked, const struct model_service_use *items, size_t count)
{
	struct world_services *slot = vec_add(&asked->services);

	if (slot)
		*slot = (struct world_services){ items, count };
	return slot ? 0 : -ENOMEM;
}

static int ask_all(const struct model *model, struct asked *asked)
{
	int err = 0;

	for (size_t i = 0; !err && i < model->assertions.count; i++) {
		const struct model_assertion *a = &model->assertions.items[i];

		for (size_t e = 0; !err && a->kind == MODEL_ISOLATED && e < a->ends.count; e++)
			err = ask_end(asked, &a->ends.items[e]);
		if (!err && a->kind != MODEL_ISOLATED)
			err = ask_end(asked, &a->from) ?: ask_end(asked, &a->to);
		err = err ?: ask_services(asked, a->services.items, a->services.count);
	}
	for (size_t i = 0; !err && i < model->tests.count; i++) {
		const struct model_test *test = &model->tests.items[i];

		err = ask_end(asked, &test->from) ?: ask_end(asked, &test->to) ?:
		      ask_services(asked, &test->service, 1);
	}
	return err;
}

static struct assert_result *add_result(struct assert_results *out, struct place place,
					struct text *name)
{
	struct assert_result *result = text_status(name) ? NULL : vec_add(&out->list);

	if (!result) {
		text_free(name);
		return NULL;
	}
	result->place = place;
	result->holds = true;
	result->name = name->bytes;
	*name = (struct text){ 0 };
	return result;
}

static int judge_assertion(struct world *world, const struct model_assertion *a, size_t end,
			   const bool *services, struct assert_result *result)
{
	struct assert_question q = { world, &world->ends[end], NULL, services, result };
	int err = 0;

	if (a->kind != MODEL_ISOLATED) {
		q.to = &world->ends[end + 1];
		return a->kind == MODEL_NEVER ? assert_never(&q) : assert_always(&q);
	}
	for (size_t i = 0; i < a->ends.count; i++) {
		for (size_t j = 0; !err && result->holds && j < a->ends.count; j++) {
			q.from = &world->ends[end + i];
			q.to = &world->ends[end + j];
			if (i != j)
				err = assert_never(&q);
		}
	}
	return err;
}

static int judge_all(struct world *world, struct assert_results *out)
{
	const struct model *model = world->model;
	size_t end = 0, services = 0;
	int err = 0;

	for (size_t i = 0; !err && i < model->assertions.count; i++) {
		const struct model_assertion *a = &model->assertions.items[i];
		struct text name = { 0 };
		struct assert_result *result;

		name_assertion(a, &name);
		result = add_result(out, a->place, &name);
		err = result ? judge_assertion(world, a, end, world->services[services++], result)
			     : -ENOMEM;
		end += a->kind == MODEL_ISOLATED ? a->ends.count : 2;
	}
	for (size_t i = 0; !err && i < model->tests.count; i++, end += 2) {
		struct text name = { 0 };
		struct assert_result *result;

		name_test(&model->tests.items[i], &name);
		result = add_result(out, model->tests.items[i].place, &name);
		if (!result)
			return -ENOMEM;
		result->is_test = true;
		err = assert_test(&(struct assert_question){ world, &world->ends[end],
							     &world->ends[end + 1],
							     world->services[services++], result },
				  &model->tests.items[i]);
	}
	return err;
}

int policy_assert(const struct model *model, struct assert_results *out)
{
	_cleanup_(assert_results_free) struct assert_results results = { 0 };
	_cleanup_(world_free) struct world world = { 0 };
	struct asked asked = { 0 };
	int err = ask_all(model, &asked);

	if (!err && (model->assertions.count || model->tests.count)) {
		const struct world_question question = { asked.ends.items, asked.ends.count,
							 asked.services.items,
							 asked.services.count };

		err = world_new(model, &question, &world) ?: judge_all(&world, &results);
	}
	vec_free(&asked.ends);
	vec_free(&asked.services);
	if (err)
		return err;
	for (size_t i = 0; i < results.list.count; i++)
		results.failures += !results.list.items[i].holds;
	*out = results;
	results = (struct assert_results){ 0 };
	return 0;
}

void assert_report(const struct assert_results *results, struct diags *diags)
{
	for (size_t i = 0; i < results->list.count && !diags_full(diags); i++) {
		const struct assert_result *result = &results->list.items[i];

		if (result->holds)
			continue;
		diag_error(diags, result->is_test ? E_TEST_FAILS : E_ASSERTION_FAILS, result->place,
			   NULL, "%s", result->message);
		if (result->rule.line)
			diag_other(diags, result->rule, result->rule_message);
	}
}
