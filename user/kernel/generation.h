/* SPDX-License-Identifier: GPL-2.0-only */
/* One generation: a loaded program with its own policy maps. */
#ifndef WARDGATE_KERNEL_GENERATION_H
#define WARDGATE_KERNEL_GENERATION_H

#include "kernel/routes.h"
#include "kernel/slots.h"
#include "kernel/state.h"

struct gateway_bpf;

struct port_now {
	uint32_t ifindex;	/* 0: not there */
	uint8_t mac[6];
	uint16_t zero;
};

/* What a generation is made of. All is borrowed. */
struct generation_parts {
	const struct image *image;
	const struct generation_slots *slots;
	const struct port_now *ports;	/* the image's ports, as they are now */
	const struct routes *routes;	/* NULL: none */
};

struct generation {
	struct gateway_bpf *skeleton;	/* owns program and policy maps until they are attached */
	int program;			/* borrowed from the skeleton */
	uint32_t number;
};

/*
 * Loads the program and fills its policy maps. Nothing is attached. The program has run once, on a
 * frame of no link.
 */
int generation_load(struct state *state, const struct generation_parts *parts,
		    struct generation *out, struct error *error);
void generation_free(struct generation *generation);

#endif
