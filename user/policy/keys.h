/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a mapping is read: by a table of its keys. What is missing, unknown or of the wrong kind is
 * reported here; the functions in the table see each value once.
 */
#ifndef WARDGATE_POLICY_KEYS_H
#define WARDGATE_POLICY_KEYS_H

#include <stdbool.h>

#include "policy/model.h"
#include "policy/node.h"
#include "policy/values.h"

struct files;

struct parser {
	struct model *model;
	struct files *files; /* where in them it is: parse_files.c */
	struct diags *diags;
	bool failed; /* memory ran out */
};

struct key {
	const char *name;
	bool required;
	void (*parse)(struct parser *p, const struct node *value, void *into);
};

struct keys {
	const char *what; /* "a device" */
	const struct key *keys;
	size_t count;
};

#define KEYS(name, description, table)                                                             \
	static const struct keys name = { description, table, sizeof(table) / sizeof(*(table)) }

/* Reads each key of the mapping into `into`. False when it is no mapping (reported). */
bool keys_parse(struct parser *p, const struct node *map, const struct keys *keys, void *into);

/*
 * The same, where no key is required. Yields which were given, bit by bit in the order of the
 * table; all, when that is not known.
 */
uint32_t keys_parse_given(struct parser *p, const struct node *map, const struct keys *keys,
			  void *into);

/* Reports each required key that was not given. */
void keys_require(struct parser *p, const struct node *map, const struct keys *keys,
		  uint32_t given);

/* Calls `item` for each item of the list. False when it is no list (reported). */
bool keys_parse_list(struct parser *p, const struct node *list, const char *what, void *into,
		     void (*item)(struct parser *p, const struct node *item, void *into));

/* Calls `entry` for each key that is text, and its value. False when it is no mapping (reported).
 */
bool keys_parse_pairs(struct parser *p, const struct node *map, const char *what, void *into,
		      void (*entry)(struct parser *p, const struct node *key,
				    const struct node *value, void *into));

/* Calls `entry` for each name and value of the mapping. */
bool keys_parse_names(struct parser *p, const struct node *map, const char *what,
		      void (*entry)(struct parser *p, const struct node *name,
				    const struct node *value));

/* The text of a scalar, or NULL with "expected WHAT, got ..." reported. */
const char *keys_text(struct parser *p, const struct node *node, const char *what);

/* A scalar that `value` accepts, copied into the model. */
void keys_word(struct parser *p, const struct node *node, const char *what,
	       int (*value)(const char *s, struct complaint *complaint), struct word *out);

/* The place among the words of what was written. False when it is none of them (reported). */
bool keys_choice(struct parser *p, const struct node *node, const struct value_choices *choices,
		 unsigned *out);

/* `enforce`, `audit` or `closed`. */
void keys_enforcement(struct parser *p, const struct node *node, enum model_enforcement *out);

/* The text of a scalar that was checked already, copied into the model. */
struct word keys_copy(struct parser *p, const struct node *node);

void keys_complain(struct parser *p, const struct node *node, const struct complaint *complaint);

/* A new item of a vector of the model, or NULL: too many (reported), or no memory. */
#define keys_add_item(p, vec, max, node, what)                                                     \
	(keys_has_room(p, (vec)->count, max, node, what) ? keys_check(p, vec_add(vec)) : NULL)

bool keys_has_room(struct parser *p, size_t count, size_t max, const struct node *node,
		   const char *what);

/* What was allocated; notes in `p` when it was not. */
void *keys_check(struct parser *p, void *item);

#endif
