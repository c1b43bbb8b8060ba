/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/characters.h"
#include "policy/sources.h"

/* Columns of source shown around a place, and how many of them come before it. */
#define WINDOW 120
#define WINDOW_BEFORE 60

void diags_free(struct diags *diags)
{
	for (size_t i = 0; i < diags->list.count; i++) {
		free(diags->list.items[i].message);
		free(diags->list.items[i].other_message);
		free(diags->list.items[i].hint);
	}
	vec_free(&diags->list);
	*diags = (struct diags){ 0 };
}

static bool is_known(const struct diags *diags, struct place place, const char *message)
{
	for (size_t i = 0; i < diags->list.count; i++) {
		const struct diag *diag = &diags->list.items[i];

		if (diag->place.line && diag->place.line == place.line &&
		    diag->place.column == place.column && diag->place.file == place.file &&
		    diag->message && !strcmp(diag->message, message))
			return true;
	}
	return false;
}

static void record(struct diags *diags, enum code code, struct place place, const char *hint,
		   const char *format, va_list args)
{
	_cleanup_free_ char *message = NULL;
	enum severity severity = *codes[code].number == 'W' ? SEVERITY_WARNING : SEVERITY_ERROR;
	struct diag *diag;

	diags->left_out = true;
	if (diags_full(diags) || diags->silenced[code])
		return;
	if (severity == SEVERITY_WARNING && diags->warnings >= DIAG_WARNINGS) {
		diags->warnings++;
		return;
	}
	if (vasprintf(&message, format, args) < 0) {
		message = NULL;
		diags->failed = true;
		return;
	}
	text_drop_broken(message);
	/* What an import says for all of its devices is wrong once. */
	if (is_known(diags, place, message))
		return;
	diag = vec_add(&diags->list);
	if (!diag) {
		diags->failed = true;
		return;
	}
	diags->left_out = false;
	diag->severity = severity;
	diag->code = code;
	diag->place = place;
	diag->message = TAKE_PTR(message);
	if (hint)
		diag->hint = strdup(hint);
	/* What quotes the policy may have been cut to its room within a character. */
	if (diag->hint)
		text_drop_broken(diag->hint);
	else if (hint)
		diags->failed = true;
	if (severity == SEVERITY_ERROR)
		diags->errors++;
	else
		diags->warnings++;
}

void diags_silence(struct diags *diags, enum code code)
{
	diags->silenced[code] = true;
}

void diag_error(struct diags *diags, enum code code, struct place place, const char *hint,
		const char *format, ...)
{
	va_list args;

	va_start(args, format);
	record(diags, code, place, hint, format, args);
	va_end(args);
}

void diag_warning(struct diags *diags, enum code code, struct place place, const char *hint,
		  const char *format, ...)
{
	va_list args;

	va_start(args, format);
	record(diags, code, place, hint, format, args);
	va_end(args);
}

void diag_other(struct diags *diags, struct place place, const char *message)
{
	struct diag *newest = diags->list.count ? &diags->list.items[diags->list.count - 1] : NULL;

	if (!newest || newest->other_message || diags->left_out)
		return;
	newest->other = place;
	newest->other_message = strdup(message);
	if (!newest->other_message)
		diags->failed = true;
}

bool diags_full(const struct diags *diags)
{
	return diags->failed || diags->errors >= DIAG_LIMIT;
}

/* A line of the source and the part of it that is shown, in columns from 0. */
struct excerpt {
	const char *line;
	size_t length;
	uint32_t at, width; /* what to underline */
	uint32_t from, to;
};

static struct excerpt cut(const struct source *source, struct place place)
{
	struct excerpt e = { .at = place.column ? place.column - 1 : 0 };
	uint32_t columns;

	e.line = source_line(source, place.line, &e.length);
	columns = (uint32_t)characters_count(e.line, e.length);
	if (e.at > columns)
		e.at = columns;
	e.width = place.width ?: 1;
	if (e.width > columns - e.at)
		e.width = columns - e.at ?: 1;
	e.to = columns;
	if (columns > WINDOW) {
		e.from = e.at > WINDOW_BEFORE ? e.at - WINDOW_BEFORE : 0;
		if (e.from > columns - WINDOW)
			e.from = columns - WINDOW;
		e.to = e.from + WINDOW;
	}
	if (e.width > e.to - e.at)
		e.width = e.to - e.at ?: 1;
	return e;
}

