/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/keys.h"

#include <stdio.h>
#include <string.h>

#include "base/own.h"
#include "policy/names.h"

#define ALL_KEYS (~(uint32_t)0)

static bool should_stop(const struct parser *p)
{
	return p->failed || diags_full(p->diags);
}

static void wrong_kind(struct parser *p, const struct node *node, const char *what,
		       enum node_kind kind)
{
	char hint[VALUES_SHOWN + 32], shown[VALUES_SHOWN];
	const char *got = node_kind_name(node);

	hint[0] = '\0';
	if (kind == NODE_LIST && node->kind == NODE_TEXT && (node->quoted || *node->text))
		snprintf(hint, sizeof(hint), "a list of one is written [%s]",
			 values_show(shown, node->text));
	else if (kind == NODE_LIST && node->kind == NODE_TEXT)
		snprintf(hint, sizeof(hint), "an empty list is written []");
	else if (kind == NODE_LIST && node->kind == NODE_MAP)
		snprintf(hint, sizeof(hint), "each item of a list starts with '- '");
	else if (kind == NODE_MAP)
		snprintf(hint, sizeof(hint), "a mapping is lines of `key: value`");
	diag_error(p->diags, E_WRONG_KIND, node->place, hint[0] ? hint : NULL,
		   "expected %s, got %s", what, got);
}

static bool is_kind(struct parser *p, const struct node *node, const char *what,
		    enum node_kind kind)
{
	if (node->kind == kind)
		return true;
	if (node->kind != NODE_BAD)
		wrong_kind(p, node, what, kind);
	return false;
}

static void list_keys(const struct keys *keys, char *out, size_t size)
{
	size_t at = (size_t)snprintf(out, size, "the keys of %s are", keys->what);

	for (size_t i = 0; i < keys->count && at < size; i++)
		at += (size_t)snprintf(out + at, size - at, "%s %s", i ? "," : "",
				       keys->keys[i].name);
}

static const struct key *find_key(const struct keys *keys, const char *name)
{
	for (size_t i = 0; i < keys->count; i++)
		if (!strcmp(keys->keys[i].name, name))
			return &keys->keys[i];
	return NULL;
}

/* What other systems call it. */
static const struct {
	const char *word, *key;
} other_words[] = {
	{ "rules", "allow" },	     { "acl", "allow" },	  { "permit", "allow" },
	{ "port", "services" },	     { "ports", "services" },	  { "protocol", "services" },
	{ "source", "from" },	     { "src", "from" },		  { "destination", "to" },
	{ "dst", "to" },	     { "hostname", "name" },	  { "address", "ip" },
	{ "addresses", "ip" },	     { "mac-address", "mac" },	  { "type", "profile" },
	{ "model", "profile" },	     { "description", "purpose" }, { "comment", "purpose" },
	{ "inside", "clinical" },    { "outside", "it" },	  { "rate", "packets" },
	{ "tls", "encrypted" },	     { "encryption", "encrypted" },
};

/* A key whose colon or the space behind it is missing: "ip:10.0.0.1", "ip 10.0.0.1". */
static const struct key *find_joined(const struct keys *keys, const char *text, const char **value)
{
	for (size_t i = 0; i < keys->count; i++) {
		size_t length = strlen(keys->keys[i].name);

		if (strncmp(text, keys->keys[i].name, length) || !strchr(": ", text[length]) ||
		    !text[length])
			continue;
		*value = text + length + strspn(text + length, ": ");
		return &keys->keys[i];
	}
	return NULL;
}

static const char *find_other_word(const struct keys *keys, const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(other_words); i++)
		if (!strcmp(text, other_words[i].word) && find_key(keys, other_words[i].key))
			return other_words[i].key;
	return NULL;
}

/* Where there are rules. */
static bool is_denial(const struct keys *keys, const char *text)
{
	static const char *const words[] = { "deny", "drop", "block", "reject", "action" };

	for (size_t i = 0; find_key(keys, "limit") && i < ARRAY_SIZE(words); i++)
		if (!strcmp(text, words[i]))
			return true;
	return false;
}

/* Yields the key that was meant, when that is clear: it is then not missing. */
static const struct key *unknown_key(struct parser *p, const struct node *key,
				     const struct keys *keys)
{
	struct nearest nearest = { .wanted = key->text };
	char shown[VALUES_SHOWN], list[256], hint[320 + VALUES_SHOWN];
	const char *value = "", *other = find_other_word(keys, key->text);
	const struct key *joined = find_joined(keys, key->text, &value);

	for (size_t i = 0; i < keys->count; i++)
		nearest_try(&nearest, keys->keys[i].name);
	nearest.best = other ?: nearest.best;
	list_keys(keys, list, sizeof(list));
	if (joined)
		snprintf(hint, sizeof(hint), "a key ends with a colon and a space: `%s: %s`",
			 joined->name, values_show(shown, value));
	else if (is_denial(keys, key->text))
		snprintf(hint, sizeof(hint), "leave it out: what no rule allows is dropped\n%s", list);
	else if (nearest.best)
		snprintf(hint, sizeof(hint), "did you mean '%s'?\n%s", nearest.best, list);
	else
		snprintf(hint, sizeof(hint), "%s", list);
	diag_error(p->diags, E_UNKNOWN_KEY, key->place, hint, "unknown key '%s' in %s",
		   values_show(shown, key->text), keys->what);
	return joined ?: nearest.best ? find_key(keys, nearest.best) : NULL;
}

