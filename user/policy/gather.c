/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "base/own.h"
#include "policy/policy.h"

/* The keys are there letter by letter, or with escapes, which need a backslash. */
static bool may_name_files(const struct source *source)
{
	static const char *const signs[] = { "include", "import", "\\" };

	for (size_t i = 0; i < ARRAY_SIZE(signs); i++)
		if (memmem(source->bytes, source->length, signs[i], strlen(signs[i])))
			return true;
	return false;
}

int policy_gather(struct sources *sources, struct diags *diags)
{
	_cleanup_(model_free) struct model *model = NULL;

	return may_name_files(sources->files.items[0]) ? policy_parse(sources, &model, diags) : 0;
}
