/* SPDX-License-Identifier: GPL-2.0-only */
#include "kernel/rules.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/own.h"

/* Of a chain, the number of its first step: the steps have the slots of their rules. */
static struct ward_rule rule_of(const struct image_entry *entry, const uint32_t *rule_slot)
{
	struct ward_rule rule = { .flags = entry->flags };

	if (entry->flags & WARD_RULE_CHAIN)
		rule.rule = entry->rule;
	else if (entry->rule != UINT32_MAX)
		rule.rule = rule_slot[entry->rule];
	return rule;
}

int rules_table_make(const struct image *image, const uint32_t *rule_slot, struct rules_table *out)
{
	size_t count = image->entries.count;
	_cleanup_(rules_table_free) struct rules_table table = {
		.keys = calloc(count + 1, sizeof(*table.keys)),
		.rules = calloc(count + 1, sizeof(*table.rules)),
		.count = count,
	};

	if (!table.keys || !table.rules)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct image_entry *entry = &image->entries.items[i];

		table.keys[i] = entry->key;
		table.rules[i] = rule_of(entry, rule_slot);
	}
	*out = table;
	table = (struct rules_table){ 0 };
	return 0;
}

void rules_table_free(struct rules_table *table)
{
	free(table->keys);
	free(table->rules);
	*table = (struct rules_table){ 0 };
}

bool rules_are_kept(const struct kept_rules *kept, const struct image *image,
		    const uint32_t *rule_slot)
{
	if (!kept->table.keys || kept->table.count != image->entries.count)
		return false;
	for (size_t i = 0; i < image->entries.count; i++) {
		const struct image_entry *entry = &image->entries.items[i];
		struct ward_rule rule = rule_of(entry, rule_slot);

		if (memcmp(&kept->table.keys[i], &entry->key, sizeof(entry->key)) ||
		    memcmp(&kept->table.rules[i], &rule, sizeof(rule)))
			return false;
	}
	return true;
}

void rules_keep(struct kept_rules *kept, struct rules_table *table, int map)
{
	int copy = fcntl(map, F_DUPFD_CLOEXEC, 0);

	rules_forget(kept);
	if (copy < 0)
		return;
	*kept = (struct kept_rules){ *table, copy };
	*table = (struct rules_table){ 0 };
}

void rules_forget(struct kept_rules *kept)
{
	if (!kept->table.keys)
		return;
	rules_table_free(&kept->table);
	own_close(&kept->map);
}
