/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The real gateway for the fuzzer: the policy's real passes, the real program built with WARD_TEST,
 * whose clock and verdict are variables that are shared with this process. No ports are attached.
 */
#ifndef WARDGATE_REFERENCE_REAL_H
#define WARDGATE_REFERENCE_REAL_H

#include "case.h"

struct real;

/* NULL with a sentence in `error` when rights or the kernel are missing. */
struct real *real_new(char error[256]);
void real_free(struct real **real);

/* ns that the real limits tolerate for the coarse clock. */
uint64_t real_clock_tick(void);

/* Loads all policies beside each other, on fresh state. False with what was refused in `error`. */
bool real_load(struct real *real, const struct ref_policy *policies, unsigned count,
	       char error[4096]);

/* Forgets all flows, leases and limits; the first policy is in force, nobody in quarantine. */
void real_reset(struct real *real);
void real_apply(struct real *real, unsigned policy);
uint32_t real_generation(const struct real *real);
void real_quarantine(struct real *real, const char *device, bool on);
void real_set_clock(struct real *real, uint64_t wall);
void real_judge(struct real *real, int port, uint64_t now, const struct ref_frame *frame,
		struct ref_verdict *verdict);

#endif
