/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a profile lets open, cell by cell: a cell is a class of peers and a class of services. Most
 * cells have one rule. Where rules are in force at times only, the next one that matches decides at
 * the others: such a cell has several, in their order, the last of them always in force or not.
 */
#ifndef WARDGATE_POLICY_CELLS_H
#define WARDGATE_POLICY_CELLS_H

#include "policy/space.h"

struct cell {
	uint32_t peer, service;
	uint32_t value;		/* index of the rule in its profile, or what is said of the cell */
};

typedef VEC(struct cell) cell_list;

/* Whether the rule is in force at times only: it expires, or has hours. */
bool cells_is_conditional(const struct model_rule *rule);

/* All cells of what `opener` may open, sorted by peer, service, rule. 0 or -ENOMEM. */
int cells_of(const struct space *space, size_t model, const struct model_profile *profile,
	     enum ward_side opener, cell_list *out);

/* Behind the last entry of the cell at `i`. */
size_t cells_next(const cell_list *cells, size_t i);

/* Orders by peer and service, not by value. */
int cells_compare(const struct cell *a, const struct cell *b);

/* All of these peers with all of these services. */
struct block {
	uint32_t value;
	bool *peers, *services;	/* by class */
};

typedef VEC(struct block) block_list;

/*
 * The cells of each value as few blocks, which may overlap. Sorts `cells`; no cell may stand twice
 * with one value. 0 or -ENOMEM.
 */
int cells_to_blocks(const struct space *space, cell_list *cells, block_list *out);
void blocks_free(block_list *blocks);

#endif
