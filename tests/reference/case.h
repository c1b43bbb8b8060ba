/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A case: policies, and what happens under them. As a file:
 *
 *	policy			YAML follows, up to a line with a single dot
 *	+NS frame PORT HEX	PORT is 2 * link + side, or -1; NS since the line before
 *	+NS quarantine DEVICE on|off
 *	+NS clock S		the wall clock is set: s since 1970 UTC
 *	+NS apply N		the N-th policy of the file, from 0; the first is in force
 *
 * Lines that begin with # are comments.
 */
#ifndef WARDGATE_REFERENCE_CASE_H
#define WARDGATE_REFERENCE_CASE_H

#include "gateway.h"

enum event_kind {
	EVENT_FRAME,
	EVENT_QUARANTINE,
	EVENT_APPLY,
	EVENT_CLOCK,
};

struct event {
	enum event_kind kind;
	uint64_t wait;		/* ns since the one before */
	int port;
	struct ref_frame *frame;	/* owned */
	char device[REF_NAME];
	bool on;
	unsigned policy;
	uint64_t wall;		/* s since 1970 UTC */
};

#define CASE_POLICIES 3

struct ref_case {
	struct ref_policy policies[CASE_POLICIES];
	unsigned policy_count;
	struct event *events;
	size_t count, capacity;
};

void case_free(struct ref_case **c);
struct event *case_add(struct ref_case *c, enum event_kind kind);
void case_clear_events(struct ref_case *c);
/* Owns nothing of `from` afterwards. */
struct ref_case *case_copy(const struct ref_case *from);

void case_write(const struct ref_case *c, FILE *out);
bool case_read(const char *path, struct ref_case **out, char error[256]);

#endif
