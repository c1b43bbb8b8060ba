/* SPDX-License-Identifier: GPL-2.0-only */
/* `who` as CSV (RFC 4180): a line for each device or prefix, each other one, and each service. */
#include <string.h>

#include "base/own.h"
#include "cli/who.h"

/* A cell that a spreadsheet would take for a formula is given as text. */
static void print_cell(struct output *out, const char *text, const char *end)
{
	bool formula = text[0] && strchr("=+-@\t\r", text[0]);

	if (!formula && !strpbrk(text, ",\"\r\n")) {
		fprintf(out->stream, "%s%s", text, end);
		return;
	}
	fprintf(out->stream, "\"%s", formula ? "'" : "");
	for (; *text; text++)
		fprintf(out->stream, *text == '"' ? "\"\"" : "%c", *text);
	fprintf(out->stream, "\"%s", end);
}

static const json_t *items_of(const json_t *side)
{
	const json_t *devices = json_object_get(side, "devices");

	return json_array_size(devices) ? devices : json_object_get(side, "addresses");
}

static const char *kind_of(const json_t *side)
{
	const char *profile = json_string_value(json_object_get(side, "profile"));
	const char *network = json_string_value(json_object_get(side, "network"));

	return profile ?: network ?: "";
}

static void print_row(struct output *out, const json_t *row, const char *from, const char *to,
		      const char *service)
{
	const json_t *rule = json_object_get(row, "sends");
	const json_t *where;
	char line[32];

	if (!json_is_object(rule))
		rule = json_object_get(row, "receives");
	where = json_object_get(rule, "where");
	print_cell(out, from, ",");
	print_cell(out, kind_of(json_object_get(row, "from")), ",");
	print_cell(out, to, ",");
	print_cell(out, kind_of(json_object_get(row, "to")), ",");
	print_cell(out, service, ",");
	print_cell(out, json_string_value(json_object_get(rule, "purpose")) ?: "", ",");
	print_cell(out, field_text(where, "file"), ",");
	snprintf(line, sizeof(line), "%llu", (unsigned long long)field_number(where, "line"));
	print_cell(out, line, "\r\n");
}

void who_print_csv(struct output *out, const json_t *data)
{
	const json_t *rows = json_object_get(data, "rows");
	size_t r, f, t, s;
	json_t *row, *from, *to, *service;

	fputs("from,from_group,to,to_group,service,purpose,file,line\r\n", out->stream);
	json_array_foreach (rows, r, row) {
		const json_t *senders = items_of(json_object_get(row, "from"));
		const json_t *receivers = items_of(json_object_get(row, "to"));
		const json_t *services = json_object_get(row, "services");

		json_array_foreach (senders, f, from)
			json_array_foreach (receivers, t, to)
				json_array_foreach (services, s, service)
					print_row(out, row, json_string_value(from),
						  json_string_value(to),
						  json_string_value(service));
	}
}
