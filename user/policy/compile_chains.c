/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which rule decides for a key: the first one that matches. A rule that is out of its time is
 * none, so of rules with a time all that match stay, up to the first that always is one. Keys that
 * lead to the same rules share a chain.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/own.h"
#include "policy/compile.h"

/* Chains of one profile: a hash table of where they begin in the image's steps, plus one. */
struct chains {
	uint32_t *slots;
	size_t size;
	VEC(uint32_t) first;
};

static void chains_free(struct chains *chains)
{
	free(chains->slots);
	vec_free(&chains->first);
}

static size_t chain_length(const struct image *image, size_t first)
{
	size_t i = first;

	while (!(image->steps.items[i].flags & WARD_RULE_LAST))
		i++;
	return i - first + 1;
}

static uint64_t chain_hash(const struct image *image, size_t first)
{
	size_t length = chain_length(image, first);
	uint64_t h = length;

	for (size_t i = 0; i < length; i++) {
		h = (h ^ image->steps.items[first + i].rule) * 0x9e3779b97f4a7c15u;
		h ^= h >> 32;
	}
	return h;
}

/* The flags follow from the rules, and from which is the last one. */
static bool is_same_chain(const struct image *image, size_t a, size_t b)
{
	size_t length = chain_length(image, a);

	return length == chain_length(image, b) &&
	       !memcmp(&image->steps.items[a], &image->steps.items[b],
		       length * sizeof(*image->steps.items));
}

static uint32_t *slot_of(const struct chains *chains, const struct image *image, size_t first)
{
	size_t at = chain_hash(image, first) & (chains->size - 1);

	while (chains->slots[at] && !is_same_chain(image, chains->slots[at] - 1, first))
		at = (at + 1) & (chains->size - 1);
	return &chains->slots[at];
}

static int grow(struct chains *chains, const struct image *image)
{
	size_t size = chains->size ? chains->size * 4 : 64;
	uint32_t *slots = calloc(size, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	free(chains->slots);
	chains->slots = slots;
	chains->size = size;
	for (size_t i = 0; i < chains->first.count; i++)
		*slot_of(chains, image, chains->first.items[i]) = chains->first.items[i] + 1;
	return 0;
}

/* The steps from `first` on, which are the last ones, or the same ones before them. */
static int share_chain(struct chains *chains, struct image *image, uint32_t *first)
{
	uint32_t *slot, *added;

	if (chains->first.count * 2 >= chains->size && grow(chains, image))
		return -ENOMEM;
	slot = slot_of(chains, image, *first);
	if (*slot) {
		image->steps.count = *first;
		*first = *slot - 1;
		return 0;
	}
	added = vec_add(&chains->first);
	if (!added)
		return -ENOMEM;
	*added = *first;
	*slot = *first + 1;
	return 0;
}

static bool is_timed(const struct image *image, uint32_t rule)
{
	const struct ward_rule_time *time = &image->rules.items[rule].time;

	return time->expires || time->schedule;
}

static int too_long(struct compiler *c, size_t profile, uint32_t rule)
{
	const struct model_profile *p = &c->model->profiles.items[profile];
	const struct model_rule *r = &p->rules.items[c->image->rules.items[rule].rule];

	return error_set(
		c->error, -E2BIG,
		"%s:%u: the profile %s has more than %d rules with `hours` or `expires` for "
		"one peer and service; put their hours into fewer rules",
		model_file(c->model, r->place), r->place.line, p->name.text, WARD_CHAIN_TIMED);
}

static int add_step(struct image *image, const struct image_entry *entry, bool last)
{
	struct image_step *step = vec_add(&image->steps);

	if (!step)
		return -ENOMEM;
	step->rule = entry->rule;
	step->flags = entry->flags | WARD_RULE_TIMED | (last ? WARD_RULE_LAST : 0u);
	return 0;
}

/* Entries of one key, in the order of the rules, a rule perhaps twice: they become the first. */
static int make_chain(struct compiler *c, size_t profile, struct chains *chains,
		      struct image_entry *same, size_t count)
{
	struct image *image = c->image;
	uint32_t first = (uint32_t)image->steps.count;
	size_t steps = 0;
	int err = 0;

	for (size_t i = 0; !err && i < count; i++) {
		bool last = !is_timed(image, same[i].rule);

		if (i && same[i].rule == same[i - 1].rule)
			continue;
		if (!last && steps++ == WARD_CHAIN_TIMED)
			return too_long(c, profile, same[i].rule);
		err = add_step(image, &same[i], last);
		if (last)
			break;
	}
	if (err)
		return err;
	image->steps.items[image->steps.count - 1].flags |= WARD_RULE_LAST;
	err = share_chain(chains, image, &first);
	same->rule = first;
	same->flags = WARD_RULE_CHAIN;
	return err;
}

int compile_chains(struct compiler *c, size_t profile)
{
	_cleanup_(chains_free) struct chains chains = { 0 };
	image_entries *out = &c->image->entries;
	struct image_entry *e = c->expanded.items;
	size_t count = c->expanded.count, end;
	int err = 0;

	if (!count)
		return 0;
	if (compile_sort_entries(c) || vec_reserve(out, count))
		return -ENOMEM;
	for (size_t i = 0; !err && i < count; i = end) {
		end = i + 1;
		while (end < count && !memcmp(&e[end].key, &e[i].key, sizeof(e->key)))
			end++;
		if (e[i].rule != UINT32_MAX && is_timed(c->image, e[i].rule))
			err = make_chain(c, profile, &chains, &e[i], end - i);
		out->items[out->count++] = e[i];
	}
	return err;
}
