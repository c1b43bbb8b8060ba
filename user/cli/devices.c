/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/own.h"
#include "cli/command.h"
#include "cli/remote.h"
#include "control/protocol.h"

static const struct column columns[] = {
	{ "DEVICE", false },  { "PROFILE", false }, { "LINK", false },	   { "VLAN", true },
	{ "MAC", false },     { "ADDRESS", false }, { "FLOWS", true },	   { "SENT", true },
	{ "RECEIVED", true }, { "DROPPED", true },  { "LAST SEEN", true },
};

static void add_row(struct table *table, const json_t *device, struct realtime now)
{
	const json_t *vlan = json_object_get(device, "vlan");
	const json_t *sent = json_object_get(device, "sent");
	const json_t *received = json_object_get(device, "received");
	const json_t *dropped = json_object_get(device, "dropped");
	char figure[OUTPUT_FIGURE];

	table_cell(table, "%s", field_text(device, "name"));
	table_cell(table, "%s", field_text(device, "profile"));
	table_cell(table, "%s", field_text(device, "link"));
	if (json_is_integer(vlan))
		table_cell(table, "%lld", (long long)json_integer_value(vlan));
	else
		table_cell(table, "-");
	table_cell(table, "%s", field_text(device, "mac"));
	table_cell(table, "%s", field_text(device, "ip"));
	table_cell(table, "%s", output_count(figure, field_number(device, "flows")));
	table_cell(table, "%s", output_bytes(figure, field_number(sent, "bytes")));
	table_cell(table, "%s", output_bytes(figure, field_number(received, "bytes")));
	table_cell(table, "%s", output_count(figure, field_number(dropped, "packets")));
	table_cell(table, "%s", output_age(figure, json_object_get(device, "last_seen"), now));
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

int command_devices(const struct options *options, struct output *out)
{
	json_t *data = NULL;
	int code = remote_ask(options, PROTOCOL_LIST_DEVICES, out, &data);

	return code ? code : output_data(out, data, print);
}
