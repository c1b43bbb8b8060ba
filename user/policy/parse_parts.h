/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of parse(), a file for each kind of node. */
#ifndef WARDGATE_POLICY_PARSE_PARTS_H
#define WARDGATE_POLICY_PARSE_PARTS_H

#include "policy/keys.h"

/* The values of these keys, into the parser's model. */
void parse_links(struct parser *p, const struct node *node, void *into);
void parse_networks(struct parser *p, const struct node *node, void *into);
void parse_groups(struct parser *p, const struct node *node, void *into);
void parse_profiles(struct parser *p, const struct node *node, void *into);
void parse_devices(struct parser *p, const struct node *node, void *into);

/* `labels`, of a device or group. */
void parse_labels(struct parser *p, const struct node *node, model_labels *out);

/* A `limit`. */
void parse_limit(struct parser *p, const struct node *node, struct model_limit *out);

#endif
