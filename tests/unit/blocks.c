/* SPDX-License-Identifier: GPL-2.0-only */
/* Cells as few rectangles: all of them, and no others. */
#include <criterion/criterion.h>

#include "policy/cells.h"
#include "random_policy.h"

#define CLASSES 100

/* Random cells of two values; each row is one of `kinds` patterns. */
static void compare(unsigned seed, unsigned size, unsigned kinds)
{
	struct space space = { .peers.sets.count = CLASSES, .services.sets.count = CLASSES };
	static bool wanted[2][CLASSES][CLASSES];
	cell_list cells = { 0 };
	block_list blocks = { 0 };

	memset(wanted, 0, sizeof(wanted));
	for (unsigned p = 0; p < size; p++) {
		unsigned pattern = seed * 1000 + random_below(&seed, kinds) + 1;

		for (unsigned s = 0; s < size; s++) {
			unsigned value = random_below(&pattern, 4);

			if (value > 1)
				continue;
			wanted[value][p][s] = true;
			*vec_add(&cells) = (struct cell){ p, s, value };
		}
	}
	cr_assert_eq(cells_to_blocks(&space, &cells, &blocks), 0);
	for (unsigned value = 0; value < 2; value++) {
		for (unsigned p = 0; p < CLASSES; p++) {
			for (unsigned s = 0; s < CLASSES; s++) {
				bool found = false;

				for (size_t b = 0; b < blocks.count; b++)
					found |= blocks.items[b].value == value &&
						 blocks.items[b].peers[p] &&
						 blocks.items[b].services[s];
				cr_assert_eq(found, wanted[value][p][s]);
			}
		}
	}
	blocks_free(&blocks);
	vec_free(&cells);
}

Test(blocks, are_all_cells_and_no_others)
{
	for (unsigned seed = 1; seed <= 40; seed++) {
		compare(seed, 1 + seed % 8, 3);
		compare(seed, 30, 5);
	}
}

Test(blocks, of_a_large_grid_are_its_rows_or_columns)
{
	for (unsigned seed = 1; seed <= 3; seed++)
		compare(seed, CLASSES, 1000);
}

Test(blocks, are_few)
{
	/* A wide set of peers with one service, and a narrow one with two more. */
	struct space space = { .peers.sets.count = 8, .services.sets.count = 8 };
	cell_list cells = { 0 };
	block_list blocks = { 0 };

	for (uint32_t p = 0; p < 4; p++)
		*vec_add(&cells) = (struct cell){ p, 0, 0 };
	*vec_add(&cells) = (struct cell){ 2, 1, 0 };
	*vec_add(&cells) = (struct cell){ 2, 2, 0 };
	cr_assert_eq(cells_to_blocks(&space, &cells, &blocks), 0);
	cr_assert_eq(blocks.count, 2);
	cr_assert(blocks.items[0].peers[0] && blocks.items[0].peers[3]);
	cr_assert_not(blocks.items[1].services[0], "what is said once is not said again");
	blocks_free(&blocks);
	vec_free(&cells);
}
