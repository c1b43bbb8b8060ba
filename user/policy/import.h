/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices from a list that another system keeps. Each row becomes the tree of a YAML device, with
 * the places of its cells, and is parsed as one: so it is held to the same rules.
 */
#ifndef WARDGATE_POLICY_IMPORT_H
#define WARDGATE_POLICY_IMPORT_H

#include "policy/csv.h"
#include "policy/keys.h"
#include "policy/names.h"

/* Columns of a device, the labels counted. */
#define IMPORT_MAX_FIELDS 64

/* One value of a device, and where it comes from. */
struct import_field {
	const struct node *label; /* the key of the label, or NULL */
	const struct node *skip; /* values: a row with one of them is no device; or NULL */
	const char *key; /* of a device; NULL for the two above */
	const struct node *from; /* the name of the column, or the path */
	size_t column; /* of a table */
	struct csv_cell cell; /* of the row in work; empty: none; NULL: reported */
};

/* A key that is the same for all devices of the list. */
struct import_constant {
	const char *key;
	const struct node *value;
};

struct import {
	const struct node *csv, *netbox; /* the name of the file */
	const struct node *profiles; /* a value of the column to a profile each, or NULL */
	struct names profile_of; /* to the index in: */
	VEC(const struct node *) profile_names;
	char delimiter;
	struct import_field fields[IMPORT_MAX_FIELDS];
	size_t field_count;
	struct import_constant constants[8];
	size_t constant_count;
	struct arena arena; /* of: */
	VEC(struct node *) nodes; /* used again for each row */
	size_t used;
	size_t taken, skipped; /* rows so far */
	struct text addresses; /* of the row in work */
	struct place file; /* of nothing in particular in it */
};

/* Each reads a source; problems are reported, or noted in the parser. */
void import_csv(struct parser *p, struct import *import, const struct source *source);
void import_netbox(struct parser *p, struct import *import, const struct source *source);

/* Makes a device of the cells of the fields, or leaves it out. */
void import_row(struct parser *p, struct import *import, struct place row);

#endif