/* Walks the shown part: the text itself, or (blank) the white space in front of the caret. */
static void add_part(const struct excerpt *e, bool blank, uint32_t to, struct text *out)
{
	uint32_t column = 0;

	for (size_t i = 0; i < e->length && column < to; column++) {
		size_t n = character_length(e->line + i, e->length - i);
		size_t step = n ?: 1;

		if (column >= e->from) {
			if (blank)
				text_add(out, "%c", e->line[i] == '\t' ? '\t' : ' ');
			else if (characters_bad(e->line + i, step) < step)
				text_add(out, "\xef\xbf\xbd"); /* U+FFFD stands for it */
			else
				text_add_bytes(out, e->line + i, step);
		}
		i += step;
	}
}

static int gutter_width(uint32_t line)
{
	int width = 4;

	for (uint32_t n = line / 10000; n; n /= 10)
		width++;
	return width;
}

static void print_excerpt(const struct source *source, struct place place, struct text *out)
{
	struct excerpt e = cut(source, place);
	const char *before = e.from ? "..." : "";
	const char *after = characters_count(e.line, e.length) > e.to ? "..." : "";

	text_add(out, "%*u | %s", gutter_width(place.line), place.line, before);
	add_part(&e, false, e.to, out);
	text_add(out, "%s\n%*s | %*s", after, gutter_width(place.line), "", (int)strlen(before),
		 "");
	add_part(&e, true, e.at, out);
	text_add(out, "^");
	for (uint32_t i = 1; i < e.width; i++)
		text_add(out, "~");
	text_add(out, "\n");
}

static void print_finding(const struct sources *sources, const char *kind, struct place place,
			  const char *message, struct text *out)
{
	const struct source *source = sources_file(sources, place.file);

	if (!place.line) {
		text_add(out, "%s: %s: %s\n", source->name, kind, message);
		return;
	}
	text_add(out, "%s:%u:%u: %s: %s\n", source->name, place.line, place.column, kind, message);
	print_excerpt(source, place, out);
}

/* A hint of several lines keeps them under each other. */
static void print_hint(const struct diag *diag, struct text *out)
{
	int width = diag->place.line ? gutter_width(diag->place.line) : 4;
	const char *mark = "=";

	for (const char *s = diag->hint; s && *s; mark = " ") {
		size_t length = strcspn(s, "\n");

		text_add(out, "%*s %s %.*s\n", width, "", mark, (int)length, s);
		s += length + (s[length] == '\n');
	}
}

static int by_place(const void *left, const void *right)
{
	const struct diag *a = *(const struct diag *const *)left;
	const struct diag *b = *(const struct diag *const *)right;

	if (a->place.file != b->place.file)
		return a->place.file < b->place.file ? -1 : 1;
	if (a->place.line != b->place.line)
		return a->place.line < b->place.line ? -1 : 1;
	if (a->place.column != b->place.column)
		return a->place.column < b->place.column ? -1 : 1;
	return a < b ? -1 : a > b;
}

void diags_print(const struct diags *diags, const struct sources *sources, struct text *out)
{
	static const char *const kind[] = {
		[SEVERITY_ERROR] = "error", [SEVERITY_WARNING] = "warning"
	};
	_cleanup_free_ const struct diag **sorted = calloc(diags->list.count + 1, sizeof(*sorted));

	if (!sorted) {
		out->failed = true;
		return;
	}
	for (size_t i = 0; i < diags->list.count; i++)
		sorted[i] = &diags->list.items[i];
	qsort(sorted, diags->list.count, sizeof(*sorted), by_place);
	for (size_t i = 0; i < diags->list.count; i++) {
		const struct diag *diag = sorted[i];
		char what[16];

		snprintf(what, sizeof(what), "%s[%s]", kind[diag->severity],
			 codes[diag->code].number);
		print_finding(sources, what, diag->place, diag->message ?: "", out);
		print_hint(diag, out);
		if (diag->other_message)
			print_finding(sources, "note", diag->other, diag->other_message, out);
	}
	if (diags->errors >= DIAG_LIMIT)
		text_add(out, "stopped after %d errors: there may be more\n", DIAG_LIMIT);
	if (diags->warnings > DIAG_WARNINGS)
		text_add(out, "%u more warnings are not shown\n", diags->warnings - DIAG_WARNINGS);
}
