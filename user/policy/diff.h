/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What changes when one policy takes the place of another: not its words, but what devices may do.
 * Exact, over all addresses, services and minutes; a line says it of all devices that it is true
 * of, with the fewest prefixes and ports.
 */
#ifndef WARDGATE_POLICY_DIFF_H
#define WARDGATE_POLICY_DIFF_H

#include "policy/policy.h"
#include "policy/space.h"

enum diff_kind {
	DIFF_OPENS,	/* what devices may open, and on what terms */
	DIFF_OPENED,	/* what may be opened to them */
	DIFF_LIMIT,	/* of a device as a whole */
	DIFF_MODE,	/* enforcement; fragments */
	DIFF_BINDING,	/* MAC, VLAN, link, addresses */
	DIFF_DEVICE,	/* is new, or gone */
	DIFF_QUARANTINE,
	DIFF_LINK,
	DIFF_KINDS,
};

/* Devices of one profile. */
struct diff_subject {
	const char *profile;	/* NULL: no devices; `names` has a link or nothing */
	const char **names;	/* in the order of the policy */
	size_t count;
	bool all;		/* of the profile, but for new ones */
};

struct diff_line {
	enum diff_kind kind;
	bool widened, narrowed;	/* both: another may; neither: it only looks different */
	VEC(struct diff_subject) subjects;
	char *sentence;		/* without its subject: "may newly open tcp/104 to pacs (..)" */
	const char *network;	/* whose addresses `peers` are, or NULL */
	prefix_list peers;	/* of DIFF_OPENS and DIFF_OPENED */
	port_list services;
	struct place place;	/* line 0: none */
	bool in_old;		/* the place is in the old policy */
};

struct diff {
	VEC(struct diff_line) lines;
	bool widened, narrowed;	/* any of the lines */
};

/* `old` and `new` are checked models; `out` points into both. 0 or -ENOMEM. */
int policy_diff(const struct model *old, const struct model *new, struct diff *out);
void diff_free(struct diff *diff);

#endif
