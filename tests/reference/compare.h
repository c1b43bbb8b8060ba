/* SPDX-License-Identifier: GPL-2.0-only */
/* Both gateways on the same case, and the shortest case on which they still differ. */
#ifndef WARDGATE_REFERENCE_COMPARE_H
#define WARDGATE_REFERENCE_COMPARE_H

#include "real.h"

/* The reference and the real gateway, in step. */
struct pair {
	struct real *real;
	struct ref *ref;
	uint64_t now;
	uint64_t ahead;		/* s that the wall clock is ahead of `now` */
};

/* On what they differ: where, and what each of them says. */
struct difference {
	size_t event;
	struct ref_verdict real, ref;
};

/* Both forget everything, and are under the first policy. */
void pair_reset(struct pair *pair, const struct ref_case *c);
/* True when they agree. */
bool pair_step(struct pair *pair, const struct ref_case *c, size_t event,
	       struct difference *difference);
/* All events from the start; true when they agree on all of them. */
bool pair_run(struct pair *pair, const struct ref_case *c, struct difference *difference);

/* The same two reasons, and agreement on everything else or not. */
bool difference_same(const struct difference *a, const struct difference *b);
void difference_print(const struct difference *d, const struct ref_case *c, FILE *out);

/*
 * Makes the case as short as it goes while the same two reasons differ: first events, then rules,
 * devices, limits and other parts of the policies, unless it shall be quick: each try loads the
 * program again. Leaves the pair with the last policies loaded.
 */
void shrink(struct pair *pair, struct ref_case **c, struct difference *difference, bool quick);

/* Yields the number of parts that can be left out; leaves out part `index`. */
unsigned simplify_parts(void);
bool simplify(struct ref_case *c, unsigned index);

const char *reason_name(int reason);

#endif
