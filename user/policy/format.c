/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tree is written leaf after leaf, in its order. Comments are written as soon as the next leaf
 * stands behind them in the source, so none is lost or comes to stand elsewhere. What is small goes
 * on one line in braces or brackets, unless a comment stands inside.
 */
#include "policy/format.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/node.h"

#define COLUMNS 100
#define STEP 2

/* A mapping of lists, as a rule or device is; what holds more is written over several lines. */
#define FLOW_HEIGHT 2

struct writer {
	struct text *out;
	VEC(uint32_t) lines; /* of the leaves, in order */
	size_t leaf; /* the next one */
	comments comments;
	size_t comment; /* the next one */
	bool opened; /* the line above is what this one belongs to */
	bool tall; /* the last key of the policy took several lines */
	bool failed;
};

static bool is_leaf(const struct node *node)
{
	return node->kind == NODE_TEXT || !node->first;
}

static void list_leaves(struct writer *w, const struct node *node)
{
	uint32_t *line;

	for (const struct node *n = node->first; !is_leaf(node) && n; n = n->next)
		list_leaves(w, n);
	if (!is_leaf(node))
		return;
	line = vec_add(&w->lines);
	if (line)
		*line = node->place.line;
	else
		w->failed = true;
}

static size_t count_leaves(const struct node *node)
{
	size_t count = is_leaf(node);

	for (const struct node *n = node->first; !is_leaf(node) && n; n = n->next)
		count += count_leaves(n);
	return count;
}

static unsigned height(const struct node *node)
{
	unsigned most = 0;

	if (node->kind == NODE_TEXT)
		return 0;
	for (const struct node *n = node->first; n; n = n->next)
		if (height(n) > most)
			most = height(n);
	return most + 1;
}

/* Lines. */

static uint32_t next_line(const struct writer *w)
{
	return w->leaf < w->lines.count ? w->lines.items[w->leaf] : UINT32_MAX;
}

static void empty_line(struct writer *w)
{
	const struct text *out = w->out;

	if (out->length > 1 && strncmp(out->bytes + out->length - 2, "\n\n", 2))
		text_add(w->out, "\n");
}

static void write_comment(struct writer *w, size_t indent)
{
	const struct comment *c = &w->comments.items[w->comment++];

	if (!c->length) {
		if (!w->opened)
			empty_line(w);
		return;
	}
	text_add(w->out, "%*s", (int)indent, "");
	text_add_bytes(w->out, c->text, c->length);
	text_add(w->out, "\n");
	w->opened = false;
}

static void start_line(struct writer *w, size_t indent)
{
	while (w->comment < w->comments.count && w->comments.items[w->comment].line < next_line(w))
		write_comment(w, indent);
	text_add(w->out, "%*s", (int)indent, "");
	w->opened = false;
}

/* Takes the comment that stood behind what was written; more than one go below. */
static void end_line(struct writer *w, size_t indent)
{
	bool first = true;

	for (; w->comment < w->comments.count; first = false) {
		const struct comment *c = &w->comments.items[w->comment];

		if (c->alone || !c->length || c->line >= next_line(w))
			break;
		if (!first) {
			text_add(w->out, "\n");
			text_add(w->out, "%*s", (int)indent, "");
		}
		text_add(w->out, first ? "  " : "");
		text_add_bytes(w->out, c->text, c->length);
		w->comment++;
	}
	text_add(w->out, "\n");
}

/* Values. */

static bool is_plain(const char *s)
{
	size_t length = strlen(s);

	if (!length || strchr("-?:,[]{}#&*!|>'\"%@`~.<= ", s[0]) || strchr(": ", s[length - 1]) ||
	    strpbrk(s, ",[]{}\"\\\t\n\r"))
		return false;
	return !strstr(s, ": ") && !strstr(s, " #");
}

static void write_scalar(const char *s, bool quoted, struct text *out)
{
	if (is_plain(s) || (!*s && !quoted)) {
		text_add(out, "%s", s);
		return;
	}
	text_add(out, "\"");
	for (; *s; s++)
		text_add(out, strchr("\"\\", *s) ? "\\%c" : "%c", *s);
	text_add(out, "\"");
}

