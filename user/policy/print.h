/* SPDX-License-Identifier: GPL-2.0-only */
/* Parts of print() that messages need too. */
#ifndef WARDGATE_POLICY_PRINT_H
#define WARDGATE_POLICY_PRINT_H

#include "base/text.h"
#include "policy/model.h"

/* The link's VLANs, as in "none, 110-120, 130"; nothing when it has no list. */
void print_vlans(const struct model_link *link, struct text *out);

#endif
