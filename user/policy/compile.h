/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of compile() share. Each fills its own tables of the image. */
#ifndef WARDGATE_POLICY_COMPILE_H
#define WARDGATE_POLICY_COMPILE_H

#include "policy/classes.h"
#include "policy/policy.h"

struct compiler {
	const struct model *model;
	struct image *image;
	struct error *error;
	/* Each service of the policy is an atom; so is each range that is written in a rule. */
	VEC(struct service_atom) atoms;
	bool *network_used;
	struct classes peers, services;
	struct class_lists peer_lists, service_lists;
	uint32_t next_in_place; /* index of the next rule-written range's atom */
	/* Of the profile at hand: its entries, and room to sort them. */
	image_entries expanded, half;
};

/* Each returns 0, -ENOMEM, or -E2BIG with the error set. */

/* stacks: before all that have VLANs. */
int compile_stacks(struct compiler *c);
/* ports, vlans, vlan_maps, ethertypes, link_addresses */
int compile_links(struct compiler *c);
/* profiles, devices, addresses */
int compile_devices(struct compiler *c);
/* What peers and services rules name, into `atoms` and `network_used`. */
int compile_collect_atoms(struct compiler *c);
/* rules, entries */
int compile_rules(struct compiler *c);

/* One rule's time, and its schedule. */
int compile_time(struct compiler *c, const struct model_rule *rule, struct ward_rule_time *out);
/* offsets: of the zone that schedules go by. */
int compile_offsets(struct compiler *c);

/*
 * What was expanded of the profile, in any order, becomes entries of the image: sorted, and for
 * each key the rule that decides, or where time has a say the chain of them.
 */
int compile_chains(struct compiler *c, size_t profile);

/*
 * What was expanded, by key; of equal keys, those that came first stay first, which are those of
 * the lower rule.
 */
int compile_sort_entries(struct compiler *c);

/* The number of a VLAN in the maps. */
uint16_t compile_vlan(const struct image *image, struct model_vlan vlan);

/* From units a second to ticks. */
void compile_rates(const struct model_limit *limit, struct ward_rate out[WARD_SIDES]);
struct ward_flow_limit compile_flow_limit(const struct model_limit *limit);

#endif
