/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/own.h"
#include "cli/command.h"
#include "cli/remote.h"
#include "control/protocol.h"

static void print_list(struct output *out, const json_t *data)
{
	const json_t *devices = json_object_get(data, "devices");
	size_t i;
	json_t *device;

	if (!json_array_size(devices))
		fputs("no device is in quarantine\n", out->stream);
	json_array_foreach(devices, i, device) {
		output_clean(out->stream, field_text(device, "name"));
		fputs(json_is_false(json_object_get(device, "in_policy")) ?
			      " (no longer in the policy)\n" :
			      "\n",
		      out->stream);
	}
}

static void print_changes(struct output *out, const json_t *data, const char *done,
			  const char *already)
{
	size_t i;
	json_t *device;

	json_array_foreach(json_object_get(data, "devices"), i, device) {
		output_clean(out->stream, field_text(device, "name"));
		fprintf(out->stream, "%s\n",
			json_is_true(json_object_get(device, "changed")) ? done : already);
	}
}

static void print_quarantined(struct output *out, const json_t *data)
{
	print_changes(out, data, " is in quarantine", " was in quarantine already");
}

static void print_released(struct output *out, const json_t *data)
{
	print_changes(out, data, " is out of quarantine", " was not in quarantine");
}

static int change(const struct options *options, const char *method, struct output *out,
		  void (*print)(struct output *, const json_t *))
{
	_cleanup_(reply_free) struct reply reply = { 0 };
	json_t *names = json_array();
	int code;

	for (size_t i = 0; i < options->operand_count; i++) {
		if (!command_can_send("name", options->operands[i], out)) {
			json_decref(names);
			return EXIT_USAGE;
		}
		json_array_append_new(names, json_string(options->operands[i]));
	}
	code = remote_call(options, method, json_pack("{s:o}", "devices", names), out, &reply);
	if (code)
		return code;
	if (reply.failure)
		return remote_failure(&reply, out);
	return output_data(out, TAKE_PTR(reply.parameters), print);
}

int command_quarantine(const struct options *options, struct output *out)
{
	json_t *data = NULL;
	int code;

	if (options->operand)
		return change(options, PROTOCOL_QUARANTINE, out, print_quarantined);
	code = remote_ask(options, PROTOCOL_LIST_QUARANTINE, json_object(), out, &data);
	return code ? code : output_data(out, data, print_list);
}

int command_release(const struct options *options, struct output *out)
{
	return change(options, PROTOCOL_RELEASE, out, print_released);
}
