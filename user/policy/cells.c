/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/cells.h"

#include <errno.h>
#include <stdlib.h>

#include "base/own.h"

bool cells_is_conditional(const struct model_rule *rule)
{
	return rule->expires_at || rule->windows.count;
}

int cells_compare(const struct cell *a, const struct cell *b)
{
	if (a->peer != b->peer)
		return a->peer < b->peer ? -1 : 1;
	return a->service < b->service ? -1 : a->service > b->service;
}

static int by_cell_and_value(const void *left, const void *right)
{
	const struct cell *a = left, *b = right;

	return cells_compare(a, b) ?: a->value < b->value ? -1 : a->value > b->value;
}

size_t cells_next(const cell_list *cells, size_t i)
{
	size_t next = i + 1;

	while (next < cells->count && !cells_compare(&cells->items[i], &cells->items[next]))
		next++;
	return next;
}

static int add_rule(const struct space *space, size_t model, const struct model_rule *rule,
		    uint32_t index, cell_list *out)
{
	struct class_range peers = space_network(space, model, rule->network);

	for (size_t s = 0; s < rule->services.count; s++) {
		struct class_range services = space_use(space, model, &rule->services.items[s]);

		for (size_t i = 0; i < peers.count; i++) {
			for (size_t j = 0; j < services.count; j++) {
				struct cell *cell = vec_add(out);

				if (!cell)
					return -ENOMEM;
				*cell = (struct cell){ peers.classes[i], services.classes[j],
						       index };
			}
		}
	}
	return 0;
}

/* Of each cell the rules up to the first that is always in force, each once. */
static void keep_deciding(const struct model_profile *profile, cell_list *cells)
{
	size_t kept = 0;

	for (size_t i = 0, next; i < cells->count; i = next) {
		size_t first = kept;
		bool decided = false;

		next = cells_next(cells, i);
		for (size_t j = i; j < next && !decided; j++) {
			const struct cell *cell = &cells->items[j];

			if (kept > first && cells->items[kept - 1].value == cell->value)
				continue;
			decided = !cells_is_conditional(&profile->rules.items[cell->value]);
			cells->items[kept++] = *cell;
		}
	}
	cells->count = kept;
}

int cells_of(const struct space *space, size_t model, const struct model_profile *profile,
	     enum ward_side opener, cell_list *out)
{
	for (size_t r = 0; r < profile->rules.count; r++)
		if (profile->rules.items[r].opener == opener &&
		    add_rule(space, model, &profile->rules.items[r], (uint32_t)r, out))
			return -ENOMEM;
	if (!out->count)
		return 0;
	qsort(out->items, out->count, sizeof(*out->items), by_cell_and_value);
	keep_deciding(profile, out);
	return 0;
}
