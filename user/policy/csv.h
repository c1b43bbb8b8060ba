/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables of text as RFC 4180 has them, row by row, each cell with its place. Quotes are where they
 * belong or the table is refused: a guess could shift the cells of a row.
 */
#ifndef WARDGATE_POLICY_CSV_H
#define WARDGATE_POLICY_CSV_H

#include <stdbool.h>

#include "base/vec.h"
#include "policy/diag.h"
#include "policy/source.h"

#define CSV_MAX_COLUMNS 1024

struct csv_cell {
	const char *text; /* without quotes, and without the blanks around it; never NULL */
	struct place place;
};

/* Zero-initialise it, or csv_new() it. */
struct csv {
	char *bytes; /* a copy of the source, in which cells are unquoted and ended */
	char *at, *end;
	char delimiter;
	struct place place; /* of `at` */
	struct place row;
	VEC(struct csv_cell) cells; /* of the row that was read last */
};

/* -EINVAL when the text holds what a policy may not hold (reported), or -ENOMEM. */
int csv_new(struct csv *csv, const struct source *source, char delimiter, struct diags *diags);
void csv_free(struct csv *csv);

/*
 * Reads a row that is not empty into `cells`; they are valid until csv_free(). 1, 0 at the end,
 * -EINVAL (reported: what follows cannot be read), -ENOMEM.
 */
int csv_row(struct csv *csv, struct diags *diags);

#endif
