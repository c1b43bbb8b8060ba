/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of parse(), a file for each kind of node. */
#ifndef WARDGATE_POLICY_PARSE_PARTS_H
#define WARDGATE_POLICY_PARSE_PARTS_H

#include "policy/keys.h"
#include "policy/sources.h"

/* The values of these keys, into the parser's model. */
void parse_services(struct parser *p, const struct node *node, void *into);
void parse_links(struct parser *p, const struct node *node, void *into);
void parse_networks(struct parser *p, const struct node *node, void *into);
void parse_groups(struct parser *p, const struct node *node, void *into);
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
/* Of these two, what parse_files() has not seen to. */
void parse_include(struct parser *p, const struct node *node, void *into);
void parse_override(struct parser *p, const struct node *node, void *into);

void parse_import(struct parser *p, const struct node *node, void *into);
/* `labels`, of a device or group. */
void parse_labels(struct parser *p, const struct node *node, model_labels *out);

/* The name of a service, or a range. False: it is neither (reported). */
bool parse_service_use(struct parser *p, const struct node *node, struct model_service_use *out);

/* `prefixes` of a link. */
void parse_link_prefixes(struct parser *p, const struct node *node, void *into);

/* A `limit`. */
void parse_limit(struct parser *p, const struct node *node, struct model_limit *out);

/* A device of a mapping, into the model. NULL: there was no room (reported). */
struct model_device *parse_device(struct parser *p, const struct node *map);

/* All files, from the first on. Problems are reported, or noted in the parser. */
void parse_files(struct parser *p, struct sources *sources);

/* One of them; `whole` is the place of nothing in particular in it. */
void parse_file(struct parser *p, const struct node *root, struct place whole);

/* Called back for a file with keys: what it includes, then its keys. */
void parse_file_keys(struct parser *p, const struct node *root, const struct keys *keys);

/* The file that a node names, seen from the file that the node is in, or NULL (reported). */
const struct source *parse_find_file(struct parser *p, const struct node *node);

#endif
