/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cells as blocks: few rectangles that together are all cells of a value, and no others. Peers with
 * the same services are one row, services with the same peers one column; what remains is a small
 * grid. The fewest rectangles are hard to find (it is the cover of a bipartite graph by bicliques);
 * this takes the one that adds most, again and again. Rectangles may overlap.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/own.h"
#include "policy/cells.h"

/* A larger grid is cut into its rows, or into its columns, whichever are fewer. */
#define GRID 64

struct grid {
	size_t rows, columns;
	uint32_t *row_of, *column_of; /* by class: number + 1, or 0 */
	uint64_t cells[GRID]; /* by row: a bit for each column */
	uint64_t left[GRID]; /* those that no rectangle has yet */
};

struct rectangle {
	uint64_t rows, columns;
};

static void grid_free(struct grid *g)
{
	free(g->row_of);
	free(g->column_of);
}

static int by_value_and_cell(const void *left, const void *right)
{
	const struct cell *a = left, *b = right;

	if (a->value != b->value)
		return a->value < b->value ? -1 : 1;
	return cells_compare(a, b);
}

static void transpose(cell_list *cells)
{
	for (size_t i = 0; i < cells->count; i++) {
		struct cell *cell = &cells->items[i];

		*cell = (struct cell){ cell->service, cell->peer, cell->value };
	}
	if (cells->count)
		qsort(cells->items, cells->count, sizeof(*cells->items), by_value_and_cell);
}

/* The number of each peer's set of services, from 1 on. Of sorted cells of one value. */
static int number_rows(const cell_list *cells, uint32_t *row_of, size_t *count)
{
	_cleanup_(classes_free) struct classes sets = { 0 };
	VEC(uint32_t) members = { 0 };
	int err = 0;

	for (size_t i = 0; !err && i < cells->count;) {
		uint32_t peer = cells->items[i].peer, *member = NULL;

		members.count = 0;
		for (; !err && i < cells->count && cells->items[i].peer == peer; i++) {
			member = vec_add(&members);
			if (member)
				*member = cells->items[i].service;
			err = member ? 0 : -ENOMEM;
		}
		/* The empty set is class 0. */
		err = err ?: classes_intern(&sets, members.items, members.count, &row_of[peer]);
	}
	vec_free(&members);
	*count = sets.sets.count ? sets.sets.count - 1 : 0;
	return err;
}

static int make_grid(const struct space *space, cell_list *cells, struct grid *g)
{
	int err;

	g->row_of = calloc(space->peers.sets.count, sizeof(*g->row_of));
	g->column_of = calloc(space->services.sets.count, sizeof(*g->column_of));
	if (!g->row_of || !g->column_of)
		return -ENOMEM;
	err = number_rows(cells, g->row_of, &g->rows);
	transpose(cells);
	err = err ?: number_rows(cells, g->column_of, &g->columns);
	transpose(cells);
	if (err || g->rows > GRID || g->columns > GRID)
		return err;
	for (size_t i = 0; i < cells->count; i++)
		g->cells[g->row_of[cells->items[i].peer] - 1] |=
			1ull << (g->column_of[cells->items[i].service] - 1);
	for (size_t r = 0; r < g->rows; r++)
		g->left[r] = g->cells[r];
	return 0;
}

/* With these columns, and all rows that have them; then all columns that those rows have. */
static struct rectangle widest(const struct grid *g, uint64_t columns)
{
	struct rectangle out = { 0, ~0ull };

	for (size_t r = 0; r < g->rows; r++) {
		if ((g->cells[r] & columns) != columns)
			continue;
		out.rows |= 1ull << r;
		out.columns &= g->cells[r];
	}
	return out;
}

static unsigned gain(const struct grid *g, const struct rectangle *r)
{
	unsigned bits = 0;

	for (size_t row = 0; row < g->rows; row++)
		if (r->rows >> row & 1)
			bits += (unsigned)__builtin_popcountll(g->left[row] & r->columns);
	return bits;
}

/* Tried are the columns of each row, and each column by itself. */
static struct rectangle best_rectangle(const struct grid *g)
{
	struct rectangle best = { 0, 0 };
	unsigned most = 0;

	for (size_t i = 0; i < g->rows + g->columns; i++) {
		struct rectangle r = widest(g, i < g->rows ? g->cells[i] : 1ull << (i - g->rows));
		unsigned gained = gain(g, &r);

		if (gained <= most)
			continue;
		most = gained;
		best = r;
	}
	return best;
}

