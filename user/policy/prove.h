/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of prove() share. They read the model anew, and share no code with compile(). */
#ifndef WARDGATE_POLICY_PROVE_H
#define WARDGATE_POLICY_PROVE_H

#include "policy/policy.h"

/* Each returns 0, -EINVAL with the first difference in `error`, or -ENOMEM. */
int prove_links(const struct model *model, const struct image *image, struct error *error);
int prove_devices(const struct model *model, const struct image *image, struct error *error);
int prove_limits(const struct model *model, const struct image *image, struct error *error);
/*
 * What an entry leads to has the flags and the times of its rule. Before prove_rules(), which
 * trusts that each entry leads to a rule.
 */
int prove_entries(const struct model *model, const struct image *image, struct error *error);
/* For every packet that a rule can tell apart; adds to `compared`. */
int prove_rules(const struct model *model, const struct image *image, uint64_t *compared,
		struct error *error);

/* -EINVAL, and a sentence around `what`. */
int prove_failed(struct error *error, const char *what);

/* The number of a VLAN, by a search in the image's stacks; 0xffff when a stack is not there. */
uint16_t prove_vlan(const struct image *image, struct model_vlan vlan);

#endif
