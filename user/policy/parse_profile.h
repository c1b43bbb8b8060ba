/* SPDX-License-Identifier: GPL-2.0-only */
/* The part of parse() that reads profiles: rules and limits. */
#ifndef WARDGATE_POLICY_PARSE_PROFILE_H
#define WARDGATE_POLICY_PARSE_PROFILE_H

#include "policy/keys.h"

/* The value of `profiles`, into the parser's model. */
void parse_profiles(struct parser *p, const struct node *node, void *into);

#endif
