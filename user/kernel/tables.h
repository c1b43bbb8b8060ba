/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policy maps of a generation that is being made: their sizes before it is loaded, then what
 * they hold. Inside the kernel room only.
 */
#ifndef WARDGATE_KERNEL_TABLES_H
#define WARDGATE_KERNEL_TABLES_H

#include "kernel/cuckoo.h"
#include "kernel/generation.h"

struct tables {
	struct gateway_bpf *skeleton;	/* borrowed */
	const struct generation_parts *parts;
	struct kept_rules *kept;	/* borrowed */
	struct rules_table rules;
	bool same_rules;		/* as those kept: their map is taken over */
	struct cuckoo devices;
	struct ward_device *addresses;	/* of the image, with their owners */
};

/* Chooses the seeds, builds the device table and sets the sizes. Before the program is loaded. */
int tables_prepare(struct tables *tables);

/* Writes them, after the load, and freezes them. Keeps the rules for the next generation. */
int tables_fill( struct tables *tables);

void tables_free(struct tables *tables);

#endif