void keys_require(struct parser *p, const struct node *map, const struct keys *keys,
		  uint32_t given)
{
	char list[256];

	for (size_t i = 0; i < keys->count; i++) {
		if (!keys->keys[i].required || given & 1u << i)
			continue;
		if (!strcmp(keys->keys[i].name, "version"))
			snprintf(list, sizeof(list),
				 "the first line of a policy says the language: `version: 1`");
		else
			list_keys(keys, list, sizeof(list));
		diag_error(p->diags, E_MISSING_KEY, map->place, list, "%s needs the key '%s'",
			   keys->what, keys->keys[i].name);
	}
}

uint32_t keys_parse_given(struct parser *p, const struct node *map, const struct keys *keys,
			  void *into)
{
	char what[64] = "";
	uint32_t given = 0;

	if (map->kind != NODE_MAP)
		snprintf(what, sizeof(what), "a mapping with the keys of %s", keys->what);
	if (!is_kind(p, map, what, NODE_MAP))
		return ALL_KEYS;
	for (const struct node *key = map->first; key && !should_stop(p); key = key->next->next) {
		const struct key *known;

		/* What could not be read may have been any of the keys. */
		if (key->kind != NODE_TEXT) {
			given = ALL_KEYS;
			continue;
		}
		known = find_key(keys, key->text);
		if (known)
			known->parse(p, key->next, into);
		else
			known = unknown_key(p, key, keys);
		if (known)
			given |= 1u << (known - keys->keys);
	}
	return given;
}

bool keys_parse(struct parser *p, const struct node *map, const struct keys *keys, void *into)
{
	keys_require(p, map, keys, keys_parse_given(p, map, keys, into));
	return map->kind == NODE_MAP;
}

bool keys_parse_list(struct parser *p, const struct node *list, const char *what, void *into,
		     void (*item)(struct parser *p, const struct node *item, void *into))
{
	if (!is_kind(p, list, what, NODE_LIST))
		return false;
	for (const struct node *n = list->first; n && !should_stop(p); n = n->next)
		item(p, n, into);
	return true;
}

bool keys_parse_pairs(struct parser *p, const struct node *map, const char *what, void *into,
		      void (*entry)(struct parser *p, const struct node *key,
				    const struct node *value, void *into))
{
	if (!is_kind(p, map, what, NODE_MAP))
		return false;
	for (const struct node *key = map->first; key && !should_stop(p); key = key->next->next)
		if (key->kind == NODE_TEXT)
			entry(p, key, key->next, into);
	return true;
}

struct named {
	void (*entry)(struct parser *p, const struct node *name, const struct node *value);
};

static void parse_named(struct parser *p, const struct node *key, const struct node *value,
			void *into)
{
	const struct named *named = into;
	struct complaint complaint;

	if (value_name(key->text, &complaint))
		keys_complain(p, key, &complaint);
	else
		named->entry(p, key, value);
}

bool keys_parse_names(struct parser *p, const struct node *map, const char *what,
		      void (*entry)(struct parser *p, const struct node *name,
				    const struct node *value))
{
	struct named named = { entry };

	return keys_parse_pairs(p, map, what, &named, parse_named);
}

const char *keys_text(struct parser *p, const struct node *node, const char *what)
{
	static const char *const hints[] = {
		[NODE_TEXT] = "write it here, or leave the whole entry out",
		[NODE_LIST] = "write one value, without brackets and without '- '",
		[NODE_MAP] = "write one value, without keys",
	};

	if (node->kind == NODE_TEXT && (node->quoted || *node->text))
		return node->text;
	if (node->kind != NODE_BAD)
		diag_error(p->diags, E_WRONG_KIND, node->place, hints[node->kind],
			   "expected %s, got %s", what, node_kind_name(node));
	return NULL;
}

void keys_word(struct parser *p, const struct node *node, const char *what,
	       int (*value)(const char *s, struct complaint *complaint), struct word *out)
{
	const char *text = keys_text(p, node, what);
	struct complaint complaint;

	if (!text)
		return;
	if (value(text, &complaint)) {
		keys_complain(p, node, &complaint);
		return;
	}
	*out = keys_copy(p, node);
}

bool keys_choice(struct parser *p, const struct node *node, const struct value_choices *choices,
		 unsigned *out)
{
	const char *text = keys_text(p, node, choices->what);
	struct complaint complaint;

	if (!text)
		return false;
	if (!value_choice(text, choices, out, &complaint))
		return true;
	keys_complain(p, node, &complaint);
	return false;
}

void keys_enforcement(struct parser *p, const struct node *node, enum model_enforcement *out)
{
	static const char *const words[] = { "enforce", "audit", "closed" };
	static const enum model_enforcement modes[] = { MODEL_ENFORCE, MODEL_AUDIT, MODEL_CLOSED };
	static const struct value_choices choices = { "a mode of enforcement", words,
						      ARRAY_SIZE(words) };
	unsigned at;

	if (keys_choice(p, node, &choices, &at))
		*out = modes[at];
}

struct word keys_copy(struct parser *p, const struct node *node)
{
	return (struct word){
		.text = keys_check(p, arena_copy(&p->model->arena, node->text, strlen(node->text))),
		.place = node->place,
	};
}

bool keys_has_room(struct parser *p, size_t count, size_t max, const struct node *node,
		   const char *what)
{
	/* The vector stays full, so this is said once more for each item: the limit ends it. */
	if (count >= max)
		diag_error(p->diags, E_TOO_MANY, node->place,
			   "leave out what is not needed: there is room for no more",
			   "more than %zu %s", max, what);
	return count < max;
}

void *keys_check(struct parser *p, void *item)
{
	if (!item)
		p->failed = true;
	return item;
}

void keys_complain(struct parser *p, const struct node *node, const struct complaint *complaint)
{
	diag_error(p->diags, complaint->code, node->place,
		   complaint->hint[0] ? complaint->hint : NULL, "%s", complaint->message);
}
