/* SPDX-License-Identifier: GPL-2.0-only */
/* What the ends of assertions and tests are. Whether they hold is not asked here. */
#include <errno.h>
#include <stdio.h>

#include "base/own.h"
#include "policy/check_devices.h"

/* What an end may name, in the order of enum model_end_kind from MODEL_END_NETWORK on. */
enum { NETWORK, PROFILE, DEVICE, GROUP, KINDS };

static const char *const kind_names[KINDS] = { "network", "profile", "device", "group" };

struct ends {
	struct checker *c;
	struct names names[KINDS];
};

static void ends_free(struct ends *ends)
{
	for (size_t i = 0; i < KINDS; i++)
		names_free(&ends->names[i]);
}

static size_t count_of(const struct model *model, unsigned kind)
{
	const size_t counts[KINDS] = { model->networks.count, model->profiles.count,
				       model->devices.count, model->groups.count };

	return counts[kind];
}

/* NULL for the network of a group, which has the group's name. */
static const char *name_of(const struct model *model, unsigned kind, size_t i)
{
	switch (kind) {
	case NETWORK:
		return model->networks.items[i].group ? NULL : model->networks.items[i].name.text;
	case PROFILE:
		return model->profiles.items[i].name.text;
	case DEVICE:
		return model->devices.items[i].name.text;
	default:
		return model->groups.items[i].name.text;
	}
}

static int index_names(struct ends *ends)
{
	for (unsigned kind = 0; kind < KINDS; kind++)
		for (size_t i = 0; i < count_of(ends->c->model, kind); i++) {
			const char *name = name_of(ends->c->model, kind, i);
			uint32_t first;

			if (name &&
			    names_add(&ends->names[kind], name, (uint32_t)i, &first) == -ENOMEM)
				return -ENOMEM;
		}
	return 0;
}

/* `kinds`: those that it may be, a bit each. */
static void unknown_end(const struct ends *ends, const struct model_end *end, unsigned kinds)
{
	struct nearest nearest = { .wanted = end->word.text };
	char hint[256];

	for (unsigned kind = 0; kind < KINDS; kind++)
		for (size_t i = 0; kinds & 1u << kind && i < count_of(ends->c->model, kind); i++) {
			const char *name = name_of(ends->c->model, kind, i);

			if (name)
				nearest_try(&nearest, name);
		}
	snprintf(hint, sizeof(hint), "did you mean '%s'?", nearest.best ?: "");
	diag_error(ends->c->diags, E_UNKNOWN_NAME, end->word.place, nearest.best ? hint : NULL,
		   end->qualified ? "unknown %s '%s'" : "no network, profile, device or %s is '%s'",
		   kind_names[end->qualified ? end->kind - MODEL_END_NETWORK : GROUP],
		   end->word.text);
}

static void ambiguous_end(const struct ends *ends, const struct model_end *end, unsigned found)
{
	char hint[256], what[128];
	size_t shown = 0, said = 0;

	for (unsigned kind = 0; kind < KINDS; kind++) {
		if (!(found & 1u << kind))
			continue;
		shown += (size_t)snprintf(hint + shown, sizeof(hint) - shown, "%s{%s: %s}",
					  shown ? " or " : "write ", kind_names[kind],
					  end->word.text);
		said += (size_t)snprintf(what + said, sizeof(what) - said, "%sa %s",
					 said ? " and " : "", kind_names[kind]);
	}
	diag_error(ends->c->diags, E_AMBIGUOUS_NAME, end->word.place, hint, "'%s' is %s",
		   end->word.text, what);
}

/* What an assertion is about is in use. */
static void mark_used(struct checker *c, const struct model_end *end)
{
	if (end->kind == MODEL_END_NETWORK)
		c->used_networks[end->index] = 1;
	if (end->kind == MODEL_END_GROUP)
		c->used_groups[end->index] = 1;
}