static bool is_nothing(const struct node *node)
{
	return node->kind == NODE_TEXT && !*node->text && !node->quoted;
}

static void write_flow(const struct node *node, struct text *out)
{
	bool map = node->kind == NODE_MAP;
	unsigned at = 0;

	if (node->kind == NODE_TEXT) {
		write_scalar(node->text, node->quoted, out);
		return;
	}
	text_add(out, map ? "{" : "[");
	for (const struct node *n = node->first; n; n = n->next, at++) {
		bool value = map && at % 2;

		text_add(out, "%s", value ? ":" : at ? "," : "");
		/* Behind a key without a value the space of the bracket is enough. */
		if (value ? n->next || !is_nothing(n) : map || at)
			text_add(out, " ");
		write_flow(n, out);
	}
	text_add(out, map && node->first ? " }" : map ? "}" : "]");
}

static bool holds_comment(const struct writer *w, size_t leaves)
{
	uint32_t first = w->lines.items[w->leaf], last = w->lines.items[w->leaf + leaves - 1];

	for (size_t i = w->comment; i < w->comments.count; i++) {
		const struct comment *c = &w->comments.items[i];

		if (c->line >= last)
			return false;
		if (c->length && c->line >= first)
			return true;
	}
	return false;
}

static size_t width(const char *s, size_t length)
{
	size_t columns = 0;

	for (size_t i = 0; i < length; i++)
		columns += ((unsigned char)s[i] & 0xc0) != 0x80;
	return columns;
}

static size_t column(const struct text *out)
{
	size_t at = out->length;

	while (at && out->bytes[at - 1] != '\n')
		at--;
	return width(out->bytes + at, out->length - at);
}

/* On the line at hand, if it is small enough. `space`: what stands before it. */
static bool write_inline(struct writer *w, const struct node *node, unsigned most,
			 const char *space)
{
	_cleanup_(text_free) struct text flow = { 0 };
	size_t leaves;

	if (height(node) > most)
		return false;
	leaves = count_leaves(node);
	if (node->kind != NODE_TEXT && leaves > 1 && holds_comment(w, leaves))
		return false;
	write_flow(node, &flow);
	if (!is_leaf(node) &&
	    column(w->out) + strlen(space) + width(flow.bytes, flow.length) > COLUMNS)
		return false;
	if (flow.length)
		text_add(w->out, "%s%s", space, flow.bytes);
	w->failed |= flow.failed;
	w->leaf += leaves;
	return true;
}

static void write_block(struct writer *w, const struct node *node, size_t indent, bool started);

static void write_entry(struct writer *w, const struct node *key, size_t indent, unsigned most)
{
	write_scalar(key->text, true, w->out);
	text_add(w->out, ":");
	w->leaf++;
	w->tall = !write_inline(w, key->next, most, " ");
	end_line(w, indent);
	if (!w->tall)
		return;
	w->opened = true;
	write_block(w, key->next, indent + STEP, false);
}

static void write_map(struct writer *w, const struct node *map, size_t indent, bool started)
{
	for (const struct node *key = map->first; key; key = key->next->next) {
		if (!started)
			start_line(w, indent);
		started = false;
		write_entry(w, key, indent, FLOW_HEIGHT);
	}
}

static void write_list(struct writer *w, const struct node *list, size_t indent)
{
	for (const struct node *n = list->first; n; n = n->next) {
		start_line(w, indent);
		text_add(w->out, "-");
		if (write_inline(w, n, FLOW_HEIGHT, " ")) {
			end_line(w, indent);
			continue;
		}
		text_add(w->out, n->kind == NODE_MAP ? " " : "\n");
		write_block(w, n, indent + STEP, n->kind == NODE_MAP);
	}
}

/* `started`: its first line is, by the "- " of an item. */
static void write_block(struct writer *w, const struct node *node, size_t indent, bool started)
{
	if (node->kind == NODE_MAP)
		write_map(w, node, indent, started);
	else
		write_list(w, node, indent);
}

