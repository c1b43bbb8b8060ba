/* SPDX-License-Identifier: GPL-2.0-only */
/* Labels of devices, and the groups that are made by them. */
#include <stdlib.h>
#include <string.h>

#include "policy/characters.h"
#include "policy/parse_parts.h"

int value_label_key(const char *s, struct complaint *c)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t length = strlen(s);

	if (length && length < WARD_NAME_SIZE && strspn(s, allowed) == length && strspn(s, first))
		return 0;
	complain(c, E_BAD_NAME, s, "is not the key of a label");
	complain_hint(c,
		      "keys are 1 to %d lower-case letters, digits, '.', '_' or '-', and start "
		      "with a letter or digit",
		      WARD_NAME_SIZE - 1);
	return -EINVAL;
}

int value_label(const char *s, struct complaint *c)
{
	size_t length = strlen(s);

	if (length > VALUES_MAX_LABEL) {
		complain(c, E_BAD_TEXT, s, "is %zu bytes long", length);
		complain_hint(c, "a label has up to %d bytes", VALUES_MAX_LABEL);
		return -EINVAL;
	}
	if (length && strcspn(s, "\t\r\n") == length && characters_bad(s, length) == length)
		return 0;
	complain(c, E_BAD_TEXT, s, "is not a line of text");
	complain_hint(c, "a label is one line, as in \"icu-3\"");
	return -EINVAL;
}

static void parse_label(struct parser *p, const struct node *key, const struct node *value,
			void *into)
{
	model_labels *labels = into;
	struct complaint complaint;
	struct model_label *label;

	if (value_label_key(key->text, &complaint)) {
		keys_complain(p, key, &complaint);
		return;
	}
	label = keys_add_item(p, labels, MODEL_MAX_LABELS, key, "labels");
	if (!label)
		return;
	label->key = keys_copy(p, key);
	keys_word(p, value, "text", value_label, &label->value);
}

static int by_key(const void *left, const void *right)
{
	const struct model_label *a = left, *b = right;

	return strcmp(a->key.text, b->key.text);
}

/* Devices are many: room for as many labels as are written, and no more. */
static bool make_room(struct parser *p, const struct node *map, model_labels *labels)
{
	size_t count = 1;

	if (map->kind != NODE_MAP || labels->items)
		return true;
	for (const struct node *key = map->first; key && count < MODEL_MAX_LABELS;
	     key = key->next->next)
		count++;
	labels->items = keys_check(p, calloc(count, sizeof(*labels->items)));
	labels->capacity = labels->items ? count : 0;
	return labels->items;
}

void parse_labels(struct parser *p, const struct node *node, model_labels *out)
{
	if (!make_room(p, node, out))
		return;
	keys_parse_pairs(p, node, "a mapping of labels, as in { ward: icu-3 }", out, parse_label);
	if (out->count && !p->failed)
		qsort(out->items, out->count, sizeof(*out->items), by_key);
}

static void parse_group(struct parser *p, const struct node *name, const struct node *value)
{
	struct model_group *group =
		keys_add_item(p, &p->model->groups, MODEL_MAX_GROUPS, name, "groups");

	if (!group)
		return;
	group->name = keys_copy(p, name);
	parse_labels(p, value, &group->labels);
	if (value->kind == NODE_MAP && !value->first)
		diag_error(p->diags, E_EMPTY, value->place,
			   "name at least one, as in { ward: icu-* }",
			   "the group '%s' has no label to choose devices by", name->text);
}

void parse_groups(struct parser *p, const struct node *node, void *into)
{
	(void)into;
	keys_parse_names(p, node, "a mapping of names to labels", parse_group);
}