static void resolve_end(const struct ends *ends, struct model_end *end)
{
	unsigned kinds = end->qualified ? 1u << (end->kind - MODEL_END_NETWORK) : (1u << KINDS) - 1;
	unsigned found = 0;

	if (!end->qualified && end->kind != MODEL_END_NAME)
		return;
	for (unsigned kind = 0; kind < KINDS; kind++) {
		uint32_t index;

		if (!(kinds & 1u << kind) ||
		    !names_find(&ends->names[kind], end->word.text, &index))
			continue;
		found |= 1u << kind;
		end->kind = MODEL_END_NETWORK + kind;
		end->index = index;
	}
	if (!found)
		unknown_end(ends, end, kinds);
	else if (found & (found - 1))
		ambiguous_end(ends, end, found);
	else
		mark_used(ends->c, end);
}

static int check_assertion(const struct ends *ends, struct model_assertion *assertion)
{
	if (assertion->kind != MODEL_ISOLATED) {
		resolve_end(ends, &assertion->from);
		resolve_end(ends, &assertion->to);
	}
	for (size_t i = 0; i < assertion->ends.count; i++) {
		struct model_end *end = &assertion->ends.items[i];

		resolve_end(ends, end);
		for (size_t j = 0; end->kind >= MODEL_END_NETWORK && j < i; j++) {
			if (end->kind == MODEL_END_PREFIX ||
			    assertion->ends.items[j].kind != end->kind ||
			    assertion->ends.items[j].index != end->index)
				continue;
			diag_error(ends->c->diags, E_ITEM_TWICE, end->place,
				   "remove one of the two", "'%s' is in this list already",
				   end->word.text);
			diag_other(ends->c->diags, assertion->ends.items[j].place,
				   "first given here");
		}
	}
	for (size_t i = 0; i < assertion->services.count; i++)
		if (check_service(ends->c, &assertion->services.items[i], 0))
			return -ENOMEM;
	return 0;
}

/* Tests are of one packet. */

static bool is_one_address(const struct model_end *end)
{
	return end->kind == MODEL_END_PREFIX && end->prefix.length == 128;
}

static bool is_one_port(const struct model *model, const struct model_service_use *use)
{
	const struct model_service *service = model_service_named(model, use);
	const struct model_port_range *range = &use->range;

	if (service && service->ranges.count != 1)
		return false;
	if (service)
		range = service->ranges.items;
	return range->first == range->last;
}

static int check_test(const struct ends *ends, struct model_test *test)
{
	struct checker *c = ends->c;
	unsigned errors = c->diags->errors;

	resolve_end(ends, &test->from);
	resolve_end(ends, &test->to);
	if (check_service(c, &test->service, 0))
		return -ENOMEM;
	if (c->diags->errors != errors)
		return 0;
	if (!(test->from.kind == MODEL_END_DEVICE && is_one_address(&test->to)) &&
	    !(is_one_address(&test->from) && test->to.kind == MODEL_END_DEVICE))
		diag_error(c->diags, E_TEST_ENDS, test->place,
			   "as in { from: ct-1, to: 10.20.30.40, service: tcp/104, expect: allow }",
			   "one end of a test is a device, the other a single address");
	if (!is_one_port(c->model, &test->service))
		diag_error(c->diags, E_TEST_ENDS, test->service.word.place,
			   "write one port, as in tcp/104 or icmp/echo",
			   "the service '%s' of a test has several ports", test->service.word.text);
	return 0;
}

int check_assertions(struct checker *c)
{
	_cleanup_(ends_free) struct ends ends = { .c = c };

	if (!c->model->assertions.count && !c->model->tests.count)
		return 0;
	if (index_names(&ends))
		return -ENOMEM;
	for (size_t i = 0; i < c->model->assertions.count && !diags_full(c->diags); i++)
		if (check_assertion(&ends, &c->model->assertions.items[i]))
			return -ENOMEM;
	for (size_t i = 0; i < c->model->tests.count && !diags_full(c->diags); i++)
		if (check_test(&ends, &c->model->tests.items[i]))
			return -ENOMEM;
	return 0;
}
