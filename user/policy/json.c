/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/json.h"

#include <errno.h>
#include <string.h>

#include "policy/characters.h"

struct reader {
	struct arena *arena;
	struct diags *diags;
	const char *at, *end; /* a NUL stands at `end` */
	struct place place; /* of `at` */
	unsigned depth;
	size_t nodes;
};

static int read_value(struct reader *r, struct node **out);

static int refuse(struct reader *r, struct place place, const char *what)
{
	diag_error(r->diags, E_JSON, place,
		   "let a program write it, or look for what is missing here",
		   "this is not valid JSON: %s", what);
	return -EINVAL;
}

/* Goes on by a byte. Only the first byte of a character counts as a column. */
static void step(struct reader *r)
{
	if (*r->at == '\n') {
		r->place.line++;
		r->place.column = 1;
	} else {
		r->place.column += ((unsigned char)*r->at & 0xc0) != 0x80;
	}
	r->at++;
}

static void skip_space(struct reader *r)
{
	while (r->at < r->end && strchr(" \t\r\n", *r->at))
		step(r);
}

/* `length`: of the text that the caller puts into it. */
static int new_node(struct reader *r, enum node_kind kind, size_t length, struct node **out)
{
	if (++r->nodes > NODE_MAX_COUNT) {
		diag_error(r->diags, E_TOO_MANY, r->place, "split the file", "more than %d values",
			   NODE_MAX_COUNT);
		return -EINVAL;
	}
	*out = arena_alloc(r->arena, sizeof(**out) + length + 1);
	if (!*out)
		return -ENOMEM;
	(*out)->kind = (uint8_t)kind;
	(*out)->place = r->place;
	if (kind == NODE_TEXT)
		(*out)->text = (*out)->inlined;
	return 0;
}

/* Strings. */

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits behind "\u". */
static int read_hex(struct reader *r, uint32_t *out)
{
	uint32_t point = 0;

	for (int i = 0; i < 4; i++, step(r)) {
		int digit = hex_value(*r->at);

		if (digit < 0)
			return refuse(r, r->place, "four hexadecimal digits follow '\\u'");
		point = point << 4 | (uint32_t)digit;
	}
	*out = point;
	return 0;
}

/* A pair of surrogates is one character beyond U+FFFF (RFC 8259, section 7). */
static int read_point(struct reader *r, uint32_t *out)
{
	struct place place = r->place;
	uint32_t low;
	int err = read_hex(r, out);

	if (err || *out < 0xd800 || *out > 0xdfff)
		return err;
	if (*out > 0xdbff || r->at[0] != '\\' || r->at[1] != 'u')
		return refuse(r, place, "half of a pair of surrogates");
	step(r);
	step(r);
	err = read_hex(r, &low);
	if (err)
		return err;
	if (low < 0xdc00 || low > 0xdfff)
		return refuse(r, place, "half of a pair of surrogates");
	*out = 0x10000 + ((*out - 0xd800) << 10) + (low - 0xdc00);
	return 0;
}

static char *put_point(char *out, uint32_t point)
{
	if (point < 0x80) {
		*out++ = (char)point;
		return out;
	}
	if (point < 0x800) {
		*out++ = (char)(0xc0 | point >> 6);
	} else {
		if (point < 0x10000) {
			*out++ = (char)(0xe0 | point >> 12);
		} else {
			*out++ = (char)(0xf0 | point >> 18);
			*out++ = (char)(0x80 | (point >> 12 & 0x3f));
		}
		*out++ = (char)(0x80 | (point >> 6 & 0x3f));
	}
	*out++ = (char)(0x80 | (point & 0x3f));
	return out;
}