static struct block *add_block(const struct space *space, uint32_t value, block_list *out)
{
	struct block *block = vec_add(out);

	if (!block)
		return NULL;
	block->value = value;
	block->peers = calloc(space->peers.sets.count, sizeof(*block->peers));
	block->services = calloc(space->services.sets.count, sizeof(*block->services));
	return block->peers && block->services ? block : NULL;
}

struct rectangles {
	struct rectangle list[2 * GRID]; /* each of the tried ones at most once */
	size_t count;
};

static void choose(struct grid *g, struct rectangles *out)
{
	for (struct rectangle r = best_rectangle(g); r.rows; r = best_rectangle(g)) {
		out->list[out->count++] = r;
		for (size_t row = 0; row < g->rows; row++)
			if (r.rows >> row & 1)
				g->left[row] &= ~r.columns;
	}
}

/* Columns of this row that other rectangles have. */
static uint64_t others(const struct rectangles *all, size_t except, size_t row)
{
	uint64_t columns = 0;

	for (size_t i = 0; i < all->count; i++)
		if (i != except && all->list[i].rows >> row & 1)
			columns |= all->list[i].columns;
	return columns;
}

/*
 * Rows and columns that say nothing which other rectangles do not say are left out, of the smallest
 * first: what was chosen early is what people would say.
 */
static void trim(const struct grid *g, struct rectangles *all)
{
	for (size_t i = all->count; i-- > 0;) {
		struct rectangle *r = &all->list[i];
		uint64_t said = ~0ull;

		for (size_t row = 0; row < g->rows; row++)
			if (r->rows >> row & 1)
				said &= others(all, i, row);
		r->columns &= ~said;
		for (size_t row = 0; row < g->rows; row++)
			if (r->rows >> row & 1 && !(r->columns & ~others(all, i, row)))
				r->rows &= ~(1ull << row);
	}
}

static int cover(const struct space *space, uint32_t value, struct grid *g, block_list *out)
{
	struct rectangles all = { .count = 0 };

	choose(g, &all);
	trim(g, &all);
	for (size_t i = 0; i < all.count; i++) {
		const struct rectangle *r = &all.list[i];
		struct block *block = r->rows && r->columns ? add_block(space, value, out) : NULL;

		if (!r->rows || !r->columns)
			continue;
		if (!block)
			return -ENOMEM;
		for (size_t c = 0; c < space->peers.sets.count; c++)
			block->peers[c] = g->row_of[c] && r->rows >> (g->row_of[c] - 1) & 1;
		for (size_t c = 0; c < space->services.sets.count; c++)
			block->services[c] =
				g->column_of[c] && r->columns >> (g->column_of[c] - 1) & 1;
	}
	return 0;
}

/* A block for each row, or for each column. */
static int cut(const struct space *space, const cell_list *cells, const struct grid *g,
	       block_list *out)
{
	bool by_row = g->rows <= g->columns;
	size_t first = out->count, count = by_row ? g->rows : g->columns;

	for (size_t i = 0; i < count; i++)
		if (!add_block(space, cells->items[0].value, out))
			return -ENOMEM;
	for (size_t i = 0; i < cells->count; i++) {
		const struct cell *cell = &cells->items[i];
		uint32_t at = by_row ? g->row_of[cell->peer] : g->column_of[cell->service];

		out->items[first + at - 1].peers[cell->peer] = true;
		out->items[first + at - 1].services[cell->service] = true;
	}
	return 0;
}

static int add_value(const struct space *space, cell_list *cells, block_list *out)
{
	_cleanup_(grid_free) struct grid g = { 0 };
	int err = make_grid(space, cells, &g);

	if (err)
		return err;
	if (g.rows > GRID || g.columns > GRID)
		return cut(space, cells, &g, out);
	return cover(space, cells->items[0].value, &g, out);
}

int cells_to_blocks(const struct space *space, cell_list *cells, block_list *out)
{
	int err = 0;

	if (cells->count)
		qsort(cells->items, cells->count, sizeof(*cells->items), by_value_and_cell);
	for (size_t i = 0; !err && i < cells->count;) {
		cell_list slice = { .items = cells->items + i };

		while (i + slice.count < cells->count &&
		       cells->items[i + slice.count].value == cells->items[i].value)
			slice.count++;
		i += slice.count;
		err = add_value(space, &slice, out);
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
