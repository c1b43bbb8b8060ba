/* SPDX-License-Identifier: GPL-2.0-only */
/* Parts of print() that messages need too. */
#ifndef WARDGATE_POLICY_PRINT_H
#define WARDGATE_POLICY_PRINT_H

#include "base/text.h"
#include "policy/model.h"

/* "none", "110" or "100.110". */
void print_vlan(struct model_vlan vlan, struct text *out);

/* The link's VLANs, as in "none, 110-120, 130"; nothing when it has no list. */
void print_vlans(const struct model_link *link, struct text *out);

/* Between quotes if YAML needs them. */
void print_word(const char *text, struct text *out);
/* In brackets YAML takes a ':' at either end for its own: these addresses need quotes. */
void print_quoting(const char *address, struct text *out);
void print_address(const __be32 address[4], struct text *out);

void print_prefix(const struct model_prefix *prefix, struct text *out);

/* A service's name, or a range. */
void print_service_use(const struct model_service_use *use, struct text *out);

/* "BEFORE enforcement: audit BEHIND"; nothing where none is said. */
void print_enforcement(const char *before, enum model_enforcement mode, const char *behind,
		       struct text *out);

/* An entry of `networks`. */
void print_network(const struct model_network *network, struct text *out);

/* `networks`, if there are any. */
void print_networks(const struct model *model, struct text *out);

/* An item of `links`. */
void print_link(const struct model_link *link, struct text *out);

/* `assert` and `tests`. */
void print_assertions(const struct model *model, struct text *out);

#endif
