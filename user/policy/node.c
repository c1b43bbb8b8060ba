/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/node.h"

#include <errno.h>
#include <string.h>
#include <yaml.h>

#include "base/own.h"
#include "policy/characters.h"
#include "policy/names.h"
#include "policy/values.h"
#include "policy/yaml_error.h"

/* A list or mapping that is still open. */
struct open {
	struct node *node, *last;
	size_t children;
};

struct reader {
	const struct source *source;
	struct arena *arena;
	struct diags *diags;
	yaml_parser_t *yaml;
	struct open open[NODE_MAX_DEPTH];
	size_t depth;
	struct node *root;
	unsigned documents;
	size_t nodes;
	bool anchors, aliases; /* were met: each is said once, not for every echo */
};

const char *node_kind_name(const struct node *node)
{
	static const char *const names[] = { [NODE_BAD] = "an error",
					     [NODE_TEXT] = "text",
					     [NODE_LIST] = "a list",
					     [NODE_MAP] = "a mapping" };

	if (node->kind == NODE_TEXT && !*node->text && !node->quoted)
		return "nothing";
	return names[node->kind];
}

static struct place place_of(const struct reader *r, const yaml_mark_t *start,
			     const yaml_mark_t *end)
{
	struct place place = { .line = (uint32_t)start->line + 1,
			       .column = (uint32_t)start->column + 1,
			       .width = 1,
			       .file = r->source->file };

	if (end && end->line == start->line && end->column > start->column)
		place.width = (uint32_t)(end->column - start->column);
	return place;
}

/* `length`: of the text that the caller puts into it. */
static int add_node(struct reader *r, enum node_kind kind, struct place place, size_t length,
		    struct node **out)
{
	struct open *parent = r->depth ? &r->open[r->depth - 1] : NULL;
	struct node *node;

	if (++r->nodes > NODE_MAX_COUNT) {
		diag_error(r->diags, E_TOO_MANY, place, "split the policy into several files",
			   "more than %d words, lists and mappings", NODE_MAX_COUNT);
		return -EINVAL;
	}
	node = arena_alloc(r->arena, sizeof(*node) + length + 1);
	if (!node)
		return -ENOMEM;
	node->kind = (uint8_t)kind;
	node->place = place;
	if (!parent)
		r->root = node;
	else if (parent->last)
		parent->last->next = node;
	else
		parent->node->first = node;
	if (parent) {
		parent->last = node;
		parent->children++;
	}
	*out = node;
	return 0;
}

static bool is_key(const struct reader *r)
{
	const struct open *parent = r->depth ? &r->open[r->depth - 1] : NULL;

	return parent && parent->node->kind == NODE_MAP && parent->children % 2 == 0;
}

static void refuse_properties(struct reader *r, const yaml_char_t *anchor, const yaml_char_t *tag,
			      struct place place)
{
	char shown[VALUES_SHOWN];

	place.width = 1;
	if (anchor && !r->anchors)
		diag_error(r->diags, E_ALIAS, place, "write the value out where it is needed",
			   "the anchor '&%s': anchors and aliases are not allowed in a policy",
			   values_show(shown, (const char *)anchor));
	r->anchors |= anchor != NULL;
	if (tag)
		diag_error(r->diags, E_TAG, place, "leave the tag out",
			   "the tag '%s': tags are not allowed in a policy",
			   values_show(shown, (const char *)tag));
}

static int read_scalar(struct reader *r, const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t length = event->data.scalar.length;
	bool quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	struct place place = place_of(r, &event->start_mark, &event->end_mark);
	bool merge = !quoted && is_key(r) && !strcmp(text, "<<");
	size_t bad = quoted ? characters_bad(text, length) : length;
	struct node *node;
	int err;

	refuse_properties(r, event->data.scalar.anchor, event->data.scalar.tag, place);
	if (merge)
		diag_error(r->diags, E_ALIAS, place, "write the keys out where they are needed",
			   "'<<': merge keys are not allowed in a policy");
	if (bad < length)
		characters_report(text + bad, length - bad, place, r->diags);
	err = add_node(r, merge || bad < length ? NODE_BAD : NODE_TEXT, place, length, &node);
	if (err)
		return err;
	node->quoted = quoted;
	node->text = memcpy(node->inlined, text, length);
	return 0;
}

static int read_alias(struct reader *r, const yaml_event_t *event)
{
	struct place place = place_of(r, &event->start_mark, &event->end_mark);
	char shown[VALUES_SHOWN];
	struct node *node;

	if (!r->aliases)
		diag_error(r->diags, E_ALIAS, place,
			   "write the value out here; text that starts with '*' needs quotes",
			   "the alias '*%s': anchors and aliases are not allowed in a policy",
			   values_show(shown, (const char *)event->data.alias.anchor));
	r->aliases = true;
	return add_node(r, NODE_BAD, place, 0, &node);
}

