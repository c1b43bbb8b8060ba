/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of check(), a file for each kind of node, and what they share. */
#ifndef WARDGATE_POLICY_CHECK_DEVICES_H
#define WARDGATE_POLICY_CHECK_DEVICES_H

#include "policy/model.h"
#include "policy/names.h"
#include "policy/zone.h"

/* Warnings of one kind that are printed one by one; the rest is counted. */
#define WARNINGS_OF_A_KIND 5

struct checker {
	struct model *model;
	struct diags *diags;
	struct names links, networks, services, profiles, groups;
	struct zone *zone; /* the policy's; NULL: it is unknown */
	/* By index; 0: unused. */
	uint32_t *used_networks, *used_services, *used_profiles, *used_groups;
	size_t parts; /* of all networks so far */
};

/* A kind of named thing in the model. */
struct check_kind {
	const char *one, *many;
	size_t (*count)(const struct model *model);
	const char *(*name)(const struct model *model, size_t i);
};

extern const struct check_kind check_links, check_networks, check_services, check_profiles,
	check_groups;

/* Reports a name that nothing has, with the nearest one or a list of what there is. */
void check_unknown(struct checker *c, const struct word *word, const struct check_kind *kind);

/* Finds the policy's time zone. */
int check_time_zone(struct checker *c);

/* What a rule says of itself. `resolved`: its services have their indexes. */
void check_rule_says(struct checker *c, const struct model_profile *profile,
		     struct model_rule *rule, bool resolved);
/* The names that led to names, and so on, to what is being resolved. */
struct trail {
	const struct check_kind *kind;
	struct {
		uint32_t index;
		const struct word *word; /* that led here; of the first: its own name */
	} steps[MODEL_MAX_NESTING];
	size_t depth;
};

/* False when the step would go in a circle or too far (reported). */
bool check_trail_enter(struct checker *c, struct trail *trail, uint32_t index,
		       const struct word *word);

/* What each network holds when names and exceptions are resolved. */
int check_all_networks(struct checker *c);

/* The same for one that holds no names. */
int check_flatten(struct checker *c, struct model_network *network);

/* The devices of each group. */
int check_all_groups(struct checker *c);

/* The network of the group's addresses, made when it is first asked for. `peer` names the group. */
int check_group_network(struct checker *c, uint32_t group, const struct word *peer, uint32_t *out);

/* The profiles that each profile extends; then what each has from them, and how much that is. */
int check_extends(struct checker *c);
int check_inherit(struct checker *c);

/*
 * Finds a service. `rule_number` is one for each rule, from 1: a service that comes twice in one is
 * a warning; 0 where that does not matter. -ENOMEM; what is unknown is reported.
 */
int check_service(struct checker *c, struct model_service_use *use, uint32_t rule_number);

/* The ends of assertions and tests, after all names are known. */
int check_assertions(struct checker *c);

/* Interfaces, VLANs and modes of all links, and that no two have one name. */
int check_all_links(struct checker *c);

/* Profiles, links and VLANs of all devices, and that no two have one name, MAC or address. */
int check_all_devices(struct checker *c);

/* The latter two. */
int check_bindings(struct checker *c);

/* Warns of library services that need another rule. For a model without errors. */
void check_half_services(struct checker *c);

#endif
