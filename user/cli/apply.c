/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "base/own.h"
#include "cli/command.h"
#include "cli/files.h"
#include "cli/remote.h"
#include "control/protocol.h"

static void print(struct output *out, const json_t *data)
{
	char devices[2 * OUTPUT_FIGURE], rules[2 * OUTPUT_FIGURE], compared[OUTPUT_FIGURE];
	char generation[OUTPUT_FIGURE];

	output_clean_lines(out->errors, json_string_value(json_object_get(data, "warnings")) ?: "");
	fprintf(out->stream,
		"%sapplied%s as generation %s: %s, %s; proved by %s comparisons, in force after "
		"%.2f s\n",
		output_style(out, STYLE_GOOD), output_style(out, STYLE_PLAIN),
		output_count(generation, field_number(data, "generation")),
		output_things(devices, field_number(data, "devices"), "device"),
		output_things(rules, field_number(data, "rules"), "rule"),
		output_count(compared, field_number(data, "compared")),
		json_number_value(json_object_get(data, "seconds")));
}

static int refused(const char *name, const struct reply *reply, struct output *out)
{
	char errors[2 * OUTPUT_FIGURE], warnings[2 * OUTPUT_FIGURE];

	output_clean_lines(out->errors, field_text(reply->parameters, "text"));
	output_clean(out->errors, name);
	fprintf(out->errors, ": refused: %s, %s; nothing was changed\n",
		output_things(errors, field_number(reply->parameters, "errors"), "error"),
		output_things(warnings, field_number(reply->parameters, "warnings"), "warning"));
	if (out->json) {
		json_object_set_new(reply->parameters, "error", json_string(reply->failure));
		output_json(out, reply->parameters);
	}
	return EXIT_REFUSED;
}

static int send_policy(const struct options *options, json_t *files, struct output *out)
{
	_cleanup_(client_free) struct client *client = NULL;
	_cleanup_(reply_free) struct reply reply = { 0 };
	json_t *parameters = json_pack("{s:o}", "files", files);
	struct error error;
	int err, code = remote_open(options, &client, out);

	if (code) {
		json_decref(parameters);
		return code;
	}
	err = client_call(client, PROTOCOL_APPLY, parameters, CLIENT_TIMEOUT_APPLY, &reply, &error);
	if (err)
		return remote_lost(err, &error, out);
	if (reply.failure && !strcmp(reply.failure, PROTOCOL_POLICY_REFUSED))
		return refused(options->operand, &reply, out);
	if (reply.failure)
		return remote_failure(&reply, out);
	return output_data(out, TAKE_PTR(reply.parameters), print);
}

int command_apply(const struct options *options, struct output *out)
{
	json_t *files = NULL;
	int code = files_read(options->operand, &files, out);

	return code ? code : send_policy(options, files, out);
}
