/* SPDX-License-Identifier: GPL-2.0-only */
#include "stub.h"

#include <stdlib.h>
#include <string.h>

struct real {
	struct ref *ref;
	struct ref_policy policies[CASE_POLICIES]; /* its own: the case may be gone before it is */
	unsigned active;
};

void (*stub_fault)(const struct ref_frame *frame, struct ref_verdict *verdict);

struct real *real_new(char error[256])
{
	error[0] = 0;
	return calloc(1, sizeof(struct real));
}

void real_free(struct real **real)
{
	if (*real)
		ref_free(&(*real)->ref);
	free(*real);
	*real = NULL;
}

uint64_t real_clock_tick(void)
{
	return 4000000;
}

bool real_load(struct real *real, const struct ref_policy *policies, unsigned count,
	       char error[4096])
{
	error[0] = 0;
	memcpy(real->policies, policies, count * sizeof(policies[0]));
	real_reset(real);
	return count;
}

void real_reset(struct real *real)
{
	ref_free(&real->ref);
	real->ref = ref_new(real_clock_tick());
	real_apply(real, 0);
}

void real_apply(struct real *real, unsigned policy)
{
	real->active = policy;
	ref_apply(real->ref, &real->policies[policy], policy + 1);
}

uint32_t real_generation(const struct real *real)
{
	return real->active + 1;
}

void real_quarantine(struct real *real, const char *device, bool on)
{
	ref_quarantine(real->ref, device, on);
}

void real_set_clock(struct real *real, uint64_t wall)
{
	ref_set_clock(real->ref, wall);
}

void real_judge(struct real *real, int port, uint64_t now, const struct ref_frame *frame,
		struct ref_verdict *verdict)
{
	ref_judge(real->ref, port, now, frame, verdict);
	if (stub_fault)
		stub_fault(frame, verdict);
}
