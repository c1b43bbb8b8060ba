/* SPDX-License-Identifier: GPL-2.0-only */
/* What devices of a group may open, and what may be opened to them, before and after. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/cells.h"
#include "policy/diff_parts.h"

/* Longer lists of prefixes are cut in sentences; the line itself has all of them. */
#define PREFIXES_SHOWN 6

enum verb {
	GAINS,
	LOSES,
	KEEPS, /* on other terms */
	STAYS, /* nothing changes */
};

/* What is said of cells that change in the same way. */
struct remark {
	enum verb verb;
	struct terms_change change;
	char *terms; /* "hours: Mon-Fri -> always", "" for nothing */
};

struct reach {
	struct differ *d;
	const struct diff_group *group;
	enum ward_side opener;
	const struct model_profile *old, *new;
	cell_list old_cells, new_cells;
	limit_pairs limits;
	struct classes chains; /* rules of both sides, in their order */
	VEC(uint32_t) remark_of; /* by chain: index + 1 */
	VEC(struct remark) remarks;
	cell_list changed; /* value: index of the remark */
	cell_list freed; /* value: the model that has a device there, which is in the way */
};

static void reach_free(struct reach *r)
{
	for (size_t i = 0; i < r->remarks.count; i++)
		free(r->remarks.items[i].terms);
	vec_free(&r->remarks);
	vec_free(&r->remark_of);
	vec_free(&r->limits);
	classes_free(&r->chains);
	vec_free(&r->changed);
	vec_free(&r->freed);
	vec_free(&r->old_cells);
	vec_free(&r->new_cells);
}

/* On what terms a gained or lost cell is open. */
static void add_terms(const struct model_rule *rule, struct text *out)
{
	if (rule->hours.text)
		text_add(out, ", %s", rule->hours.text);
	if (rule->expires.text)
		text_add(out, ", until %s", rule->expires.text);
	if (rule->encryption == MODEL_ENCRYPTION_REQUIRED)
		text_add(out, ", encrypted");
}

static int make_remark(const struct terms_chain *old, const struct terms_chain *new,
		       struct remark *out)
{
	struct text terms = { 0 };

	*out = (struct remark){ .verb = STAYS };
	if (!old->count || !new->count) {
		const struct terms_chain *side = old->count ? old : new;

		out->verb = old->count ? LOSES : GAINS;
		out->change = (struct terms_change){ true, new->count != 0, old->count != 0 };
		for (size_t i = 0; i < side->count; i++) {
			text_add(&terms, "%s", i ? "; or" : "");
			add_terms(side->rules[i], &terms);
		}
	} else {
		out->change = terms_compare(old, new);
		if (out->change.differs) {
			out->verb = KEEPS;
			terms_describe(old, new, &terms);
		}
	}
	if (text_status(&terms)) {
		text_free(&terms);
		return -ENOMEM;
	}
	out->terms = terms.bytes ?: strdup("");
	return out->terms ? 0 : -ENOMEM;
}

static bool is_same_remark(const struct remark *a, const struct remark *b)
{
	return a->verb == b->verb && a->change.widened == b->change.widened &&
	       a->change.narrowed == b->change.narrowed && !strcmp(a->terms, b->terms);
}

/* Each way in which rules change is looked at once, and said once. */
static int intern_remark(struct reach *r, const struct terms_chain *old,
			 const struct terms_chain *new, uint32_t *out)
{
	struct remark remark, *added;
	int err = make_remark(old, new, &remark);

	if (err)
		return err;
	for (uint32_t i = 0; i < r->remarks.count; i++) {
		if (is_same_remark(&r->remarks.items[i], &remark)) {
			free(remark.terms);
			*out = i;
			return 0;
		}
	}
	added = vec_add(&r->remarks);
	if (!added) {
		free(remark.terms);
		return -ENOMEM;
	}
	*added = remark;
	*out = (uint32_t)r->remarks.count - 1;
	return 0;
}

/* The entries of one cell, on one side. */
struct side {
	const cell_list *cells;
	size_t first, next;
};

static struct terms_chain chain_of(const struct side *side, const struct model *model,
				   const struct model_profile *profile,
				   const struct model_rule **rules)
{
	struct terms_chain chain = { rules, 0, model->time_zone.text };

	for (size_t i = side->first; i < side->next; i++)
		rules[chain.count++] = &profile->rules.items[side->cells->items[i].value];
	return chain;
}

