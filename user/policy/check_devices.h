/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of check() that have files of their own, and what they share with the rest. */
#ifndef WARDGATE_POLICY_CHECK_DEVICES_H
#define WARDGATE_POLICY_CHECK_DEVICES_H

#include "policy/model.h"
#include "policy/names.h"
#include "policy/zone.h"

struct checker {
	struct model *model;
	struct diags *diags;
	struct names links, networks, services, profiles;
	struct zone *zone; /* the policy's; NULL: it is unknown */
	uint32_t *used_networks, *used_services, *used_profiles; /* by index; 0: unused */
};

/* A kind of named thing in the model. */
struct check_kind {
	const char *one, *many;
	size_t (*count)(const struct model *model);
	const char *(*name)(const struct model *model, size_t i);
};

extern const struct check_kind check_links, check_networks, check_services, check_profiles;

/* Reports a name that nothing has, with the nearest one or a list of what there is. */
void check_unknown(struct checker *c, const struct word *word, const struct check_kind *kind);

/* Finds the policy's time zone. */
int check_time_zone(struct checker *c);

/* What a rule says of itself. `resolved`: its services have their indexes. */
void check_rule_says(struct checker *c, const struct model_profile *profile,
		     struct model_rule *rule, bool resolved);

/* Interfaces, VLANs and modes of all links, and that no two have one name. */
int check_all_links(struct checker *c);

/* Profiles, links and VLANs of all devices, and that no two have one name, MAC or address. */
int check_all_devices(struct checker *c);

/* The latter two. */
int check_bindings(struct checker *c);

/* Warns of library services that need another rule. For a model without errors. */
void check_half_services(struct checker *c);

#endif
