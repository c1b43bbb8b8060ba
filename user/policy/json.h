/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JSON (RFC 8259) as the same tree that YAML becomes: each value has its place, and numbers, true
 * and false are the text that was written; null is "nothing". It is not read by jansson, as the
 * control protocol is: that keeps no places, and takes many times the memory of a hostile text.
 */
#ifndef WARDGATE_POLICY_JSON_H
#define WARDGATE_POLICY_JSON_H

#include "policy/node.h"

/* Objects and arrays inside each other. */
#define JSON_MAX_DEPTH 32

/*
 * 0 with `root` set, which then lives in `arena`; -EINVAL (reported), -ENOMEM. Keys that are given
 * twice are left to whoever looks for one.
 */
int json_read(const struct source *source, struct arena *arena, const struct node **root,
	      struct diags *diags);

#endif
