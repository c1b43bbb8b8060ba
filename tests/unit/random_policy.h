/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random policies, small enough that everything they can tell apart can be tried one by one: IPv4
 * addresses of one network and the first IPv6 ones, and ports of TCP and UDP.
 */
#ifndef WARDGATE_TESTS_RANDOM_POLICY_H
#define WARDGATE_TESTS_RANDOM_POLICY_H

#include <stdbool.h>

#include "policy/model.h"

#define RANDOM_POLICY_SIZE 8192

/* Of 198.18.0.0/27 and 2001:db8::/125, and one beyond each. */
#define RANDOM_ADDRESSES (33 + 9)
#define RANDOM_PORTS 18

/* One profile, `p`, with rules of both directions; two devices, d-0 and d-1. */
void random_policy(char out[RANDOM_POLICY_SIZE], unsigned seed);

/* The address with this number, below RANDOM_ADDRESSES. */
void random_policy_address(unsigned number, __be32 out[4]);

bool random_policy_holds(const struct model_prefix *prefix, const __be32 address[4]);

/* A number below `limit`; the same seed gives the same numbers. */
unsigned random_below(unsigned *seed, unsigned limit);

#endif
