/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "base/own.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/remote.h"
#include "control/protocol.h"

static const struct column columns[] = {
	{ "DEVICE", false },  { "PROFILE", false }, { "LINK", false },	   { "VLAN", true },
	{ "MAC", false },     { "ADDRESS", false }, { "FLOWS", true },	   { "SENT", true },
	{ "RECEIVED", true }, { "DROPPED", true },  { "LAST PASSED", true },  { "MODE", false },
};

static void add_vlan(struct table *table, const json_t *vlan)
{
	if (json_is_integer(vlan))
		table_cell(table, "%lld", (long long)json_integer_value(vlan));
	else
		table_cell(table, "%s", json_is_string(vlan) ? json_string_value(vlan) : "-");
}

/* A device may have many: the table has room for two. */
static void add_addresses(struct table *table, const json_t *device, struct realtime now)
{
	_cleanup_(text_free) struct text text = { 0 };
	const json_t *addresses = json_object_get(device, "addresses");
	size_t i, count = json_array_size(addresses);
	char figure[OUTPUT_FIGURE];
	json_t *lease;

	for (i = 0; i < count && (i < 2 || count <= 3); i++)
		text_add(&text, "%s%s", i ? " " : "",
			 json_string_value(json_array_get(addresses, i)));
	if (i < count)
		text_add(&text, " and %zu more", count - i);
	json_array_foreach(json_object_get(device, "leases"), i, lease)
		text_add(&text, "%s%s (leased for %s)", text.length ? " " : "",
			 field_text(lease, "address"),
			 output_left(figure, json_object_get(lease, "expires"), now));
	if (!text.length)
		text_add(&text, "no lease");
	table_cell(table, "%s", text.bytes ? text.bytes : "-");
}

/* What is not as usual; most devices are enforced. */
static void add_mode(struct table *table, const json_t *device)
{
	const char *mode = field_text(device, "enforcement");

	if (json_is_true(json_object_get(device, "quarantined")))
		table_cell(table, "quarantined");
	else
		table_cell(table, "%s", strcmp(mode, "enforce") != 0 ? mode : "");
}

static void add_row(struct table *table, const json_t *device, struct realtime now)
{
	const json_t *sent = json_object_get(device, "sent");
	const json_t *received = json_object_get(device, "received");
	const json_t *dropped = json_object_get(device, "dropped");
	char figure[OUTPUT_FIGURE];

	table_cell(table, "%s", field_text(device, "name"));
	table_cell(table, "%s", field_text(device, "profile"));
	table_cell(table, "%s", field_text(device, "link"));
	add_vlan(table, json_object_get(device, "vlan"));
	table_cell(table, "%s", field_text(device, "mac"));
	add_addresses(table, device, now);
	table_cell(table, "%s", output_count(figure, field_number(device, "flows")));
	table_cell(table, "%s", output_bytes(figure, field_number(sent, "bytes")));
	table_cell(table, "%s", output_bytes(figure, field_number(received, "bytes")));
	table_cell(table, "%s", output_count(figure, field_number(dropped, "packets")));
	table_cell(table, "%s", output_age(figure, json_object_get(device, "last_seen"), now));
	add_mode(table, device);
}

static void print(struct output *out, const json_t *data)
{
	_cleanup_(table_free) struct table table = { columns, ARRAY_SIZE(columns), { 0 }, false };
	const json_t *devices = json_object_get(data, "devices");
	size_t i;
	json_t *device;

	if (!json_array_size(devices)) {
		fputs("the policy has no devices\n", out->stream);
		return;
	}
	json_array_foreach(devices, i, device)
		add_row(&table, device, out->now);
	table_print(&table, out);
}

/* Adds the next page to `data`. A policy that was applied meanwhile has devices of its own. */
static int add_page(const struct options *options, json_t *data, struct output *out)
{
	json_t *page = NULL;
	int code = remote_ask(options, PROTOCOL_LIST_DEVICES,
			      json_pack("{s:O}", "from", json_object_get(data, "next")), out,
			      &page);

	if (code)
		return code;
	if (field_number(page, "generation") != field_number(data, "generation")) {
		output_error(out, "Failed",
			     "another policy was applied while the devices were listed; try again");
		code = EXIT_BROKEN;
	} else if (json_array_extend(json_object_get(data, "devices"),
				     json_object_get(page, "devices"))) {
		output_error(out, "Failed", "no memory for the devices");
		code = EXIT_BROKEN;
	}
	json_object_set(data, "next", json_object_get(page, "next"));
	json_decref(page);
	return code;
}

int command_devices(const struct options *options, struct output *out)
{
	json_t *data = NULL;
	int code = remote_ask_of(options, PROTOCOL_LIST_DEVICES, options->operand, out, &data);

	while (!code && json_is_integer(json_object_get(data, "next")))
		code = add_page(options, data, out);
	if (code) {
		json_decref(data);
		return code;
	}
	json_object_del(data, "next");
	return output_data(out, data, print);
}
