/* SPDX-License-Identifier: GPL-2.0-only */
/* What entries say of their rules, and that the program knows of it. */
#include "policy/prove.h"

#include <errno.h>

static uint32_t meant_flags(const struct model_rule *rule)
{
	uint32_t flags = 0;

	if (rule && rule->replies)
		flags += WARD_RULE_REPLIES;
	if (rule && rule->limit.place.line)
		flags += WARD_RULE_LIMITED;
	if (rule && rule->encryption == MODEL_ENCRYPTION_PREFERRED)
		flags += WARD_RULE_PREFERS_TLS;
	if (rule && rule->encryption == MODEL_ENCRYPTION_REQUIRED)
		flags += WARD_RULE_REQUIRES_TLS;
	return flags;
}

/* NULL for an entry that only says that the peer is named. */
static const struct model_rule *rule_of(const struct model *model, const struct image *image,
					const struct image_entry *entry)
{
	const struct image_rule *rule;

	if (entry->rule == UINT32_MAX)
		return NULL;
	rule = &image->rules.items[entry->rule];
	return &model->profiles.items[rule->profile].rules.items[rule->rule];
}

int prove_flags(const struct model *model, const struct image *image, struct error *error)
{
	for (size_t i = 0; i < image->entries.count; i++) {
		const struct image_entry *entry = &image->entries.items[i];

		if (entry->rule != UINT32_MAX && entry->rule >= image->rules.count)
			return prove_failed(error, "an entry leads to no rule");
		if (entry->flags != meant_flags(rule_of(model, image, entry)))
			return prove_failed(error, "an entry has other flags than its rule");
		if (entry->flags & WARD_RULE_ENCRYPTION && !image->features.encryption)
			return prove_failed(error, "a rule asks for encryption in vain");
	}
	return 0;
}
