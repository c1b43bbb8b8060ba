/* SPDX-License-Identifier: GPL-2.0-only */
/* `import`: which list of devices, and what of it is what of a device. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/own.h"
#include "policy/import.h"
#include "policy/parse_parts.h"

static void add(struct parser *p, struct import *import, struct import_field field)
{
	if (!keys_text(p, field.from, import->netbox ? "a path" : "the name of a column"))
		return;
	if (import->field_count == IMPORT_MAX_FIELDS) {
		diag_error(p->diags, E_TOO_MANY, field.from->place, "leave out what no group needs",
			   "more than %d columns of an import", IMPORT_MAX_FIELDS);
		return;
	}
	import->fields[import->field_count++] = field;
}

static void add_column(struct parser *p, struct import *import, const struct node *from,
		       const char *key)
{
	add(p, import, (struct import_field){ .key = key, .from = from });
}

/* Columns. */

static void column_name(struct parser *p, const struct node *node, void *into)
{
	add_column(p, into, node, "name");
}

static void column_mac(struct parser *p, const struct node *node, void *into)
{
	add_column(p, into, node, "mac");
}

static void one_ip(struct parser *p, const struct node *node, void *into)
{
	add_column(p, into, node, "ip");
}

/* A device's addresses may stand in several: one for each family, say. */
static void column_ip(struct parser *p, const struct node *node, void *into)
{
	if (node->kind == NODE_LIST)
		keys_parse_list(p, node, "a list of columns", into, one_ip);
	else
		one_ip(p, node, into);
}

static void column_vlan(struct parser *p, const struct node *node, void *into)
{
	add_column(p, into, node, "vlan");
}

static void column_profile(struct parser *p, const struct node *node, void *into)
{
	add_column(p, into, node, "profile");
}

static void column_link(struct parser *p, const struct node *node, void *into)
{
	add_column(p, into, node, "link");
}

static void column_enforcement(struct parser *p, const struct node *node, void *into)
{
	add_column(p, into, node, "enforcement");
}

static const struct key column_table[] = {
	{ "name", true, column_name },
	{ "mac", true, column_mac },
	{ "ip", false, column_ip },
	{ "vlan", false, column_vlan },
	{ "profile", false, column_profile },
	{ "link", false, column_link },
	{ "enforcement", false, column_enforcement },
};
KEYS(column_keys, "`columns`", column_table);

static void import_columns(struct parser *p, const struct node *node, void *into)
{
	keys_parse(p, node, &column_keys, into);
}

static void one_label(struct parser *p, const struct node *key, const struct node *value,
		      void *into)
{
	add(p, into, (struct import_field){ .label = key, .from = value });
}

static void import_labels(struct parser *p, const struct node *node, void *into)
{
	keys_parse_pairs(p, node, "a mapping of labels to columns", into, one_label);
}

/* Rows to leave out. */

static void one_skipped(struct parser *p, const struct node *node, void *into)
{
	(void)into;
	keys_text(p, node, "a value of the column");
}

static void one_skip(struct parser *p, const struct node *key, const struct node *value, void *into)
{
	if (!keys_parse_list(p, value, "a list of values", NULL, one_skipped))
		return;
	if (!value->first)
		diag_error(p->diags, E_EMPTY, value->place, "list values, as in [retired, spare]",
			   "no value of '%s' is skipped", key->text);
	add(p, into, (struct import_field){ .skip = value, .from = key });
}

static void import_skip(struct parser *p, const struct node *node, void *into)
{
	keys_parse_pairs(p, node, "a mapping of columns to lists of values", into, one_skip);
}

/* Profiles. */

static void one_profile(struct parser *p, const struct node *key, const struct node *value,
			void *into)
{
	struct import *import = into;
	struct word word = { 0 };
	const struct node **room;
	uint32_t first;

	keys_word(p, value, "the name of a profile", value_name, &word);
	if (!word.text)
		return;
	room = keys_check(p, vec_add(&import->profile_names));
	if (!room)
		return;
	*room = value;
	if (names_add(&import->profile_of, key->text, (uint32_t)import->profile_names.count - 1,
		      &first) == -ENOMEM)
		p->failed = true;
}

static void import_profiles(struct parser *p, const struct node *node, void *into)
{
	struct import *import = into;

	if (keys_parse_pairs(p, node, "a mapping of values to profiles", into, one_profile))
		import->profiles = node;
}

/* Constants: what they say is looked at with each device. */

static void add_constant(struct import *import, const char *key, const struct node *value)
{
	import->constants[import->constant_count++] = (struct import_constant){ key, value };
}

static void import_ip(struct parser *p, const struct node *node, void *into)
{
	(void)p;
	add_constant(into, "ip", node);
}

static void import_vlan(struct parser *p, const struct node *node, void *into)
{
	(void)p;
	add_constant(into, "vlan", node);
}

static void import_profile(struct parser *p, const struct node *node, void *into)
{
	(void)p;
	add_constant(into, "profile", node);
}

static void import_link(struct parser *p, const struct node *node, void *into)
{
	(void)p;
	add_constant(into, "link", node);
}

static void import_enforcement(struct parser *p, const struct node *node, void *into)
{
	(void)p;
	add_constant(into, "enforcement", node);
}

/* The list. */

