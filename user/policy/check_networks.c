/* SPDX-License-Identifier: GPL-2.0-only */
/* Networks that name other networks: what each of them holds in the end. */
#include <errno.h>
#include <stdlib.h>

#include "base/own.h"
#include "policy/check_devices.h"
#include "policy/flatten.h"

enum state {
	NEW,
	DONE,
	BROKEN, /* was reported: whoever names it says nothing more */
};

struct resolver {
	struct checker *c;
	struct trail trail;
	uint8_t *states; /* enum state, by network */
	size_t *parts; /* of a network and of those that it names */
};

static void report_loop(struct checker *c, const struct trail *trail, size_t first,
			const struct word *word)
{
	_cleanup_(text_free) struct text way = { 0 };
	const char *name = trail->kind->name(c->model, trail->steps[first].index);

	for (size_t i = first; i < trail->depth; i++)
		text_add(&way, "%s -> ", trail->kind->name(c->model, trail->steps[i].index));
	text_add(&way, "%s", name);
	diag_error(c->diags, E_CIRCLE, word->place, way.bytes, "the %s '%s' leads back to itself",
		   trail->kind->one, name);
	if (first + 1 < trail->depth)
		diag_other(c->diags, trail->steps[first + 1].word->place, "the circle begins here");
	else
		diag_other(c->diags, trail->steps[first].word->place, "it is named here");
}

bool check_trail_enter(struct checker *c, struct trail *trail, uint32_t index,
		       const struct word *word)
{
	for (size_t i = 0; i < trail->depth; i++) {
		if (trail->steps[i].index != index)
			continue;
		report_loop(c, trail, i, word);
		return false;
	}
	if (trail->depth == MODEL_MAX_NESTING) {
		diag_error(c->diags, E_TOO_DEEP, word->place, NULL,
			   "more than %d %s that lead to each other", MODEL_MAX_NESTING,
			   trail->kind->many);
		diag_other(c->diags, trail->steps[0].word->place, "the first one is here");
		return false;
	}
	trail->steps[trail->depth].index = index;
	trail->steps[trail->depth++].word = word;
	return true;
}

/* What is named must be resolved before; an exception has no need to be in the network. */
static int collect(const struct model *model, const model_network_items *items, model_prefixes *out)
{
	for (size_t i = 0; i < items->count; i++) {
		const struct model_network_item *item = &items->items[i];
		const struct model_prefix *from = &item->prefix;
		size_t count = 1;

		if (item->word.text) {
			from = model->networks.items[item->network].prefixes.items;
			count = model->networks.items[item->network].prefixes.count;
		}
		for (size_t j = 0; j < count; j++) {
			struct model_prefix *prefix = vec_add(out);

			if (!prefix)
				return -ENOMEM;
			*prefix = from[j];
		}
	}
	return 0;
}

int check_flatten(struct checker *c, struct model_network *network)
{
	model_prefixes items = { 0 }, except = { 0 };
	int err = collect(c->model, &network->items, &items)
			  ?: collect(c->model, &network->except, &except);

	if (!err)
		err = flatten(&items, &except, MODEL_MAX_PREFIXES, &network->prefixes);
	vec_free(&items);
	vec_free(&except);
	if (err != -E2BIG)
		return err;
	diag_error(c->diags, E_TOO_MANY, network->name.place,
		   "large networks with many small exceptions take the most",
		   "the %s '%s' comes to more than %d prefixes",
		   network->group ? "group" : "network", network->name.text, MODEL_MAX_PREFIXES);
	return 0;
}

static int resolve(struct resolver *r, uint32_t n, const struct word *word);

/* The names of a list. Yields whether all is well in `good`. */
static int resolve_items(struct resolver *r, const model_network_items *items, size_t *parts,
			 bool *good)
{
	struct checker *c = r->c;

	for (size_t i = 0; i < items->count && !diags_full(c->diags); i++) {
		struct model_network_item *item = &items->items[i];

		++*parts;
		if (!item->word.text)
			continue;
		if (!names_find(&c->networks, item->word.text, &item->network)) {
			check_unknown(c, &item->word, &check_networks);
			*good = false;
			continue;
		}
		c->used_networks[item->network] = 1;
		if (resolve(r, item->network, &item->word))
			return -ENOMEM;
		*good &= r->states[item->network] == DONE;
		*parts += r->parts[item->network] +
			  c->model->networks.items[item->network].prefixes.count;
	}
	return 0;
}

static int finish(struct resolver *r, struct model_network *network, size_t parts)
{
	struct checker *c = r->c;
	int err;

	/* So that neither this nor a naive reading of the policy takes for ever. */
	if (parts > MODEL_MAX_PARTS - c->parts) {
		diag_error(c->diags, E_TOO_MANY, network->name.place, NULL,
			   "up to this one, the networks come to more than %d addresses and "
			   "prefixes with those of the networks that they name",
			   MODEL_MAX_PARTS);
		return 0;
	}
	c->parts += parts;
	err = check_flatten(c, network);
	if (err || network->prefixes.count || diags_full(c->diags))
		return err;
	diag_error(c->diags, E_EMPTY, network->name.place,
		   "what `addresses` hold is all in `except`", "the network '%s' holds no address",
		   network->name.text);
	if (network->except.count)
		diag_other(c->diags,
			   network->except.items[0].word.text
				   ? network->except.items[0].word.place
				   : network->except.items[0].prefix.place,
			   "the exceptions are here");
	return 0;
}

static int resolve(struct resolver *r, uint32_t n, const struct word *word)
{
	struct model_network *network = &r->c->model->networks.items[n];
	unsigned errors = r->c->diags->errors;
	bool good = true;
	size_t parts = 0;
	int err;

	if (r->states[n] != NEW)
		return 0;
	if (!check_trail_enter(r->c, &r->trail, n, word)) {
		r->states[n] = BROKEN;
		return 0;
	}
	err = resolve_items(r, &network->items, &parts, &good)
		      ?: resolve_items(r, &network->except, &parts, &good);
	if (!err && good)
		err = finish(r, network, parts);
	r->trail.depth--;
	r->parts[n] = parts;
	r->states[n] = good && r->c->diags->errors == errors ? DONE : BROKEN;
	return err;
}

int check_all_networks(struct checker *c)
{
	size_t count = c->model->networks.count;
	_cleanup_free_ uint8_t *states = calloc(count + 1, sizeof(*states));
	_cleanup_free_ size_t *parts = calloc(count + 1, sizeof(*parts));
	struct resolver r = {
		.c = c, .trail.kind = &check_networks, .states = states, .parts = parts
	};
	int err = states && parts ? 0 : -ENOMEM;

	for (size_t n = 0; !err && n < count && !diags_full(c->diags); n++)
		err = resolve(&r, (uint32_t)n, &c->model->networks.items[n].name);
	return err;
}