static int open_node(struct reader *r, enum node_kind kind, const yaml_event_t *event)
{
	struct place place = place_of(r, &event->start_mark, &event->end_mark);
	struct node *node;
	int err;

	/* Both variants of the event begin with the same two members. */
	if (kind == NODE_LIST)
		refuse_properties(r, event->data.sequence_start.anchor,
				  event->data.sequence_start.tag, place);
	else
		refuse_properties(r, event->data.mapping_start.anchor,
				  event->data.mapping_start.tag, place);
	if (r->depth == NODE_MAX_DEPTH) {
		diag_error(r->diags, E_TOO_DEEP, place, "a policy needs 6",
			   "more than %d lists and mappings inside each other", NODE_MAX_DEPTH);
		return -EINVAL;
	}
	if (is_key(r)) {
		diag_error(r->diags, E_BAD_KEY, place, "a key is a word, as in `name: value`",
			   "a key must be plain text, not %s",
			   kind == NODE_LIST ? "a list" : "a mapping");
		return -EINVAL;
	}
	err = add_node(r, kind, place, 0, &node);
	if (err)
		return err;
	r->open[r->depth++] = (struct open){ .node = node };
	return 0;
}

static void report_duplicate(struct reader *r, const struct node *key, const struct node *first)
{
	char shown[VALUES_SHOWN];

	if (diags_full(r->diags))
		return;
	diag_error(r->diags, E_KEY_TWICE, key->place, "remove one of the two",
		   "the key '%s' is given twice", values_show(shown, key->text));
	diag_other(r->diags, first->place, "first given here");
}

/* Most mappings have a handful of keys; the table is for those with thousands. */
static int check_keys_of_large(struct reader *r, const struct node *map)
{
	_cleanup_(names_free) struct names names = { 0 };
	_cleanup_free_ const struct node **keys = NULL;
	size_t count = 0;
	int err = 0;

	for (const struct node *key = map->first; key; key = key->next->next)
		count++;
	keys = calloc(count, sizeof(*keys));
	if (!keys)
		return -ENOMEM;
	count = 0;
	for (struct node *key = map->first; key; key = key->next->next) {
		uint32_t first;

		if (key->kind != NODE_TEXT)
			continue;
		keys[count] = key;
		err = names_add(&names, key->text, (uint32_t)count++, &first);
		if (err == -ENOMEM)
			return err;
		if (err) {
			report_duplicate(r, key, keys[first]);
			key->kind = NODE_BAD;
		}
	}
	return 0;
}

static void check_keys_of_small(struct reader *r, const struct node *map)
{
	for (struct node *key = map->first; key; key = key->next->next) {
		for (const struct node *other = map->first; other != key;
		     other = other->next->next) {
			if (key->kind != NODE_TEXT || other->kind != NODE_TEXT ||
			    strcmp(key->text, other->text))
				continue;
			report_duplicate(r, key, other);
			key->kind = NODE_BAD;
		}
	}
}

static int close_node(struct reader *r, const yaml_event_t *event)
{
	struct open *open = &r->open[--r->depth];
	struct node *node = open->node;

	/* Flow style on one line is underlined as a whole, anything else at its first word. */
	if (node->place.width == 1 && event->end_mark.line + 1 == node->place.line &&
	    event->end_mark.column + 1 > node->place.column)
		node->place.width = (uint32_t)event->end_mark.column + 1 - node->place.column;
	else if (node->first && node->first->place.line == node->place.line &&
		 node->first->place.column == node->place.column)
		node->place.width = node->first->place.width;
	if (node->kind != NODE_MAP)
		return 0;
	if (open->children > 32)
		return check_keys_of_large(r, node);
	check_keys_of_small(r, node);
	return 0;
}

static int read_event(struct reader *r, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (r->documents++) {
			diag_error(r->diags, E_TWO_DOCUMENTS,
				   place_of(r, &event->start_mark, &event->end_mark),
				   "remove the '---' or put the rest into a file of its own",
				   "a second YAML document; a policy is one document");
			return -EINVAL;
		}
		return 0;
	case YAML_SCALAR_EVENT:
		return read_scalar(r, event);
	case YAML_ALIAS_EVENT:
		return read_alias(r, event);
	case YAML_SEQUENCE_START_EVENT:
		return open_node(r, NODE_LIST, event);
	case YAML_MAPPING_START_EVENT:
		return open_node(r, NODE_MAP, event);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return close_node(r, event);
	default:
		return 0;
	}
}

static int read_all(struct reader *r)
{
	bool ended = false;

	while (!ended) {
		yaml_event_t event;
		int err;

		if (!yaml_parser_parse(r->yaml, &event))
			return yaml_error(r->source, r->yaml, r->diags);
		ended = event.type == YAML_STREAM_END_EVENT;
		err = read_event(r, &event);
		yaml_event_delete(&event);
		if (err)
			return err;
		if (diags_full(r->diags))
			return -EINVAL;
	}
	return 0;
}

int node_read(const struct source *source, struct arena *arena, const struct node **root,
	      struct diags *diags)
{
	yaml_parser_t yaml;
	struct reader r = { .source = source, .arena = arena, .diags = diags, .yaml = &yaml };
	int err;

	if (!characters_check(source, diags))
		return -EINVAL;
	if (!yaml_parser_initialize(&yaml))
		return -ENOMEM;
	yaml_parser_set_encoding(&yaml, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&yaml, (const unsigned char *)source->bytes, source->length);
	err = read_all(&r);
	yaml_parser_delete(&yaml);
	if (!err)
		*root = r.root;
	return err;
}
