/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Slots give names a number that stays the same over generations and daemons, so that counters,
 * limits and flows are found again. A name that leaves the policy keeps its slot until a new name
 * finds no free one.
 */
#ifndef WARDGATE_KERNEL_SLOTS_H
#define WARDGATE_KERNEL_SLOTS_H

#include "kernel/state.h"

/*
 * Finds or assigns the slots of everything in the image. Takes nothing away from what runs: names
 * that are not in the image keep their slots until slots_retire(). -EOVERFLOW as of
 * slots_have_room().
 */
int slots_assign(struct state *state, const struct image *image, struct generation_slots *out,
		 struct error *error);

/*
 * -EOVERFLOW with the sentence when the image has more devices or rules than the state has room
 * for, or more new ones than it has beside those in force. Changes nothing.
 */
int slots_have_room(struct state *state, const struct image *image, struct error *error);

/* After a publish that failed: what it took is retired, its settings and counters are kept. */
void slots_give_back(struct state *state);

/* After a publish: marks the slots whose names are no longer in use. */
void slots_retire(struct state *state, const struct image *image,
		  const struct generation_slots *slots);

#endif
