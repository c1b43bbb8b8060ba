/* SPDX-License-Identifier: GPL-2.0-only */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/own.h"
#include "cli/command.h"
#include "cli/files.h"
#include "cli/remote.h"
#include "control/protocol.h"

/* "devices 412 -> 398 (14 removed)", or "398 devices" where what ran before is not known. */
static void print_devices(struct output *out, const json_t *data)
{
	const json_t *change = json_object_get(data, "change");
	uint64_t removed = field_number(change, "devices_removed");
	uint64_t added = field_number(change, "devices_added");
	char one[2 * OUTPUT_FIGURE], two[OUTPUT_FIGURE];

	if (!json_is_object(change)) {
		fputs(output_things(one, field_number(data, "devices"), "device"), out->stream);
		return;
	}
	fprintf(out->stream, "devices %s -> %s",
		output_count(one, field_number(change, "devices_before")),
		output_count(two, field_number(data, "devices")));
	if (removed || added)
		fputs(" (", out->stream);
	if (removed)
		fprintf(out->stream, "%s%s removed%s%s", output_style(out, STYLE_WARNING),
			output_count(one, removed), output_style(out, STYLE_PLAIN),
			added ? ", " : "");
	if (added)
		fprintf(out->stream, "%s new", output_count(one, added));
	if (removed || added)
		fputc(')', out->stream);
}

static void print_rules(struct output *out, const json_t *data)
{
	const json_t *change = json_object_get(data, "change");
	char one[2 * OUTPUT_FIGURE], two[OUTPUT_FIGURE];

	if (json_is_object(change))
		fprintf(out->stream, ", rules %s -> %s",
			output_count(one, field_number(change, "rules_before")),
			output_count(two, field_number(data, "rules")));
	else
		fprintf(out->stream, ", %s",
			output_things(one, field_number(data, "rules"), "rule"));
}

static void print(struct output *out, const json_t *data)
{
	char compared[OUTPUT_FIGURE], generation[OUTPUT_FIGURE];

	output_clean_lines(out->errors, json_string_value(json_object_get(data, "warnings")) ?: "");
	fprintf(out->stream, "%sapplied%s as generation %s: ", output_style(out, STYLE_GOOD),
		output_style(out, STYLE_PLAIN),
		output_count(generation, field_number(data, "generation")));
	print_devices(out, data);
	print_rules(out, data);
	fprintf(out->stream, "; proved by %s comparisons, in force after %.2f s\n",
		output_count(compared, field_number(data, "compared")),
		json_number_value(json_object_get(data, "seconds")));
}

/* The daemon has the whole policy by now, and no use for who sent it. */
static void leave(int signal_number)
{
	static const char said[] =
		"\nwardgate: only this command was stopped: wardgated goes on with the apply; "
		"`wardgate status` says how it ended\n";

	if (write(STDERR_FILENO, said, sizeof(said) - 1) < 0)
		_exit(EXIT_BROKEN);
	signal(signal_number, SIG_DFL);
	raise(signal_number);
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
	err = client_send(client, PROTOCOL_APPLY, parameters, false, &error);
	signal(SIGINT, leave);
	signal(SIGTERM, leave);
	err = err ?: client_receive(client, CLIENT_TIMEOUT_APPLY, &reply, &error);
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
