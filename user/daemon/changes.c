/* SPDX-License-Identifier: GPL-2.0-only */
#include "daemon/changes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted; NULL: no memory. */
static const char **names_of(const struct model *model)
{
	const char **names = calloc(model->devices.count + 1, sizeof(*names));

	for (size_t i = 0; names && i < model->devices.count; i++)
		names[i] = model->devices.items[i].name.text;
	if (names)
		qsort(names, model->devices.count, sizeof(*names), compare);
	return names;
}

static void count(const char *const *before, const char *const *after, struct changes *out)
{
	size_t b = 0, a = 0, same = 0;

	while (b < out->devices_before && a < out->devices_after) {
		int order = strcmp(before[b], after[a]);

		b += order <= 0;
		a += order >= 0;
		same += !order;
	}
	out->removed = out->devices_before - same;
	out->added = out->devices_after - same;
}

int changes_find(const struct policy *before, const struct policy *after, struct changes *out)
{
	_cleanup_free_ const char **old = NULL, **new = NULL;

	*out = (struct changes){ .known = before,
				 .devices_after = after->model->devices.count,
				 .rules_after = after->image->rules.count };
	if (!before)
		return 0;
	old = names_of(before->model);
	new = names_of(after->model);
	if (!old || !new)
		return -ENOMEM;
	out->devices_before = before->model->devices.count;
	out->rules_before = before->image->rules.count;
	count(old, new, out);
	return 0;
}

bool changes_are_alarming(const struct changes *changes)
{
	return changes->removed * 2 > changes->devices_before;
}

void changes_describe(const struct changes *c, struct text *out)
{
	char one[TEXT_THINGS], two[TEXT_THINGS];

	text_add(out, "%s, %s", text_things(one, c->devices_after, "device"),
		 text_things(two, c->rules_after, "rule"));
	if (c->known)
		text_add(out, "; before %s, of which %s went",
			 text_things(one, c->devices_before, "device"),
			 text_count(two, c->removed));
}

json_t *changes_json(const struct changes *c)
{
	if (!c->known)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:I}", "devices_before", (json_int_t)c->devices_before,
			 "devices_added", (json_int_t)c->added, "devices_removed",
			 (json_int_t)c->removed, "rules_before", (json_int_t)c->rules_before);
}