/* Writes what follows a backslash to `*out`. */
static int read_escape(struct reader *r, char **out)
{
	static const char letters[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	const char *found = *r->at ? strchr(letters, *r->at) : NULL;
	uint32_t point;
	int err;

	if (found) {
		*(*out)++ = values[found - letters];
		step(r);
		return 0;
	}
	if (*r->at != 'u')
		return refuse(r, r->place, "an unknown escape");
	step(r);
	err = read_point(r, &point);
	if (!err)
		*out = put_point(*out, point);
	return err;
}

/* Its bytes between the quotes, escapes counted as written; no character of it becomes longer. */
static size_t raw_length(const struct reader *r)
{
	const char *s = r->at + 1;

	for (; s < r->end && *s != '"' && *s != '\n'; s++)
		s += *s == '\\' && s + 1 < r->end;
	return (size_t)(s - r->at);
}

static int read_string(struct reader *r, struct node **node)
{
	int err = new_node(r, NODE_TEXT, raw_length(r), node);
	size_t length, bad;
	char *out;

	if (err)
		return err;
	(*node)->quoted = true;
	out = (*node)->inlined;
	for (step(r); *r->at != '"';) {
		if (r->at == r->end || *r->at == '\n' || *r->at == '\r')
			return refuse(r, (*node)->place,
				      "the quotes that open here are not closed");
		if (*r->at == '\t')
			return refuse(r, r->place, "a tab in a string");
		if (*r->at != '\\') {
			*out++ = *r->at;
			step(r);
			continue;
		}
		step(r);
		err = read_escape(r, &out);
		if (err)
			return err;
	}
	step(r);
	(*node)->place.width = r->place.column - (*node)->place.column;
	length = (size_t)(out - (*node)->inlined);
	bad = characters_bad((*node)->inlined, length);
	if (bad < length) {
		characters_report((*node)->inlined + bad, length - bad, (*node)->place, r->diags);
		return -EINVAL;
	}
	return 0;
}

/* Numbers and the three words. */

static const char *digits(const char *s)
{
	while (*s >= '0' && *s <= '9')
		s++;
	return s;
}

/* The end of the number, or NULL (RFC 8259, section 6). */
static const char *end_of_number(const char *s)
{
	const char *from;

	s += *s == '-';
	from = s;
	s = digits(s);
	if (s == from || (*from == '0' && s > from + 1))
		return NULL;
	if (*s == '.') {
		from = ++s;
		s = digits(s);
		if (s == from)
			return NULL;
	}
	if (*s == 'e' || *s == 'E') {
		s++;
		s += *s == '+' || *s == '-';
		from = s;
		s = digits(s);
		if (s == from)
			return NULL;
	}
	return s;
}

static bool is_word(const char *s, size_t length)
{
	static const char *const words[] = { "true", "false", "null" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strlen(words[i]) == length && !memcmp(words[i], s, length))
			return true;
	return false;
}

static int read_bare(struct reader *r, struct node **node)
{
	const char *from = r->at, *end = from;
	size_t length;
	int err;

	while (end < r->end && !strchr(" \t\r\n,:[]{}\"", *end))
		end++;
	length = (size_t)(end - from);
	if (!length)
		return refuse(r, r->place, "expected a value here");
	if (!is_word(from, length) && end_of_number(from) != end)
		return refuse(r, r->place, "text needs quotes, and a number is written as in 110");
	err = new_node(r, NODE_TEXT, length, node);
	if (err)
		return err;
	if (*from != 'n')
		memcpy((*node)->inlined, from, length);
	(*node)->place.width = (uint32_t)length;
	while (r->at < end)
		step(r);
	return 0;
}

/* Arrays and objects. */

static int read_key(struct reader *r, struct node **key)
{
	int err;

	if (*r->at != '"')
		return refuse(r, r->place, "expected a key in quotes");
	err = read_string(r, key);
	if (err)
		return err;
	skip_space(r);
	if (*r->at != ':')
		return refuse(r, r->place, "expected ':' after the key");
	step(r);
	skip_space(r);
	return 0;
}

/* The key, if there is one, and the value, at the end of the children. */
static int read_child(struct reader *r, bool has_key, struct node ***last)
{
	int err = 0;

	skip_space(r);
	if (has_key) {
		err = read_key(r, *last);
		if (err)
			return err;
		*last = &(**last)->next;
	}
	err = read_value(r, *last);
	if (!err)
		*last = &(**last)->next;
	skip_space(r);
	return err;
}

static int read_children(struct reader *r, enum node_kind kind, char close, struct node **node)
{
	int err = new_node(r, kind, 0, node);
	struct node *first = NULL, **last = &first;

	if (err)
		return err;
	step(r);
	skip_space(r);
	if (*r->at == close) {
		step(r);
		return 0;
	}
	for (;;) {
		err = read_child(r, kind == NODE_MAP, &last);
		(*node)->first = first;
		if (err)
			return err;
		if (*r->at == close)
			break;
		if (*r->at != ',')
			return refuse(r, r->place,
				      kind == NODE_MAP ? "expected ',' or '}'"
						       : "expected ',' or ']'");
		step(r);
	}
	step(r);
	return 0;
}

static int read_value(struct reader *r, struct node **out)
{
	int err;

	if (*r->at == '"')
		return read_string(r, out);
	if (*r->at != '[' && *r->at != '{')
		return read_bare(r, out);
	if (r->depth == JSON_MAX_DEPTH) {
		diag_error(r->diags, E_TOO_DEEP, r->place, "no device needs that many",
			   "more than %d lists and objects inside each other", JSON_MAX_DEPTH);
		return -EINVAL;
	}
	r->depth++;
	err = *r->at == '[' ? read_children(r, NODE_LIST, ']', out)
			    : read_children(r, NODE_MAP, '}', out);
	r->depth--;
	return err;
}

int json_read(const struct source *source, struct arena *arena, const struct node **root,
	      struct diags *diags)
{
	struct reader r = {
		.arena = arena,
		.diags = diags,
		.at = source->bytes,
		.end = source->bytes + source->length,
		.place = { .line = 1, .column = 1, .width = 1, .file = source->file },
	};
	struct node *node = NULL;
	int err;

	if (!characters_check_data(source, diags))
		return -EINVAL;
	skip_space(&r);
	err = read_value(&r, &node);
	if (err)
		return err;
	skip_space(&r);
	if (r.at < r.end)
		return refuse(&r, r.place, "something follows behind its end");
	*root = node;
	return 0;
}
