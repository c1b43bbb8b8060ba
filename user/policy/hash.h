/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of an image's hash. */
#ifndef WARDGATE_POLICY_HASH_H
#define WARDGATE_POLICY_HASH_H

#include <sha256.h>

#include "policy/image.h"

/* The number and size of the items, then the items. */
void hash_bytes(SHA2_CTX *sha, const void *bytes, size_t count, size_t size);

#define hash_vec(sha, v) hash_bytes(sha, (v)->items, (v)->count, sizeof(*(v)->items))

/*
 * Devices and profiles, and the tables that hold their numbers: rules, devices, addresses, profiles
 * and entries. They go in by the order of their names, so that the order in which the policy lists
 * them, which means nothing, changes nothing. The order of links counts (ports have its numbers),
 * and so does that of a profile's rules. 0 or -ENOMEM.
 */
int hash_named(const struct model *model, const struct image *image, SHA2_CTX *sha);

#endif
