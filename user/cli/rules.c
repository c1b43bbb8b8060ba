/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "base/own.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/remote.h"
#include "control/protocol.h"

static const struct column columns[] = {
	{ "PROFILE", false },  { "", false },	    { "PEER", false },
	{ "SERVICES", false }, { "PACKETS", true }, { "BYTES", true },
	{ "LAST USED", true }, { "CLEAR", true },   { "LINE", true },
	{ "PURPOSE", false },
};

static void add_services(struct table *table, const json_t *services)
{
	_cleanup_(text_free) struct text text = { 0 };
	size_t i;
	json_t *service;

	json_array_foreach(services, i, service)
		text_add(&text, "%s%s", i ? ", " : "", json_string_value(service) ?: "-");
	table_cell(table, "%s", text.bytes ? text.bytes : "-");
}

/* Flows that began in clear, where the rule prefers TLS. */
static void add_clear(struct table *table, const json_t *clear_flows)
{
	char figure[OUTPUT_FIGURE];

	table_cell(table, "%s",
		   json_is_integer(clear_flows) ?
			   output_count(figure, (uint64_t)json_integer_value(clear_flows)) :
			   "-");
}

static void add_row(struct table *table, const json_t *rule, struct realtime now)
{
	char figure[OUTPUT_FIGURE];

	table_cell(table, "%s", field_text(rule, "profile"));
	table_cell(table, "%s", field_text(rule, "direction"));
	table_cell(table, "%s", field_text(rule, "peer"));
	add_services(table, json_object_get(rule, "services"));
	table_cell(table, "%s", output_count(figure, field_number(rule, "packets")));
	table_cell(table, "%s", output_bytes(figure, field_number(rule, "bytes")));
	table_cell(table, "%s", output_age(figure, json_object_get(rule, "last_used"), now));
	add_clear(table, json_object_get(rule, "clear_flows"));
	table_cell(table, "%llu", (unsigned long long)field_number(rule, "line"));
	table_cell(table, "%s", json_string_value(json_object_get(rule, "purpose")) ?: "");
}

static void print(struct output *out, const json_t *data)
{
	_cleanup_(table_free) struct table table = { columns, ARRAY_SIZE(columns), { 0 }, false };
	const json_t *rules = json_object_get(data, "rules");
	size_t i;
	json_t *rule;

	if (!json_array_size(rules)) {
		fputs("the policy has no rules: nothing passes\n", out->stream);
		return;
	}
	json_array_foreach(rules, i, rule)
		add_row(&table, rule, out->now);
	table_print(&table, out);
}

int command_rules(const struct options *options, struct output *out)
{
	json_t *data = NULL;
	int code = remote_ask_of(options, PROTOCOL_LIST_RULES, options->operand, out, &data);

	return code ? code : output_data(out, data, print);
}