/* Rules that decide the same, one in the other's place. */
static int pair_limits(struct reach *r, const struct terms_chain *old,
		       const struct terms_chain *new)
{
	for (size_t i = 0; old->count == new->count &&i < old->count; i++) {
		struct limit_pair *pair;

		if (!old->rules[i]->limit.place.line || !new->rules[i]->limit.place.line)
			continue;
		pair = vec_add(&r->limits);
		if (!pair)
			return -ENOMEM;
		*pair = (struct limit_pair){ old->rules[i], new->rules[i] };
	}
	return 0;
}

static int remark_on(struct reach *r, const struct side *old, const struct side *new, uint32_t *out)
{
	size_t count = old->next - old->first + new->next - new->first, m = 0;
	_cleanup_free_ uint32_t *members = calloc(count + 1, sizeof(*members));
	_cleanup_free_ const struct model_rule **rules = calloc(count + 1, sizeof(*rules));
	struct terms_chain before, after;
	uint32_t chain;
	int err;

	if (!members || !rules)
		return -ENOMEM;
	for (size_t i = old->first; i < old->next; i++)
		members[m++] = old->cells->items[i].value;
	members[m++] = UINT32_MAX;
	for (size_t i = new->first; i < new->next; i++)
		members[m++] = new->cells->items[i].value;
	if (classes_intern(&r->chains, members, m, &chain))
		return -ENOMEM;
	while (r->remark_of.count <= chain)
		if (!vec_add(&r->remark_of))
			return -ENOMEM;
	if (!r->remark_of.items[chain]) {
		before = chain_of(old, r->d->old, r->old, rules);
		after = chain_of(new, r->d->new, r->new, rules + before.count);
		err = intern_remark(r, &before, &after, out) ?: pair_limits(r, &before, &after);
		if (err)
			return err;
		r->remark_of.items[chain] = *out + 1;
	}
	*out = r->remark_of.items[chain] - 1;
	return 0;
}

/* The rules of the group open it, before and after: who else is asked, in one of the two? */
static int compare_freed(struct reach *r, const struct cell *cell)
{
	struct freed_cell at = { 0, r->opener, cell->peer, cell->service };

	for (; at.model < SPACE_MODELS; at.model++) {
		const bool *classes = r->d->freed.classes[at.model];
		int in = classes && classes[cell->peer] ? diff_lets_in(r->d, r->group, &at) : 1;
		struct cell *freed = in ? NULL : vec_add(&r->freed);

		if (in < 0 || (!in && !freed))
			return -ENOMEM;
		if (freed)
			*freed = (struct cell){ cell->peer, cell->service, (uint32_t)at.model };
	}
	return 0;
}

static int compare_cell(struct reach *r, const struct side *old, const struct side *new)
{
	const struct cell *cell = old->next > old->first ? &old->cells->items[old->first]
							 : &new->cells->items[new->first];
	struct cell *changed;
	uint32_t remark;
	int err = remark_on(r, old, new, &remark);

	if (!err && old->next > old->first && new->next > new->first)
		err = compare_freed(r, cell);
	if (err || r->remarks.items[remark].verb == STAYS)
		return err;
	changed = vec_add(&r->changed);
	if (!changed)
		return -ENOMEM;
	*changed = (struct cell){ cell->peer, cell->service, remark };
	return 0;
}

/* Both sides in step. */
static int compare_cells(struct reach *r, const cell_list *old, const cell_list *new)
{
	struct side a = { old, 0, 0 }, b = { new, 0, 0 };
	int err = 0;

	while (!err && (a.next < old->count || b.next < new->count)) {
		int order;

		a.first = a.next;
		b.first = b.next;
		if (a.first == old->count)
			order = 1;
		else if (b.first == new->count)
			order = -1;
		else
			order = cells_compare(&old->items[a.first], &new->items[b.first]);
		if (order <= 0)
			a.next = cells_next(old, a.first);
		if (order >= 0)
			b.next = cells_next(new, b.first);
		err = compare_cell(r, &a, &b);
	}
	return err;
}

/* The network whose addresses these are, none more and none less, or NULL. */
static const char *network_of(const struct reach *r, const struct block *block, bool old)
{
	const struct space *space = &r->d->space;
	const struct model *model = old ? r->d->old : r->d->new;
	size_t wanted = 0;

	for (size_t c = 0; c < space->peers.sets.count; c++)
		wanted += block->peers[c];
	for (uint32_t n = 0; n < model->networks.count; n++) {
		struct class_range range = space_network(space, old ? 0 : 1, n);
		size_t i = 0;

		while (i < range.count && block->peers[range.classes[i]])
			i++;
		/* That of a group is known by the group. */
		if (i == range.count && i == wanted && !model->networks.items[n].group)
			return model->networks.items[n].name.text;
	}
	return NULL;
}