static void import_file_csv(struct parser *p, const struct node *node, void *into)
{
	(void)p;
	((struct import *)into)->csv = node;
}

static void import_file_netbox(struct parser *p, const struct node *node, void *into)
{
	(void)p;
	((struct import *)into)->netbox = node;
}

static void import_delimiter(struct parser *p, const struct node *node, void *into)
{
	static const char *const words[] = { ",", ";", "|", "tab" };
	const char *text = keys_text(p, node, "a delimiter");
	char shown[VALUES_SHOWN];

	for (size_t i = 0; text && i < ARRAY_SIZE(words); i++) {
		if (strcmp(text, words[i]))
			continue;
		((struct import *)into)->delimiter = ",;|\t"[i];
		return;
	}
	if (text)
		diag_error(p->diags, E_BAD_WORD, node->place, "write \",\", \";\", \"|\" or tab",
			   "'%s' is not a delimiter", values_show(shown, text));
}

static const struct key import_table[] = {
	{ "csv", false, import_file_csv },	  { "netbox", false, import_file_netbox },
	{ "delimiter", false, import_delimiter }, { "columns", true, import_columns },
	{ "labels", false, import_labels },	  { "skip", false, import_skip },
	{ "profiles", false, import_profiles },	  { "ip", false, import_ip },
	{ "vlan", false, import_vlan },		  { "profile", false, import_profile },
	{ "link", false, import_link },		  { "enforcement", false, import_enforcement },
};
KEYS(import_keys, "an import", import_table);

static const struct import_field *find_field(const struct import *import, const char *key)
{
	for (size_t i = 0; i < import->field_count; i++)
		if (import->fields[i].key && !strcmp(import->fields[i].key, key))
			return &import->fields[i];
	return NULL;
}

static const struct import_constant *find_constant(const struct import *import, const char *key)
{
	for (size_t i = 0; i < import->constant_count; i++)
		if (!strcmp(import->constants[i].key, key))
			return &import->constants[i];
	return NULL;
}

/* Each value has one origin, and those that a device needs have one. */
static void check_origins(struct parser *p, const struct import *import, const struct node *node)
{
	static const char *const needed[] = { "ip", "profile" };

	for (size_t i = 0; i < import->constant_count; i++) {
		const struct import_constant *constant = &import->constants[i];
		const struct import_field *field = find_field(import, constant->key);

		if (!field)
			continue;
		diag_error(p->diags, E_IMPORT, constant->value->place, "take one of the two away",
			   "`%s` is given for all devices, and as a column", constant->key);
		diag_other(p->diags, field->from->place, "the column is here");
	}
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		if (find_field(import, needed[i]) || find_constant(import, needed[i]))
			continue;
		diag_error(p->diags, E_IMPORT, node->place,
			   "name its column under `columns`, or give one for all devices here",
			   "an import needs `%s`", needed[i]);
	}
	if (import->profiles && find_constant(import, "profile"))
		diag_error(p->diags, E_IMPORT, import->profiles->place, "take one of the two away",
			   "`profiles` of an import that has one `profile`");
}

static bool check_import(struct parser *p, const struct import *import, const struct node *node)
{
	unsigned errors = p->diags->errors;

	if (!import->csv && !import->netbox)
		diag_error(p->diags, E_IMPORT, node->place, "`csv: FILE` or `netbox: FILE`",
			   "an import needs a list of devices");
	if (import->csv && import->netbox) {
		diag_error(p->diags, E_IMPORT, import->netbox->place, "write two imports",
			   "an import has either `csv` or `netbox`, not both");
		diag_other(p->diags, import->csv->place, "the other one is here");
	}
	check_origins(p, import, node);
	return p->diags->errors == errors;
}

/* More likely an export that failed than the wish to cut all of them off. */
static void report_no_devices(struct parser *p, const struct import *import)
{
	const struct node *list = import->csv ?: import->netbox;
	const char *what = import->csv ? "row" : "object";

	if (import->skipped)
		diag_error(p->diags, E_NO_DEVICES, list->place,
			   "see `skip`, or take the import out of the policy",
			   "no device is imported: `skip` leaves out each %s of the list", what);
	else
		diag_error(p->diags, E_NO_DEVICES, list->place,
			   "export the list again, or take the import out of the policy",
			   "no device is imported: the list has no %s", what);
}

static void import_free(struct import *import)
{
	names_free(&import->profile_of);
	vec_free(&import->profile_names);
	vec_free(&import->nodes);
	text_free(&import->addresses);
	arena_free(&import->arena);
}

static void one_import(struct parser *p, const struct node *node, void *into)
{
	_cleanup_(import_free) struct import import = { .delimiter = ',' };
	unsigned errors = p->diags->errors;
	const struct source *source;

	(void)into;
	if (!keys_parse(p, node, &import_keys, &import) || p->diags->errors != errors ||
	    !check_import(p, &import, node))
		return;
	source = parse_find_file(p, import.csv ?: import.netbox);
	if (!source)
		return;
	import.file.file = source->file;
	if (import.csv)
		import_csv(p, &import, source);
	else
		import_netbox(p, &import, source);
	if (!import.taken && p->diags->errors == errors)
		report_no_devices(p, &import);
}

void parse_import(struct parser *p, const struct node *node, void *into)
{
	keys_parse_list(p, node, "a list of imports", into, one_import);
}
