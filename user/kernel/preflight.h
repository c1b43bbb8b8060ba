/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What of this machine a policy needs, looked at before anything is touched. Each finding is one
 * sentence that ends in the fix.
 */
#ifndef WARDGATE_KERNEL_PREFLIGHT_H
#define WARDGATE_KERNEL_PREFLIGHT_H

#include "base/vec.h"
#include "kernel/kernel.h"

enum check_result {
	CHECK_OK,
	CHECK_WARNING,	/* it works, but not as well as it could */
	CHECK_FAILURE,	/* it would not work: an apply refuses */
};

struct finding {
	char port[WARD_NAME_SIZE];	/* "-": of the policy as a whole */
	const char *check;	/* a word, static */
	enum check_result result;
	char text[320];
};

struct preflight {
	VEC(struct finding) findings;	/* by port as in the policy, then of the whole */
	unsigned failures, warnings;
};

/*
 * Looks at the ports of the image and at its size, and changes nothing. A port that runs the
 * gateway's program already has no failures, only warnings: a rule must be revocable on a NIC that
 * has become bad. 0 whatever was found; a negative errno when it could not look.
 */
int kernel_preflight(struct kernel *kernel, const struct image *image, struct preflight *out,
		     struct error *error);
void preflight_free(struct preflight *preflight);

/* 0, or -ENODEV with the first failure as the sentence. */
int preflight_verdict(const struct preflight *preflight, struct error *error);

/* "ok", "warning" or "failure". */
const char *preflight_result_name(enum check_result result);

#endif