static void add_peers(const struct diff_line *line, struct text *out)
{
	if (line->network)
		text_add(out, "%s (", line->network);
	space_print_prefixes(line->peers.items, line->peers.count, PREFIXES_SHOWN, out);
	text_add(out, "%s", line->network ? ")" : "");
}

/* "may newly open tcp/104 to pacs (10.20.30.40), Mon-Fri 07:00-19:00" */
static void describe(const struct remark *remark, enum ward_side opener,
		     const struct diff_line *line, struct text *out)
{
	static const char *const opens[] = { "may newly open ", "may no longer open ",
					     "may open " };
	static const char *const opened[] = { "may newly be opened to on ",
					      "may no longer be opened to on ",
					      "may be opened to on " };

	text_add(out, "%s", (opener == WARD_CLINICAL ? opens : opened)[remark->verb]);
	space_print_ports(line->services.items, line->services.count, out);
	text_add(out, "%s", opener == WARD_CLINICAL ? " to " : " from ");
	add_peers(line, out);
	if (remark->verb == KEEPS)
		text_add(out, ": %s", remark->terms);
	else
		text_add(out, "%s", remark->terms);
}

/* Of the first rule that decides one of the cells. */
static struct place place_of(const struct reach *r, const struct block *block, bool old)
{
	const cell_list *cells = old ? &r->old_cells : &r->new_cells;
	uint32_t first = UINT32_MAX;

	for (size_t i = 0; i < cells->count; i++)
		if (block->peers[cells->items[i].peer] &&
		    block->services[cells->items[i].service] && cells->items[i].value < first)
			first = cells->items[i].value;
	return first == UINT32_MAX ? (struct place){ 0 }
				   : (old ? r->old : r->new)->rules.items[first].place;
}

static int add_block(struct reach *r, const struct block *block, const struct remark *remark)
{
	struct text nothing = { 0 }, sentence = { 0 };
	struct diff_line *line;

	line = diff_add(r->d,
			r->group->in_quarantine	     ? DIFF_QUARANTINE
			: r->opener == WARD_CLINICAL ? DIFF_OPENS
						     : DIFF_OPENED,
			remark->change, &nothing);
	if (!line || space_prefixes(&r->d->space, block->peers, &line->peers) ||
	    space_port_ranges(&r->d->space, block->services, &line->services))
		return -ENOMEM;
	line->in_old = remark->verb == LOSES;
	line->place = place_of(r, block, line->in_old);
	line->network = network_of(r, block, line->in_old);
	describe(remark, r->opener, line, &sentence);
	if (text_status(&sentence)) {
		text_free(&sentence);
		return -ENOMEM;
	}
	free(line->sentence);
	line->sentence = sentence.bytes;
	return diff_add_group(r->d, line, r->group);
}

static int add_blocks(struct reach *r)
{
	block_list blocks = { 0 };
	int err = cells_to_blocks(&r->d->space, &r->changed, &blocks);

	for (size_t i = 0; !err && i < blocks.count; i++)
		err = add_block(r, &blocks.items[i], &r->remarks.items[blocks.items[i].value]);
	blocks_free(&blocks);
	return err;
}

static int add_freed_blocks(struct reach *r)
{
	static const struct remark remarks[SPACE_MODELS] = {
		{ GAINS, { true, true, false }, ": no device of the policy any more" },
		{ LOSES, { true, false, true }, ": now a device, which does not allow all of it" },
	};
	block_list blocks = { 0 };
	int err = cells_to_blocks(&r->d->space, &r->freed, &blocks);

	for (size_t i = 0; !err && i < blocks.count; i++)
		err = add_block(r, &blocks.items[i], &remarks[blocks.items[i].value]);
	blocks_free(&blocks);
	return err;
}

static int reach_one_way(struct differ *d, const struct diff_group *group, enum ward_side opener)
{
	static const struct model_profile none;
	_cleanup_(reach_free) struct reach r = { .d = d, .group = group, .opener = opener };
	int err;

	r.old = group->old_profile == DIFF_NONE ? &none
						: &d->old->profiles.items[group->old_profile];
	r.new = group->new_profile == DIFF_NONE ? &none
						: &d->new->profiles.items[group->new_profile];
	err = cells_of(&d->space, 0, r.old, opener, &r.old_cells) ?:
	      cells_of(&d->space, 1, r.new, opener, &r.new_cells) ?:
	      compare_cells(&r, &r.old_cells, &r.new_cells) ?:
	      add_blocks(&r) ?: add_freed_blocks(&r);
	return err ?: diff_shares(d, group, &r.limits);
}

int diff_reach(struct differ *d, const struct diff_group *group)
{
	return reach_one_way(d, group, WARD_CLINICAL) ?: reach_one_way(d, group, WARD_IT);
}
