/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reference gateway: bpf/README.md as a person would write it down, without the compiler and
 * without the program. It knows no maps, no hashes, no other CPU; it searches lists from the front.
 * Where it and the program differ, one of them is wrong. Routed mode is not part of it.
 */
#ifndef WARDGATE_REFERENCE_GATEWAY_H
#define WARDGATE_REFERENCE_GATEWAY_H

#include "policy.h"
#include "wardgate/reasons.h"

#define REF_FRAME 2048
#define REF_NO_PORT -1

struct ref_frame {
	uint16_t length;
	uint8_t bytes[REF_FRAME];
};

struct ref_verdict {
	int reason;		/* enum ward_reason */
	bool passes;		/* leaves by `port`, or for the kernel when the reason is HOST */
	bool audited;		/* it passes in spite of `reason` */
	char owner[REF_NAME];	/* charged: a device, a port's interface, or "" for nobody */
	int port;		/* by which it leaves, or REF_NO_PORT */
	struct ref_frame out;
};

struct ref;

/* `clock_tick`: what limits tolerate for the coarse clock, ns. */
struct ref *ref_new(uint64_t clock_tick);
void ref_free(struct ref **ref);

/* Borrows the policy. `generation` is a number that only this loading of a policy has. */
void ref_apply(struct ref *ref, const struct ref_policy *policy, uint32_t generation);
void ref_quarantine(struct ref *ref, const char *device, bool on);

/* The wall clock, s since 1970 UTC: it may be set at any time. */
void ref_set_clock(struct ref *ref, uint64_t wall);

/* Ports are numbered link by link: 2 * link + side. `now` is in ns and never runs back. */
void ref_judge(struct ref *ref, int port, uint64_t now, const struct ref_frame *frame,
	       struct ref_verdict *verdict);

#endif