/* Keys of the policy stand apart where one of two takes several lines. */
static void write_policy(struct writer *w, const struct node *root)
{
	if (root->kind != NODE_MAP) {
		start_line(w, 0);
		if (write_inline(w, root, 0, ""))
			end_line(w, 0);
		else
			write_block(w, root, 0, false);
		return;
	}
	for (const struct node *key = root->first; key; key = key->next->next) {
		const struct node *value = key->next;
		bool list = value->kind == NODE_LIST && height(value) == 1;
		unsigned most = list ? 1 : 0;

		if (key != root->first && (w->tall || (!is_leaf(value) && !list)))
			empty_line(w);
		w->opened = w->out->length == 0;
		start_line(w, 0);
		/* What is empty has a height, too. */
		write_entry(w, key, 0, is_leaf(value) ? 1 : most);
		if (!is_leaf(value))
			w->tall = !list;
	}
}

/* Comments behind the last key. */
static void write_rest(struct writer *w)
{
	w->leaf = w->lines.count;
	while (w->comment < w->comments.count)
		write_comment(w, 0);
	while (w->out->length > 1 && !strncmp(w->out->bytes + w->out->length - 2, "\n\n", 2))
		w->out->bytes[--w->out->length] = '\0';
}

static void writer_free(struct writer *w)
{
	vec_free(&w->lines);
	vec_free(&w->comments);
}

/* Does the result say the same? */

static bool same_tree(const struct node *a, const struct node *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == NODE_TEXT)
		return !strcmp(a->text, b->text) && (*a->text || a->quoted == b->quoted);
	a = a->first;
	b = b->first;
	for (; a && b; a = a->next, b = b->next)
		if (!same_tree(a, b))
			return false;
	return !a && !b;
}

static bool same_comments(const comments *a, const comments *b)
{
	size_t i = 0, j = 0;

	for (;; i++, j++) {
		while (i < a->count && !a->items[i].length)
			i++;
		while (j < b->count && !b->items[j].length)
			j++;
		if (i == a->count || j == b->count)
			return i == a->count && j == b->count;
		if (a->items[i].length != b->items[j].length ||
		    memcmp(a->items[i].text, b->items[j].text, a->items[i].length))
			return false;
	}
}

static int prove_same(const struct node *root, const comments *before, const struct text *out,
		      struct error *error)
{
	_cleanup_(source_free) struct source *source = NULL;
	_cleanup_(arena_free) struct arena arena = { 0 };
	_cleanup_(diags_free) struct diags diags = { 0 };
	const struct node *again = NULL;
	comments after = { 0 };
	int err = source_new("formatted", out->bytes, out->length, &source, error);

	if (!err)
		err = format_comments(source, &after);
	if (!err)
		err = node_read(source, &arena, &again, &diags);
	if (!err && (!again || !same_tree(root, again) || !same_comments(before, &after)))
		err = -EINVAL;
	vec_free(&after);
	return err;
}

int format_source(const struct source *source, struct text *out, struct diags *diags,
		  struct error *error)
{
	_cleanup_(arena_free) struct arena arena = { 0 };
	_cleanup_(writer_free) struct writer w = { .out = out };
	const struct node *root = NULL;
	unsigned errors = diags->errors;
	int err = node_read(source, &arena, &root, diags);

	if (err || diags->errors > errors)
		return err ?: -EINVAL;
	if (!root || is_nothing(root))
		return error_set(error, -EINVAL, "there is nothing in it but comments");
	list_leaves(&w, root);
	if (w.failed || format_comments(source, &w.comments))
		return -ENOMEM;
	write_policy(&w, root);
	write_rest(&w);
	if (w.failed || text_status(out))
		return -ENOMEM;
	err = prove_same(root, &w.comments, out, error);
	return err == -EINVAL
		       ? error_set(error, err,
				   "some of it can't be kept in the one layout; `wardgate print` "
				   "writes the policy without its comments")
		       : err;
}
