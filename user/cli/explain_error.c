/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "base/text.h"
#include "cli/command.h"
#include "policy/codes.h"

static json_t *row_json(const struct code_row *row)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "code", row->number, "severity",
			 *row->number == 'W' ? "warning" : "error", "title", row->title, "why",
			 row->why, "wrong", row->wrong, "right", row->right);
}

static void print_part(struct output *out, const char *title, const char *lines)
{
	fprintf(out->stream, "%s\n", title);
	for (const char *s = lines; *s; s += strspn(s, "\n")) {
		size_t length = strcspn(s, "\n");

		fprintf(out->stream, "    %.*s\n", (int)length, s);
		s += length;
	}
}

static void print_one(struct output *out, const json_t *data)
{
	fprintf(out->stream, "%s%s%s: %s\n\n%s\n\n", output_style(out, STYLE_TITLE),
		field_text(data, "code"), output_style(out, STYLE_PLAIN), field_text(data, "title"),
		field_text(data, "why"));
	print_part(out, "Wrong:", field_text(data, "wrong"));
	print_part(out, "Instead:", field_text(data, "right"));
}

static void print_all(struct output *out, const json_t *data)
{
	json_t *row;
	size_t i;

	json_array_foreach (json_object_get(data, "codes"), i, row)
		fprintf(out->stream, "  %s  %s\n", field_text(row, "code"),
			field_text(row, "title"));
}

static int by_number(const void *left, const void *right)
{
	return strcmp((*(const struct code_row *const *)left)->number,
		      (*(const struct code_row *const *)right)->number);
}

static json_t *all_json(void)
{
	const struct code_row *rows[CODES];
	json_t *list = json_array();

	for (size_t i = 0; i < CODES; i++)
		rows[i] = &codes[i];
	qsort(rows, CODES, sizeof(*rows), by_number);
	for (size_t i = 0; i < CODES; i++)
		json_array_append_new(list, row_json(rows[i]));
	return json_pack("{s:o}", "codes", list);
}

int command_explain_error(const struct options *options, struct output *out)
{
	const struct code_row *row;

	if (options->operand) {
		row = codes_find(options->operand);
		if (row)
			return output_data(out, row_json(row), print_one);
		output_error(out, "Usage", "there is no finding '%s', see `wardgate explain-error`",
			     options->operand);
		return EXIT_USAGE;
	}
	return output_data(out, all_json(), print_all);
}
