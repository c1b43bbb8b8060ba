/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "cli/command.h"
#include "cli/reasons.h"
#include "cli/remote.h"
#include "control/protocol.h"

static const struct column columns[] = {
	{ "CHARGED TO", false },
	{ "PACKETS", true },
	{ "REASON", false },
	{ "WHAT HAPPENED", false },
};

static const char *count_key(const struct options *options)
{
	return options->audited ? "audited" : "packets";
}

static bool wanted(const json_t *drop, const struct options *options)
{
	if (options->device && strcmp(field_text(drop, "name"), options->device) != 0)
		return false;
	return !options->reason || !strcmp(field_text(drop, "reason"), options->reason);
}

/* Most packets first; then by name and reason, so that two looks can be compared. */
static int compare(const void *a, const void *b)
{
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	uint64_t nx = field_number(x, "packets"), ny = field_number(y, "packets");
	int order;

	if (nx != ny)
		return nx < ny ? 1 : -1;
	order = strcmp(field_text(x, "name"), field_text(y, "name"));
	return order ? order : strcmp(field_text(x, "reason"), field_text(y, "reason"));
}

/* The wanted drops of the answer, sorted. NULL when memory ran out. */
static json_t *select_drops(const json_t *all, const struct options *options)
{
	_cleanup_free_ json_t **sorted = calloc(json_array_size(all) + 1, sizeof(*sorted));
	json_t *list = json_array(), *drop;
	size_t i, count = 0;

	json_array_foreach(all, i, drop) {
		if (!sorted || !wanted(drop, options) || !field_number(drop, count_key(options)))
			continue;
		json_object_set(drop, "packets", json_object_get(drop, count_key(options)));
		sorted[count++] = drop;
	}
	if (sorted)
		qsort(sorted, count, sizeof(*sorted), compare);
	for (i = 0; i < count; i++) {
		const struct reason_row *row = reasons_find(field_text(sorted[i], "reason"));

		json_object_set_new(sorted[i], "sentence", json_string(row ? row->sentence : "-"));
		json_object_del(sorted[i], "audited");
		json_array_append(list, sorted[i]);
	}
	if (sorted)
		return list;
	json_decref(list);
	return NULL;
}

static uint64_t count_audited(const json_t *all, const struct options *options)
{
	uint64_t audited = 0;
	json_t *drop;
	size_t i;

	json_array_foreach(all, i, drop)
		if (wanted(drop, options))
			audited += field_number(drop, "audited");
	return audited;
}

/* Bytes are counted for all reasons of an owner together, so a part of the drops has none. */
static json_t *collect(json_t *answer, const struct options *options)
{
	uint64_t audited = count_audited(json_object_get(answer, "drops"), options);
	json_t *list = select_drops(json_object_get(answer, "drops"), options), *drop, *bytes;
	json_int_t packets = 0;
	size_t i;

	json_array_foreach(list, i, drop)
		packets += (json_int_t)field_number(drop, "packets");
	bytes = options->given ? json_null() : json_incref(json_object_get(answer, "bytes"));
	return json_pack("{s:o, s:s?, s:s?, s:b, s:I, s:o?, s:I}", "drops", list, "device",
			 options->device, "reason", options->reason, "audited_only",
			 options->audited, "packets", packets, "bytes", bytes, "audited",
			 (json_int_t)audited);
}

static void add_row(struct table *table, const json_t *drop)
{
	const char *kind = field_text(drop, "kind");
	char figure[OUTPUT_FIGURE];

	if (!strcmp(kind, "device"))
		table_cell(table, "%s", field_text(drop, "name"));
	else if (!strcmp(kind, "port"))
		table_cell(table, "port %s", field_text(drop, "name"));
	else
		table_cell(table, "no link");
	table_cell(table, "%s", output_count(figure, field_number(drop, "packets")));
	table_cell(table, "%s", field_text(drop, "reason"));
	table_cell(table, "%s", field_text(drop, "sentence"));
}

static void print_table(struct output *out, const json_t *data, bool audited)
{
	_cleanup_(table_free) struct table table = { columns, ARRAY_SIZE(columns), { 0 }, false };
	char packets[2 * OUTPUT_FIGURE], bytes[OUTPUT_FIGURE];
	size_t i;
	json_t *drop;

	json_array_foreach(json_object_get(data, "drops"), i, drop)
		add_row(&table, drop);
	table_print(&table, out);
	fprintf(out->stream, "\n%s %s",
		output_things(packets, field_number(data, "packets"), "packet"),
		audited ? "passed in audit mode only" : "dropped");
	if (json_is_integer(json_object_get(data, "bytes")))
		fprintf(out->stream, ", %s", output_bytes(bytes, field_number(data, "bytes")));
	fputc('\n', out->stream);
}

static void print_none(struct output *out, const json_t *data, bool audited)
{
	const char *device = json_string_value(json_object_get(data, "device"));
	const char *reason = json_string_value(json_object_get(data, "reason"));

	fputs(audited ? "audit mode let nothing pass" : "nothing was dropped", out->stream);
	if (device) {
		fputs(" that is charged to ", out->stream);
		output_clean(out->stream, device);
	}
	if (reason)
		fprintf(out->stream, " for the reason %s", reason);
	fputc('\n', out->stream);
}

static void print(struct output *out, const json_t *data)
{
	bool audited = json_is_true(json_object_get(data, "audited_only"));
	char packets[2 * OUTPUT_FIGURE];

	if (json_array_size(json_object_get(data, "drops")))
		print_table(out, data, audited);
	else
		print_none(out, data, audited);
	if (!audited && field_number(data, "audited"))
		fprintf(out->stream, "%s passed in audit mode only: see wardgate drops --audited\n",
			output_things(packets, field_number(data, "audited"), "packet"));
}

int command_drops(const struct options *options, struct output *out)
{
	json_t *answer = NULL, *data;
	int code;

	if (!reasons_check_option(options, out))
		return EXIT_USAGE;
	/* The daemon knows the names: a misspelt one must not read as good news. */
	code = remote_ask_of(options, PROTOCOL_LIST_DROPS, options->device, out, &answer);
	if (code)
		return code;
	data = collect(answer, options);
	json_decref(answer);
	return output_data(out, data, print);
}
