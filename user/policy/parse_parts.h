/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of parse(), a file for each kind of node. */
#ifndef WARDGATE_POLICY_PARSE_PARTS_H
#define WARDGATE_POLICY_PARSE_PARTS_H

#include "policy/keys.h"

/* The values of these keys, into the parser's model. */
void parse_links(struct parser *p, const struct node *node, void *into);
void parse_profiles(struct parser *p, const struct node *node, void *into);
void parse_devices(struct parser *p, const struct node *node, void *into);

void parse_assertions(struct parser *p, const struct node *node, void *into);
void parse_tests(struct parser *p, const struct node *node, void *into);
void parse_lint(struct parser *p, const struct node *node, void *into);
void parse_require(struct parser *p, const struct node *node, void *into);

/* What a rule says of itself. */
void parse_rule_owner(struct parser *p, const struct node *node, struct model_rule *rule);
void parse_rule_ticket(struct parser *p, const struct node *node, struct model_rule *rule);
void parse_rule_expires(struct parser *p, const struct node *node, struct model_rule *rule);
void parse_rule_hours(struct parser *p, const struct node *node, struct model_rule *rule);
void parse_rule_encrypted(struct parser *p, const struct node *node, struct model_rule *rule);
void parse_rule_log(struct parser *p, const struct node *node, struct model_rule *rule);

/* The name of a service, or a range. False: it is neither (reported). */
bool parse_service_use(struct parser *p, const struct node *node, struct model_service_use *out);

/* `prefixes` of a link. */
void parse_link_prefixes(struct parser *p, const struct node *node, void *into);

/* A `limit`. */
void parse_limit(struct parser *p, const struct node *node, struct model_limit *out);


#endif
