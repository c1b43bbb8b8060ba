/* SPDX-License-Identifier: GPL-2.0-only */
/* Aligned tables of text. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "cli/output.h"

#define GAP 2

void table_free(struct table *table)
{
	for (size_t i = 0; i < table->cells.count; i++)
		free(table->cells.items[i]);
	vec_free(&table->cells);
}

/* A copy without control characters, or NULL. */
static char *clean_copy(const char *text)
{
	char *copy = NULL;
	size_t length;
	FILE *stream = open_memstream(&copy, &length);

	if (!stream)
		return NULL;
	output_clean(stream, text);
	if (fclose(stream)) {
		free(copy);
		return NULL;
	}
	return copy;
}

void table_cell(struct table *table, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	char **cell = vec_add(&table->cells);
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	if (cell)
		*cell = text ? clean_copy(text) : NULL;
	if (!cell || !*cell)
		table->failed = true;
}

/* Characters of a clean text; names in other scripts count one column a character. */
static size_t width_of(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += (*text & 0xc0) != 0x80;
	return width;
}

static void measure(const struct table *table, size_t *widths)
{
	for (size_t i = 0; i < table->width; i++)
		widths[i] = width_of(table->columns[i].title);
	for (size_t i = 0; i < table->cells.count; i++) {
		size_t width = width_of(table->cells.items[i]);

		if (width > widths[i % table->width])
			widths[i % table->width] = width;
	}
}

static void print_row(const struct table *table, char *const *cells, const size_t *widths,
		      FILE *stream)
{
	size_t blanks = 0; /* owed: printed only when something follows */

	for (size_t i = 0; i < table->width; i++) {
		size_t width = width_of(cells[i]);

		if (table->columns[i].right)
			blanks += widths[i] - width;
		if (*cells[i]) {
			fprintf(stream, "%*s%s", (int)blanks, "", cells[i]);
			blanks = table->columns[i].right ? 0 : widths[i] - width;
		} else if (!table->columns[i].right) {
			blanks += widths[i];
		}
		blanks += GAP;
	}
	fputc('\n', stream);
}

void table_print(const struct table *table, struct output *out)
{
	_cleanup_free_ size_t *widths = calloc(table->width, sizeof(*widths));
	_cleanup_free_ char **titles = calloc(table->width, sizeof(*titles));

	if (table->failed || !widths || !titles) {
		fputs("wardgate: no memory for the table\n", out->errors);
		return;
	}
	measure(table, widths);
	for (size_t i = 0; i < table->width; i++)
		titles[i] = (char *)(uintptr_t)table->columns[i].title;
	fputs(output_style(out, STYLE_TITLE), out->stream);
	print_row(table, titles, widths, out->stream);
	fputs(output_style(out, STYLE_PLAIN), out->stream);
	for (size_t i = 0; i + table->width <= table->cells.count; i += table->width)
		print_row(table, table->cells.items + i, widths, out->stream);
}
