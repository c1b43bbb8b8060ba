/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of diff() share. */
#ifndef WARDGATE_POLICY_DIFF_PARTS_H
#define WARDGATE_POLICY_DIFF_PARTS_H

#include "policy/cells.h"
#include "policy/diff.h"
#include "policy/terms.h"

#define DIFF_NONE UINT32_MAX

/* A device in both policies; DIFF_NONE where it is not in one. */
struct diff_pair {
	uint32_t old_profile, new_profile;
	uint32_t old, new;
};

/* Addresses that are a device's in one of the policies only. */
struct diff_freed {
	struct space_peers peers[SPACE_MODELS];
	prefix_list prefixes[SPACE_MODELS];	/* by the model that has the device */
	bool *classes[SPACE_MODELS];	/* the same, by class; NULL: there are none */
	cell_list owners[SPACE_MODELS];	/* `peer` is the class, `value` the profile; each once */
	cell_list *cells[SPACE_MODELS];	/* by profile * WARD_SIDES + opener, when asked */
	bool *made[SPACE_MODELS];
	/* Of the group that was asked for last: classes of its addresses, each once. */
	size_t asked;	/* its `first`, plus 1 */
	VEC(uint32_t) own[SPACE_MODELS];
	bool leases[SPACE_MODELS];
};

struct differ {
	const struct model *old, *new;
	struct space space;	/* model 0 is the old one */
	struct diff_freed freed;
	VEC(struct diff_pair) pairs;	/* sorted by profiles */
	uint32_t *common;	/* by new profile: devices that were there before, too */
	struct diff *out;
};

/* Devices of one old and one new profile: pairs[first] and on. */
struct diff_group {
	uint32_t old_profile, new_profile;
	size_t first, count;
	bool in_quarantine;	/* no devices of their own: all that are */
};

/* Rules with limits that decide the same packets before and after. */
struct limit_pair {
	const struct model_rule *old, *new;
};

typedef VEC(struct limit_pair) limit_pairs;

/* One side of a cell that is open in both policies, towards an address that is freed. */
struct freed_cell {
	size_t model;	/* that has a device there */
	enum ward_side opener;
	uint32_t peer, service;
};

/* Before and after the space is made. 0 or -ENOMEM. */
int diff_find_freed(struct differ *d);
int diff_mark_freed(struct differ *d);
void diff_free_freed(struct differ *d);

/*
 * Whether the devices at the address let all devices of the group pass, at all times and on no
 * terms. -ENOMEM, or 0 or 1. A device with a lease may have any address: then it is 0.
 */
int diff_lets_in(struct differ *d, const struct diff_group *group, const struct freed_cell *cell);

/* The group that begins with this pair. */
struct diff_group diff_group_at(const struct differ *d, size_t first);

/* What is said of a change. The sentence is stolen. NULL when memory ran out. */
struct diff_line *diff_add(struct differ *d, enum diff_kind kind, struct terms_change change,
			   struct text *sentence);

/* Adds the devices of the group to the line. 0 or -ENOMEM. */
int diff_add_group(struct differ *d, struct diff_line *line, const struct diff_group *group);
int diff_add_device(struct diff_line *line, const struct model *model, uint32_t device);

/* Each 0 or -ENOMEM. */
int diff_reach(struct differ *d, const struct diff_group *group);
int diff_shares(struct differ *d, const struct diff_group *group, limit_pairs *pairs);
int diff_devices(struct differ *d);
int diff_links(struct differ *d);

#endif
