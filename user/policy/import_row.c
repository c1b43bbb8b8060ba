/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "base/own.h"
#include "policy/import.h"
#include "policy/parse_parts.h"

/* Between the addresses of one cell. */
#define SEPARATORS " \t\r\n,;|"

#define TEXT_NODE(string, at)                                                                      \
	(struct node)                                                                              \
	{                                                                                          \
		.kind = NODE_TEXT, .quoted = true, .text = (string), .place = (at)                 \
	}

static struct node *take_node(struct parser *p, struct import *import, enum node_kind kind,
			      struct place place)
{
	struct node *node;

	if (import->used == import->nodes.count) {
		struct node **room = keys_check(p, vec_add(&import->nodes));

		if (!room)
			return NULL;
		*room = keys_check(p, arena_alloc(&import->arena, sizeof(**room) + 1));
		if (!*room) {
			import->nodes.count--;
			return NULL;
		}
	}
	node = import->nodes.items[import->used++];
	*node = (struct node){ .kind = (uint8_t)kind, .place = place };
	return node;
}

/* Puts a node where `last` points to, and moves that to behind it. */
static struct node *append(struct parser *p, struct import *import, struct node ***last,
			   const struct node *like)
{
	struct node *node = take_node(p, import, like->kind, like->place);

	if (!node)
		return NULL;
	node->quoted = like->quoted;
	node->text = like->text;
	if (like->kind != NODE_TEXT)
		node->first = like->first;
	**last = node;
	*last = &node->next;
	return node;
}

/* A key with its value: `value` may be of another tree. */
static void append_pair(struct parser *p, struct import *import, struct node ***last,
			const struct node *key, const struct node *value)
{
	if (append(p, import, last, key))
		append(p, import, last, value);
}

/* What the policy says for a value of the column. */
static const struct node *profile_for(struct parser *p, const struct import *import,
				      const struct csv_cell *cell)
{
	struct nearest nearest = { .wanted = cell->text };
	_cleanup_(text_free) struct text hint = { 0 };
	char shown[VALUES_SHOWN];
	uint32_t index;

	if (names_find(&import->profile_of, cell->text, &index))
		return import->profile_names.items[index];
	for (const struct node *key = import->profiles->first; key; key = key->next->next)
		if (key->kind == NODE_TEXT)
			nearest_try(&nearest, key->text);
	if (nearest.best)
		text_add(&hint, "did you mean '%s'?", values_show(shown, nearest.best));
	else
		text_add(&hint, "add it to `profiles` of the import");
	diag_error(p->diags, E_NO_PROFILE_FOR, cell->place, hint.bytes,
		   "no profile is given for '%s'", values_show(shown, cell->text));
	diag_other(p->diags, import->profiles->place, "the import's `profiles` are here");
	return NULL;
}

/* Leaves out the length of the interface's network: "10.110.4.13/24" is a station. */
static void end_address(char *address)
{
	char *slash = strchr(address, '/');

	if (slash && slash[1] && strspn(slash + 1, "0123456789") == strlen(slash + 1))
		*slash = '\0';
}

static bool is_optional(const struct import_field *field)
{
	return !strcmp(field->key, "vlan") || !strcmp(field->key, "link") ||
	       !strcmp(field->key, "enforcement");
}

static bool is_address(const struct import_field *field)
{
	return field->key && !strcmp(field->key, "ip");
}

static void report_empty(struct parser *p, const struct import *import,
			 const struct import_field *field)
{
	char shown[VALUES_SHOWN];

	diag_error(p->diags, E_NO_VALUE, field->cell.place,
		   import->csv ? "each row is a device, unless it is all empty"
			       : "each object is a device",
		   import->csv ? "no '%s' in this row: a device needs its `%s`"
			       : "no '%s' in this object: a device needs its `%s`",
		   values_show(shown, field->from->text), field->key);
}

/* One value; of a bad one the key remains, so that it is not said to be missing. */
static void append_field(struct parser *p, struct import *import, struct node ***last,
			 const struct import_field *field)
{
	const struct csv_cell *cell = &field->cell;
	const struct node bad = { .kind = NODE_BAD, .place = cell->place };
	const struct node *value = &TEXT_NODE(cell->text, cell->place);

	if (!cell->text) {
		value = &bad;
	} else if (!*cell->text) {
		if (is_optional(field))
			return;
		report_empty(p, import, field);
		value = &bad;
	} else if (import->profiles && !strcmp(field->key, "profile")) {
		value = profile_for(p, import, cell) ?: &bad;
	}
	append_pair(p, import, last, &TEXT_NODE(field->key, cell->place), value);
}

