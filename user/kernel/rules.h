/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the map of rules holds, and the map of the last generation: the largest of the tables, and
 * most changes of a policy leave it as it is. Nobody can write to it any more, so a generation that
 * needs the same one takes it over. Inside the kernel room only.
 */
#ifndef WARDGATE_KERNEL_RULES_H
#define WARDGATE_KERNEL_RULES_H

#include <stdbool.h>

#include "policy/image.h"

struct rules_table {
	struct ward_rule_key *keys;	/* NULL: none */
	struct ward_rule *rules;
	size_t count;
};

/* From the image's entries, with the rules' slots. 0 or -ENOMEM. */
int rules_table_make(const struct image *image, const uint32_t *rule_slot, struct rules_table *out);
void rules_table_free(struct rules_table *table);

struct kept_rules {
	struct rules_table table;
	int map;	/* frozen; of no meaning without `table` */
};

/* Whether the map that was kept holds just what rules_table_make() would make. */
bool rules_are_kept(const struct kept_rules *kept, const struct image *image,
		    const uint32_t *rule_slot);

/* Takes the ownership of `table`, which the frozen map holds. What cannot be kept is forgotten. */
void rules_keep(struct kept_rules *kept, struct rules_table *table, int map);
void rules_forget(struct kept_rules *kept);

#endif
