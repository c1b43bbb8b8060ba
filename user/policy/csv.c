/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/csv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/characters.h"

#define QUOTES                                                                                     \
	"a cell that holds quotes stands in quotes as a whole, with each of its own twice, "       \
	"as in \"probe, 15\"\"\""

int csv_new(struct csv *csv, const struct source *source, char delimiter, struct diags *diags)
{
	*csv = (struct csv){
		.delimiter = delimiter,
		.place = { .line = 1, .column = 1, .width = 1, .file = source->file },
	};
	if (!characters_check_data(source, diags))
		return -EINVAL;
	csv->bytes = csv->at = malloc(source->length + 1);
	if (!csv->bytes)
		return -ENOMEM;
	memcpy(csv->bytes, source->bytes, source->length + 1);
	csv->end = csv->bytes + source->length;
	return 0;
}

void csv_free(struct csv *csv)
{
	free(csv->bytes);
	vec_free(&csv->cells);
	*csv = (struct csv){ 0 };
}

/* Goes on by a byte. The text is UTF-8: only the first byte of a character counts as a column. */
static void step(struct csv *csv)
{
	if (*csv->at == '\n') {
		csv->place.line++;
		csv->place.column = 1;
	} else {
		csv->place.column += ((unsigned char)*csv->at & 0xc0) != 0x80;
	}
	csv->at++;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A line end, or the end of all. A carriage return was seen to stand before a line feed. */
static bool at_line_end(const struct csv *csv)
{
	return csv->at == csv->end || *csv->at == '\n' || *csv->at == '\r';
}

static int refuse(struct place place, const char *what, struct diags *diags)
{
	diag_error(diags, E_CSV, place, QUOTES, "%s", what);
	return -EINVAL;
}

/* Moves the cell together over the quotes that it drops. */
static int read_quoted(struct csv *csv, struct csv_cell *cell, char **end, struct diags *diags)
{
	struct place open = csv->place;
	char *out;

	step(csv);
	cell->text = out = csv->at;
	for (;; step(csv)) {
		if (csv->at == csv->end)
			return refuse(open, "the quotes that open here are never closed", diags);
		if (*csv->at == '"') {
			step(csv);
			if (*csv->at != '"')
				break;
		}
		*out++ = *csv->at;
	}
	if (!at_line_end(csv) && *csv->at != csv->delimiter)
		return refuse(csv->place, "text behind the quotes of a cell", diags);
	if (csv->place.line == open.line)
		cell->place.width = csv->place.column - open.column;
	*end = out;
	return 0;
}

static int read_plain(struct csv *csv, struct csv_cell *cell, char **end, struct diags *diags)
{
	uint32_t column = csv->place.column;

	cell->text = *end = csv->at;
	for (; !at_line_end(csv) && *csv->at != csv->delimiter; step(csv)) {
		if (*csv->at == '"')
			return refuse(csv->place, "quotes inside a cell", diags);
		if (is_blank(*csv->at))
			continue;
		*end = csv->at + 1;
		column = csv->place.column + 1;
	}
	if (column > cell->place.column)
		cell->place.width = column - cell->place.column;
	return 0;
}

/* `more`: another cell follows in this row. */
static int read_cell(struct csv *csv, bool *more, struct diags *diags)
{
	struct csv_cell cell = { 0 }, *room;
	char *end;
	int err;

	while (is_blank(*csv->at) && *csv->at != csv->delimiter)
		step(csv);
	cell.place = csv->place;
	err = *csv->at == '"' ? read_quoted(csv, &cell, &end, diags)
			      : read_plain(csv, &cell, &end, diags);
	if (err)
		return err;
	*more = !at_line_end(csv);
	if (csv->at < csv->end && *csv->at == '\r')
		step(csv);
	if (csv->at < csv->end)
		step(csv);
	*end = '\0';
	if (csv->cells.count == CSV_MAX_COLUMNS) {
		diag_error(diags, E_TOO_MANY, cell.place, "export fewer", "more than %d columns",
			   CSV_MAX_COLUMNS);
		return -EINVAL;
	}
	room = vec_add(&csv->cells);
	if (!room)
		return -ENOMEM;
	*room = cell;
	return 0;
}

static bool is_empty(const struct csv *csv)
{
	for (size_t i = 0; i < csv->cells.count; i++)
		if (*csv->cells.items[i].text)
			return false;
	return true;
}

int csv_row(struct csv *csv, struct diags *diags)
{
	while (csv->at < csv->end) {
		bool more = true;

		csv->cells.count = 0;
		csv->row = csv->place;
		while (more) {
			int err = read_cell(csv, &more, diags);

			if (err)
				return err;
		}
		if (!is_empty(csv))
			return 1;
	}
	return 0;
}
