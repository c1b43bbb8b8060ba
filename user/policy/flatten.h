/* SPDX-License-Identifier: GPL-2.0-only */
/* Sets of addresses as lists of prefixes: what is left of some when others are taken out. */
#ifndef WARDGATE_POLICY_FLATTEN_H
#define WARDGATE_POLICY_FLATTEN_H

#include "policy/model.h"

/*
 * Adds to `out` (empty) what `items` hold and `except` do not: IPv4 first, sorted, none in another,
 * two halves joined where both are prefixes. A prefix of IPv6 holds no IPv4, whatever its length.
 * Sorts both lists and drops from them what is in another item. 0, -ENOMEM, or -E2BIG when it takes
 * more than `most` prefixes.
 */
int flatten(model_prefixes *items, model_prefixes *except, size_t most, model_prefixes *out);

#endif
