/* SPDX-License-Identifier: GPL-2.0-only */
/* For tests of what becomes of a frame that passes: how it leaves, and as which frame. */
#ifndef WARDGATE_TESTS_LEAVING_H
#define WARDGATE_TESTS_LEAVING_H

#include <criterion/criterion.h>
#include <linux/bpf.h>
#include <string.h>

#include "ward.h"

#define PRIORITY(n) ((n) << 13)

/* The frame's tag, priority and id, written anew. */
static inline struct frame with_tci(struct frame frame, uint16_t tci)
{
	return frame_write16(frame, 14, tci);
}

static inline void expect_leaves(struct gateway *g, unsigned port, struct frame in, uint32_t action,
				 struct frame out, const char *description)
{
	struct verdict v = gateway_run(g, port, &in);

	cr_expect_eq(v.reason, PASSES, "%s: %s", description, reason_label(v.reason));
	cr_expect_eq(v.action, action, "%s: verdict %u, expected %u", description, v.action, action);
	cr_expect_eq(v.length, out.length, "%s: %u bytes, expected %zu", description, v.length,
		     out.length);
	for (size_t i = 0; i < out.length && i < v.length; i++)
		cr_assert_eq(v.bytes[i], out.bytes[i], "%s: byte %zu is %02x, expected %02x",
			     description, i, v.bytes[i], out.bytes[i]);
}

#endif
