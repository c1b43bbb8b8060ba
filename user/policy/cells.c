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

static int by_value_and_cell(const void *left, const void *right)
{
	const struct cell *a = left, *b = right;

	if (a->value != b->value)
		return a->value < b->value ? -1 : 1;
	return cells_compare(a, b);
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

/* Blocks. */

/* Turned over: peers for services. */
static void transpose(cell_list *cells)
{
	for (size_t i = 0; i < cells->count; i++) {
		struct cell *cell = &cells->items[i];

		*cell = (struct cell){ cell->service, cell->peer, cell->value };
	}
}

/*
 * For each value and peer, the set of its services gets a number: rows with the same value and
 * number are one block. `rows` has a cell for each row, whose service is that number.
 */
static int find_rows(const cell_list *cells, struct classes *sets, cell_list *rows)
{
	VEC(uint32_t) members = { 0 };
	int err = 0;

	for (size_t i = 0; !err && i < cells->count;) {
		struct cell row = cells->items[i], *added = vec_add(rows);

		members.count = 0;
		for (; !err && i < cells->count && cells->items[i].value == row.value &&
		       cells->items[i].peer == row.peer;
		     i++) {
			uint32_t *member = vec_add(&members);

			if (member)
				*member = cells->items[i].service;
			err = member ? 0 : -ENOMEM;
		}
		err = err
			      ?: added
				 ? classes_intern(sets, members.items, members.count, &row.service)
				 : -ENOMEM;
		if (!err)
			*added = (struct cell){ row.service, row.peer, row.value };
	}
	vec_free(&members);
	/* The number first, so that rows of one block stand together. */
	if (!err && rows->count)
		qsort(rows->items, rows->count, sizeof(*rows->items), by_value_and_cell);
	return err;
}

static bool is_same_block(const struct cell *a, const struct cell *b)
{
	return a->value == b->value && a->peer == b->peer;
}

static size_t count_blocks(const cell_list *rows)
{
	size_t count = 0;

	for (size_t i = 0; i < rows->count; i++)
		count += !i || !is_same_block(&rows->items[i - 1], &rows->items[i]);
	return count;
}

static int add_blocks(const struct space *space, const cell_list *rows, const struct classes *sets,
		      bool turned, block_list *out)
{
	struct block *block = NULL;

	for (size_t i = 0; i < rows->count; i++) {
		const struct cell *row = &rows->items[i];
		const struct class_set *set = &sets->sets.items[row->peer];

		if (!i || !is_same_block(row - 1, row)) {
			block = vec_add(out);
			if (!block)
				return -ENOMEM;
			block->value = row->value;
			block->peers = calloc(space->peers.sets.count, sizeof(bool));
			block->services = calloc(space->services.sets.count, sizeof(bool));
			if (!block->peers || !block->services)
				return -ENOMEM;
			for (size_t m = 0; m < set->count; m++)
				(turned ? block->peers : block->services)[set->members[m]] = true;
		}
		(turned ? block->services : block->peers)[row->service] = true;
	}
	return 0;
}

int cells_to_blocks(const struct space *space, cell_list *cells, block_list *out)
{
	struct classes sets[2] = { 0 };
	cell_list rows[2] = { 0 };
	int err = 0, fewer;

	if (!cells->count)
		return 0;
	for (int turned = 0; !err && turned < 2; turned++) {
		qsort(cells->items, cells->count, sizeof(*cells->items), by_value_and_cell);
		err = find_rows(cells, &sets[turned], &rows[turned]);
		transpose(cells);
	}
	fewer = !err && count_blocks(&rows[1]) < count_blocks(&rows[0]);
	err = err ?: add_blocks(space, &rows[fewer], &sets[fewer], fewer, out);
	for (int turned = 0; turned < 2; turned++) {
		classes_free(&sets[turned]);
		vec_free(&rows[turned]);
	}
	return err;
}

void blocks_free(block_list *blocks)
{
	for (size_t i = 0; i < blocks->count; i++) {
		free(blocks->items[i].peers);
		free(blocks->items[i].services);
	}
	vec_free(blocks);
}