/* The addresses of one field. */
static void append_addresses(struct parser *p, struct import *import, struct node ***last,
			     const struct import_field *field)
{
	char *rest, *word;
	size_t length = strlen(field->cell.text);

	/* There is room for all of them: what is there may not move. */
	rest = memcpy(import->addresses.bytes + import->addresses.length, field->cell.text,
		      length + 1);
	import->addresses.length += length + 1;
	while ((word = strsep(&rest, SEPARATORS))) {
		end_address(word);
		if (*word)
			append(p, import, last, &TEXT_NODE(word, field->cell.place));
	}
}

static bool reserve_addresses(struct parser *p, struct import *import)
{
	import->addresses.length = 0;
	for (size_t i = 0; i < import->field_count; i++)
		if (is_address(&import->fields[i]) && import->fields[i].cell.text)
			text_add_bytes(&import->addresses, import->fields[i].cell.text,
				       strlen(import->fields[i].cell.text) + 1);
	import->addresses.length = 0;
	if (text_status(&import->addresses))
		p->failed = true;
	return !p->failed;
}

/* All addresses of all fields for them, as a list. */
static void append_ip(struct parser *p, struct import *import, struct node ***last)
{
	struct node list = { .kind = NODE_LIST }, **end = &list.first;
	const struct import_field *first = NULL;

	if (!reserve_addresses(p, import))
		return;
	for (size_t i = 0; i < import->field_count; i++) {
		const struct import_field *field = &import->fields[i];

		if (!is_address(field))
			continue;
		first = first ?: field;
		if (field->cell.text)
			append_addresses(p, import, &end, field);
		else
			list.kind = NODE_BAD;
	}
	if (!first)
		return;
	if (!list.first && list.kind == NODE_LIST) {
		report_empty(p, import, first);
		list.kind = NODE_BAD;
	}
	list.place = list.first ? list.first->place : first->cell.place;
	append_pair(p, import, last, &TEXT_NODE("ip", list.place), &list);
}

static void append_labels(struct parser *p, struct import *import, struct node ***last,
			  struct place row)
{
	struct node map = { .kind = NODE_MAP, .place = row }, **end = &map.first;

	for (size_t i = 0; i < import->field_count; i++) {
		const struct import_field *field = &import->fields[i];
		const struct csv_cell *cell = &field->cell;

		if (field->label && cell->text && *cell->text)
			append_pair(p, import, &end, field->label,
				    &TEXT_NODE(cell->text, cell->place));
	}
	if (map.first)
		append_pair(p, import, last, &TEXT_NODE("labels", row), &map);
}

static bool is_skipped(const struct import *import)
{
	for (size_t i = 0; i < import->field_count; i++) {
		const struct import_field *field = &import->fields[i];
		const struct node *value = field->skip ? field->skip->first : NULL;

		for (; value; value = value->next)
			if (field->cell.text && value->kind == NODE_TEXT &&
			    !strcmp(field->cell.text, value->text))
				return true;
	}
	return false;
}

void import_row(struct parser *p, struct import *import, struct place row)
{
	struct model_device *device;
	struct node *map, **last;

	if (is_skipped(import)) {
		import->skipped++;
		return;
	}
	import->taken++;
	import->used = 0;
	map = take_node(p, import, NODE_MAP, row);
	if (!map)
		return;
	last = &map->first;
	for (size_t i = 0; i < import->field_count; i++)
		if (import->fields[i].key && !is_address(&import->fields[i]))
			append_field(p, import, &last, &import->fields[i]);
	append_ip(p, import, &last);
	append_labels(p, import, &last, row);
	for (size_t i = 0; i < import->constant_count; i++)
		append_pair(p, import, &last, &TEXT_NODE(import->constants[i].key, row),
			    import->constants[i].value);
	device = p->failed ? NULL : parse_device(p, map);
	if (device)
		device->imported = true;
}
