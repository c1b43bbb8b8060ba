/* SPDX-License-Identifier: GPL-2.0-only */
/* The shipped library of services, which a policy may name without defining them. */
#include "policy/services.h"

#include <string.h>

#include "base/own.h"
#include "cli/command.h"
#include "policy/names.h"
#include "policy/values.h"

static const struct column columns[] = {
	{ "NAME", false },
	{ "PORTS", false },
	{ "WHAT", false },
	{ "SOURCE", false },
};

static json_t *service_json(const struct library_service *service)
{
	json_t *ports = json_array();

	for (size_t i = 0; i < service->count; i++) {
		const struct model_port_range range = {
			.protocol = service->ports[i].protocol,
			.first = service->ports[i].first,
			.last = service->ports[i].last,
		};
		char shown[VALUES_PORTS];

		json_array_append_new(ports, json_string(values_ports(shown, &range)));
	}
	return json_pack("{s:s, s:o, s:s, s:s}", "name", service->name, "ports", ports, "what",
			 service->what, "source", service->source);
}

static void print(struct output *out, const json_t *data)
{
	_cleanup_(table_free) struct table table = { columns, ARRAY_SIZE(columns), { 0 }, false };
	size_t i, j;
	json_t *service, *port;

	json_array_foreach (json_object_get(data, "services"), i, service) {
		_cleanup_(text_free) struct text ports = { 0 };

		json_array_foreach (json_object_get(service, "ports"), j, port)
			text_add(&ports, "%s%s", j ? ", " : "", json_string_value(port));
		table_cell(&table, "%s", field_text(service, "name"));
		table_cell(&table, "%s", ports.bytes ?: "");
		table_cell(&table, "%s", field_text(service, "what"));
		table_cell(&table, "%s", field_text(service, "source"));
	}
	table_print(&table, out);
}

static int unknown(const char *name, struct output *out)
{
	struct nearest nearest = { .wanted = name };
	const struct library_service *library;
	size_t count;

	library = services_library(&count);
	for (size_t i = 0; i < count; i++)
		nearest_try(&nearest, library[i].name);
	output_error(out, "Usage", "there is no service '%s'%s%s%s", name,
		     nearest.best ? "; did you mean '" : ", see `wardgate services`",
		     nearest.best ?: "", nearest.best ? "'?" : "");
	return EXIT_USAGE;
}

int command_services(const struct options *options, struct output *out)
{
	const struct library_service *all, *one = NULL;
	json_t *list;
	size_t count;

	if (options->operand) {
		one = services_find(options->operand);
		if (!one)
			return unknown(options->operand, out);
	}
	list = json_array();
	all = services_library(&count);
	for (size_t i = 0; i < count; i++)
		if (!one || one == &all[i])
			json_array_append_new(list, service_json(&all[i]));
	return output_data(out, json_pack("{s:o}", "services", list), print);
}
