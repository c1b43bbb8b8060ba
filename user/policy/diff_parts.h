/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of diff() share. */
#ifndef WARDGATE_POLICY_DIFF_PARTS_H
#define WARDGATE_POLICY_DIFF_PARTS_H

#include "policy/diff.h"
#include "policy/terms.h"

#define DIFF_NONE UINT32_MAX

/* A device in both policies; DIFF_NONE where it is not in one. */
struct diff_pair {
	uint32_t old_profile, new_profile;
	uint32_t old, new;
};

struct differ {
	const struct model *old, *new;
	struct space space;	/* model 0 is the old one */
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
