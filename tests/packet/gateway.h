/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A gateway for packet tests: the real policy passes, the real program in the kernel, no ports
 * attached. Frames go in through bpf_prog_test_run, as if they came in on a port; the reason is
 * read off the counters. Each has a network namespace and pins of its own.
 */
#ifndef WARDGATE_TESTS_GATEWAY_H
#define WARDGATE_TESTS_GATEWAY_H

#include "frame.h"
#include "kernel/generation.h"
#include "kernel/handle.h"
#include "policy/policy.h"

struct gateway {
	char folder[64];
	struct kernel *kernel;
	struct policy *policy;
	struct generation_slots slots;
	struct routes routes;
	struct generation generation;
	struct port_now ports[WARD_MAX_PORTS];
	struct kernel_counters before;
};

/* Longer than any frame of the tests. */
#define GATEWAY_FRAME 16384

/* What the program did with one frame. */
struct verdict {
	int reason;		/* of a drop; 0: it passed */
	char owner[WARD_NAME_SIZE];	/* charged: name of the device or port, "" for none */
	int audited;		/* reason for which it would have been dropped, or 0 */
	uint32_t action;	/* enum xdp_action */
	uint32_t length;	/* of the frame as it left */
	unsigned char bytes[GATEWAY_FRAME];
};

/* Skips the test loudly when the kernel or the rights are missing. */
struct gateway *gateway_new(const char *policy);
void gateway_free(struct gateway **gateway);

/* The next generation, beside the same state. */
void gateway_apply(struct gateway *gateway, const char *policy);

/*
 * Runs the frame and asserts that exactly one counter moved, by one. `port` is an index of the
 * image's ports: WARD_CLINICAL or WARD_IT of the first link, and so on.
 */
struct verdict gateway_run(struct gateway *gateway, unsigned port, const struct frame *frame);

/* Makes every live flow expire. */
void gateway_expire_flows(struct gateway *gateway);

const char *reason_label(int reason);

/* Asserts the verdict; `description` says which row it is. */
void expect(struct gateway *gateway, unsigned port, struct frame frame, int reason,
	    const char *description);
void expect_owner(struct gateway *gateway, unsigned port, struct frame frame, int reason,
		  const char *owner, const char *description);

/* Asserts that it passes, and was counted as one that would have been dropped. */
void expect_audited(struct gateway *gateway, unsigned port, struct frame frame, int reason,
		    const char *owner, const char *description);

#define PASSES 0

/* A suite whose tests each have a gateway `g` with this policy; `limit` in seconds. */
#define GATEWAY_SUITE(suite, policy, limit)                                                        \
	static struct gateway *g;                                                                  \
	static void setup(void)                                                                    \
	{                                                                                          \
		g = gateway_new(policy);                                                           \
	}                                                                                          \
	static void teardown(void)                                                                 \
	{                                                                                          \
		gateway_free(&g);                                                                  \
	}                                                                                          \
	TestSuite(suite, .init = setup, .fini = teardown, .timeout = (limit));

#endif
