/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices as NetBox's REST API gives them: a list of objects, or a whole answer with `results`. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/own.h"
#include "policy/import.h"
#include "policy/json.h"

static bool is_nothing(const struct node *node)
{
	return node->kind == NODE_TEXT && !node->quoted && !*node->text;
}

/* The value of a key of which `length` bytes are given, or NULL. */
static const struct node *value_of(const struct node *map, const char *name, size_t length,
				   const struct node **twice)
{
	const struct node *found = NULL;

	for (const struct node *key = map->first; key; key = key->next->next) {
		if (strncmp(key->text, name, length) || key->text[length])
			continue;
		if (found)
			*twice = key;
		found = found ?: key->next;
	}
	return found;
}

/* Where a path leads in an object. */
struct walk {
	const struct node *value; /* NULL: a part of the path is missing, or null */
	const struct node *in; /* the last mapping on the way */
	const char *part; /* of the path, that was looked for in it */
	size_t length; /* of the part */
	bool known; /* all keys of the path are there */
	bool missing; /* one of them is not, and that is not because of a null */
	const struct node *twice; /* a key that is given again, or NULL */
};

static struct walk follow(const struct node *object, const char *path)
{
	struct walk walk = { .value = object };

	while (*path && !is_nothing(walk.value)) {
		if (walk.value->kind != NODE_MAP)
			return (struct walk){ .missing = true };
		walk.in = walk.value;
		walk.part = path;
		walk.length = strcspn(path, ".");
		walk.value = value_of(walk.in, path, walk.length, &walk.twice);
		walk.missing = !walk.value;
		if (walk.missing)
			return walk;
		path += walk.length + (path[walk.length] == '.');
	}
	walk.known = !*path;
	if (is_nothing(walk.value))
		walk.value = NULL;
	return walk;
}

static void unknown_path(struct parser *p, const struct import_field *field,
			 const struct node *object)
{
	const struct walk walk = follow(object, field->from->text);
	char wanted[VALUES_SHOWN], shown[VALUES_SHOWN], hint[VALUES_SHOWN + 64] = "";
	struct nearest nearest = { .wanted = wanted };

	if (walk.in && walk.length < sizeof(wanted)) {
		snprintf(wanted, sizeof(wanted), "%.*s", (int)walk.length, walk.part);
		for (const struct node *key = walk.in->first; key; key = key->next->next)
			nearest_try(&nearest, key->text);
	}
	if (nearest.best)
		snprintf(hint, sizeof(hint), "did you mean '%.*s%s'?",
			 (int)(walk.part - field->from->text), field->from->text,
			 values_show(shown, nearest.best));
	diag_error(p->diags, E_COLUMN, field->from->place,
		   hint[0] ? hint : "a path is the keys that lead to a value, with dots between",
		   "no object has '%s'", values_show(shown, field->from->text));
	diag_other(p->diags, object->place, "an object without it is here");
}

/* A path that no object has is misspelt, unless all that is on the way to it is null. */
static void find_path(struct parser *p, const struct import_field *field, const struct node *list)
{
	const struct node *without = NULL;

	for (const struct node *object = list->first; object; object = object->next) {
		struct walk walk = follow(object, field->from->text);

		if (walk.known)
			return;
		if (walk.missing && !without)
			without = object;
	}
	if (without)
		unknown_path(p, field, without);
}

static void take_value(struct parser *p, struct import_field *field, const struct node *object)
{
	const struct walk walk = follow(object, field->from->text);
	const struct node *value = walk.value;
	char shown[VALUES_SHOWN];

	field->cell = (struct csv_cell){ "", object->place };
	if (walk.twice)
		diag_error(p->diags, E_KEY_TWICE, walk.twice->place, "take one of the two away",
			   "the key '%s' is given twice", values_show(shown, walk.twice->text));
	if (!value)
		return;
	if (value->kind == NODE_TEXT) {
		field->cell = (struct csv_cell){ value->text, value->place };
		return;
	}
	field->cell.text = NULL;
	diag_error(p->diags, E_WRONG_KIND, value->place,
		   "name one value in it, with a dot between the keys", "'%s' is %s",
		   values_show(shown, field->from->text), node_kind_name(value));
}

static void take_object(struct parser *p, struct import *import, const struct node *object)
{
	if (object->kind != NODE_MAP) {
		diag_error(p->diags, E_WRONG_KIND, object->place, "each device is an object",
			   "expected an object, got %s", node_kind_name(object));
		return;
	}
	for (size_t i = 0; i < import->field_count; i++)
		take_value(p, &import->fields[i], object);
	import_row(p, import, object->place);
}

/* The list itself, or the `results` of an answer, which must be the whole answer. */
static const struct node *find_list(struct parser *p, const struct node *root)
{
	const struct node *list = root, *next = NULL, *twice = NULL;

	if (root->kind == NODE_MAP) {
		list = value_of(root, "results", strlen("results"), &twice);
		next = value_of(root, "next", strlen("next"), &twice);
	}
	if (twice)
		diag_error(p->diags, E_KEY_TWICE, twice->place, "take one of the two away",
			   "the key '%s' is given twice", twice->text);
	if (!list || list->kind != NODE_LIST) {
		diag_error(
			p->diags, E_WRONG_KIND, root->place,
			"as NetBox answers, or as in [{\"name\": ...}, ...]",
			"expected a list of objects, or an object with such a list as `results`");
		return NULL;
	}
	if (!next || is_nothing(next))
		return list;
	diag_error(p->diags, E_PAGE, next->place, "ask for all at once, as with `?limit=0`",
		   "this is one page of several: some devices would be missing");
	return NULL;
}

void import_netbox(struct parser *p, struct import *import, const struct source *source)
{
	_cleanup_(arena_free) struct arena arena = { 0 };
	const struct node *root, *list;
	unsigned errors = p->diags->errors;
	int err = json_read(source, &arena, &root, p->diags);

	if (err == -ENOMEM)
		p->failed = true;
	list = err ? NULL : find_list(p, root);
	if (!list)
		return;
	for (size_t i = 0; i < import->field_count; i++)
		find_path(p, &import->fields[i], list);
	if (p->diags->errors != errors)
		return;
	for (const struct node *n = list->first; n && !p->failed && !diags_full(p->diags);
	     n = n->next)
		take_object(p, import, n);
}
