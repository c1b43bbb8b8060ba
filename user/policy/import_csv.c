/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/own.h"
#include "policy/import.h"

/* Names of columns shown in a hint when none is near. */
#define COLUMNS_SHOWN 8

static void unknown_column(struct parser *p, const struct import_field *field,
			   const struct csv *csv)
{
	struct nearest nearest = { .wanted = field->from->text };
	_cleanup_(text_free) struct text hint = { 0 };
	char shown[VALUES_SHOWN];

	for (size_t i = 0; i < csv->cells.count; i++)
		nearest_try(&nearest, csv->cells.items[i].text);
	if (nearest.best)
		text_add(&hint, "did you mean '%s'?", values_show(shown, nearest.best));
	else if (csv->cells.count == 1)
		text_add(&hint, "there is one column: another `delimiter` may be needed");
	else
		text_add(&hint, "its columns are ");
	for (size_t i = 0; !nearest.best && csv->cells.count > 1 && i < csv->cells.count; i++) {
		if (i == COLUMNS_SHOWN) {
			text_add(&hint, " and %zu more", csv->cells.count - i);
			break;
		}
		text_add(&hint, "%s'%s'", i ? ", " : "",
			 values_show(shown, csv->cells.items[i].text));
	}
	diag_error(p->diags, E_COLUMN, field->from->place, hint.bytes,
		   "the table has no column '%s'", values_show(shown, field->from->text));
	diag_other(p->diags, csv->cells.items[0].place, "its header is here");
}

static void find_column(struct parser *p, struct import_field *field, const struct csv *csv)
{
	const struct csv_cell *found = NULL;
	char shown[VALUES_SHOWN];

	for (size_t i = 0; i < csv->cells.count; i++) {
		const struct csv_cell *cell = &csv->cells.items[i];

		if (strcmp(cell->text, field->from->text))
			continue;
		if (found) {
			diag_error(p->diags, E_COLUMN, cell->place, "give one of them another name",
				   "two columns are called '%s'", values_show(shown, cell->text));
			diag_other(p->diags, found->place, "the first one is here");
			return;
		}
		found = cell;
		field->column = i;
	}
	if (!found)
		unknown_column(p, field, csv);
}

static void take_row(struct parser *p, struct import *import, const struct csv *csv, size_t columns)
{
	if (csv->cells.count != columns) {
		diag_error(
			p->diags, E_ROW, csv->cells.items[0].place,
			csv->cells.count > columns
				? "a cell that holds the delimiter stands in quotes"
				: "an empty cell has its delimiter, too, as in a,,c; a line break "
				  "within a cell needs quotes",
			"a row of %zu cells; the header has %zu", csv->cells.count, columns);
		return;
	}
	for (size_t i = 0; i < import->field_count; i++)
		import->fields[i].cell = csv->cells.items[import->fields[i].column];
	import_row(p, import, csv->row);
}

static int read_rows(struct parser *p, struct import *import, struct csv *csv)
{
	unsigned errors = p->diags->errors;
	size_t columns;
	int err = csv_row(csv, p->diags);

	if (!err)
		diag_error(p->diags, E_CSV, import->file, "its first line names the columns",
			   "the table is empty");
	if (err <= 0)
		return err;
	columns = csv->cells.count;
	for (size_t i = 0; i < import->field_count; i++)
		find_column(p, &import->fields[i], csv);
	if (p->diags->errors != errors)
		return 0;
	while (!p->failed && !diags_full(p->diags) && (err = csv_row(csv, p->diags)) > 0)
		take_row(p, import, csv, columns);
	return err;
}

void import_csv(struct parser *p, struct import *import, const struct source *source)
{
	_cleanup_(csv_free) struct csv csv = { 0 };
	int err = csv_new(&csv, source, import->delimiter, p->diags);

	if (!err)
		err = read_rows(p, import, &csv);
	if (err == -ENOMEM)
		p->failed = true;
}
