/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>

#include "compare.h"

/* Takes events out of a copy; keeps the copy when it still fails in the same way. */
static bool try_without(struct pair *pair, struct ref_case **c, size_t first, size_t count,
			struct difference *d)
{
	struct ref_case *less = case_copy(*c);
	struct difference *now = malloc(sizeof(*now));
	uint64_t waited = 0;
	bool kept;

	for (size_t i = first; i < first + count; i++) {
		waited += less->events[i].wait;
		free(less->events[i].frame);
	}
	memmove(&less->events[first], &less->events[first + count],
		(less->count - first - count) * sizeof(*less->events));
	less->count -= count;
	if (first < less->count)
		less->events[first].wait += waited;
	kept = !pair_run(pair, less, now) && difference_same(now, d);
	if (kept) {
		struct ref_case *old = *c;

		*d = *now;
		*c = less;
		less = old;
	}
	case_free(&less);
	free(now);
	return kept;
}

/* What comes after the difference has nothing to do with it. */
static void cut_tail(struct ref_case *c, const struct difference *d)
{
	while (c->count > d->event + 1)
		free(c->events[--c->count].frame);
}

static void shrink_events(struct pair *pair, struct ref_case **c, struct difference *d)
{
	cut_tail(*c, d);
	for (size_t size = (*c)->count / 2; size; size /= 2) {
		size_t first = 0;

		while ((*c)->count > 1 && first + size < (*c)->count)
			if (!try_without(pair, c, first, size, d))
				first += size;
	}
	cut_tail(*c, d);
}

/* Waits that do not matter become short. */
static void shrink_waits(struct pair *pair, struct ref_case *c, struct difference *d)
{
	struct difference *now = malloc(sizeof(*now));

	for (size_t i = 0; i < c->count; i++) {
		uint64_t wait = c->events[i].wait;

		c->events[i].wait = 0;
		if (!pair_run(pair, c, now) && difference_same(now, d) && now->event == d->event)
			*d = *now;
		else
			c->events[i].wait = wait;
	}
	free(now);
}

static bool still_fails(struct pair *pair, struct ref_case *c, const struct difference *d,
			struct difference *now)
{
	char error[4096];

	return real_load(pair->real, c->policies, c->policy_count, error) &&
	       !pair_run(pair, c, now) && difference_same(now, d);
}

static bool try_simplify(struct pair *pair, struct ref_case **c, unsigned part,
			 struct difference *d)
{
	struct ref_case *less = case_copy(*c);
	struct difference *now = malloc(sizeof(*now));
	bool kept = simplify(less, part) && still_fails(pair, less, d, now);

	if (kept) {
		struct ref_case *old = *c;

		*d = *now;
		*c = less;
		less = old;
	}
	case_free(&less);
	free(now);
	return kept;
}

void shrink(struct pair *pair, struct ref_case **c, struct difference *d, bool quick)
{
	char error[4096];

	shrink_events(pair, c, d);
	for (unsigned part = 0; !quick && part < simplify_parts(); part++)
		try_simplify(pair, c, part, d);
	if (!quick) {
		real_load(pair->real, (*c)->policies, (*c)->policy_count, error);
		shrink_events(pair, c, d);
	}
	shrink_waits(pair, *c, d);
	pair_run(pair, *c, d);
}
