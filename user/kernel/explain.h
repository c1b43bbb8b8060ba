/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the program does with a frame, found out by running it: a second instance of the same
 * program, with the policy's maps and a state of its own, into which the live state of the devices
 * at hand is copied. Nothing is sent, and no live counter, limit, flow or lease changes.
 */
#ifndef WARDGATE_KERNEL_EXPLAIN_H
#define WARDGATE_KERNEL_EXPLAIN_H

#include "kernel/kernel.h"

#define EXPLAIN_NONE UINT32_MAX

struct explain;

/*
 * `involved`: by device of the image, those that frames may come from or go to; others are known
 * to the program, but have no state. `running`: the image is the one in force, so that its live
 * flows need no new judgement.
 */
int kernel_explain_open(struct kernel *kernel, const struct image *image, const bool *involved,
			bool running, struct explain **out, struct error *error);
void kernel_explain_close(struct explain **explain);

enum explain_flow {
	EXPLAIN_NO_FLOW,
	EXPLAIN_LIVE_FLOW,	/* it was there before the frame */
	EXPLAIN_NEW_FLOW,
};

struct explained {
	int reason;		/* of a drop, or 0 */
	int audited;		/* reason for which it would be dropped without audit mode, or 0 */
	uint32_t verdict;	/* enum xdp_action */
	uint32_t device;	/* of the image, charged; EXPLAIN_NONE: it is the port */
	uint32_t port;		/* of the image, charged; EXPLAIN_NONE */
	uint32_t rules[2];	/* of the image, that let it pass: of the sender, of the receiver */
	unsigned rule_count;
	enum explain_flow flow;
};

/*
 * Judges a frame that comes in on this port of the image. Frames of one `explain` see what those
 * before them left. -ENODEV when the port is not there; -EINVAL for what is no frame.
 */
int kernel_explain_run(struct explain *explain, uint32_t port, const void *frame, size_t length,
		       struct explained *out, struct error *error);

#endif
