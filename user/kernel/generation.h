/* SPDX-License-Identifier: GPL-2.0-only */
/* One generation: a loaded program with its own policy maps. */
#ifndef WARDGATE_KERNEL_GENERATION_H
#define WARDGATE_KERNEL_GENERATION_H

#include "kernel/slots.h"
#include "kernel/state.h"

struct gateway_bpf;

struct generation {
	struct gateway_bpf *skeleton;	/* owns program and policy maps until they are attached */
	int program;			/* borrowed from the skeleton */
	uint32_t number;
};

/*
 * Loads the program and fills its policy maps. `ifindexes` are those of the image's ports, 0 for
 * one that is not there. Nothing is attached. The program has run once, on a frame of no link.
 */
int generation_load(struct state *state, const struct image *image,
		    const struct generation_slots *slots, const uint32_t *ifindexes,
		    struct generation *out, struct error *error);
void generation_free(struct generation *generation);

#endif
