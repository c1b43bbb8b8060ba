/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A rule has one limit for all that it allows a device. Where one rule becomes two, each with the
 * figures of the one, twice as much may pass.
 */
#include <errno.h>
#include <stdlib.h>

#include "policy/diff_parts.h"

static int by_old(const void *left, const void *right)
{
	const struct limit_pair *a = left, *b = right;

	if (a->old != b->old)
		return a->old < b->old ? -1 : 1;
	return a->new < b->new ? -1 : a->new > b->new;
}

static int by_new(const void *left, const void *right)
{
	const struct limit_pair *a = left, *b = right;

	if (a->new != b->new)
		return a->new < b->new ? -1 : 1;
	return a->old < b->old ? -1 : a->old > b->old;
}

/* `count` rules on the one side share one of the other. */
static int say(struct differ *d, const struct diff_group *group, const struct limit_pair *pair,
	       size_t count, bool apart)
{
	const struct model_rule *rule = pair->new;
	struct text sentence = { 0 };
	struct diff_line *line;

	text_add(&sentence, "limit %s %s: ", rule->opener == WARD_CLINICAL ? "to" : "from",
		 rule->peer.text);
	if (apart)
		text_add(&sentence, "one for all -> one for each of %zu rules", count);
	else
		text_add(&sentence, "one for each of %zu rules -> one for all", count);
	line = diff_add(d, DIFF_LIMIT, (struct terms_change){ true, apart, !apart }, &sentence);
	if (!line)
		return -ENOMEM;
	line->place = rule->place;
	return diff_add_group(d, line, group);
}

static int find_shared(struct differ *d, const struct diff_group *group, limit_pairs *pairs,
		       bool apart)
{
	int err = 0;

	if (pairs->count)
		qsort(pairs->items, pairs->count, sizeof(*pairs->items), apart ? by_old : by_new);
	for (size_t i = 0, next; !err && i < pairs->count; i = next) {
		const struct limit_pair *first = &pairs->items[i], *pair = first;
		size_t rules = 1;

		for (next = i + 1; next < pairs->count; next++) {
			pair = &pairs->items[next];
			if (apart ? pair->old != first->old : pair->new != first->new)
				break;
			rules += apart ? pair->new != pair[-1].new : pair->old != pair[-1].old;
		}
		if (rules > 1)
			err = say(d, group, first, rules, apart);
	}
	return err;
}

int diff_shares(struct differ *d, const struct diff_group *group, limit_pairs *pairs)
{
	return find_shared(d, group, pairs, true) ?: find_shared(d, group, pairs, false);
}
