/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "base/own.h"
#include "cli/command.h"
#include "cli/files.h"
#include "cli/remote.h"
#include "control/protocol.h"

static const struct column columns[] = {
	{ "PORT", false },
	{ "CHECK", false },
	{ "RESULT", false },
	{ "WHAT WAS FOUND", false },
};

static void print(struct output *out, const json_t *data)
{
	_cleanup_(table_free) struct table table = { columns, ARRAY_SIZE(columns), { 0 }, false };
	uint64_t failures = field_number(data, "failures");
	char one[2 * OUTPUT_FIGURE], two[2 * OUTPUT_FIGURE];
	enum style style = failures			    ? STYLE_BAD :
			   field_number(data, "warnings") ? STYLE_WARNING :
							      STYLE_GOOD;
	size_t i;
	json_t *finding;

	json_array_foreach(json_object_get(data, "findings"), i, finding) {
		table_cell(&table, "%s", field_text(finding, "port"));
		table_cell(&table, "%s", field_text(finding, "check"));
		table_cell(&table, "%s", field_text(finding, "result"));
		table_cell(&table, "%s", field_text(finding, "text"));
	}
	table_print(&table, out);
	fprintf(out->stream, "\n%s%s%s: %s, %s\n", output_style(out, style),
		failures ? "an apply would be refused" : "an apply would go ahead",
		output_style(out, STYLE_PLAIN), output_things(one, failures, "failure"),
		output_things(two, field_number(data, "warnings"), "warning"));
}

static int refused(const struct options *options, json_t *answer, struct output *out)
{
	output_clean_lines(out->errors, field_text(answer, "text"));
	if (out->json) {
		json_object_set_new(answer, "error", json_string(PROTOCOL_POLICY_REFUSED));
		output_json(out, answer);
	} else {
		output_error(out, "Refused", "%s: %s", options->operand,
			     field_text(answer, "message"));
	}
	return EXIT_REFUSED;
}

int command_preflight(const struct options *options, struct output *out)
{
	_cleanup_(reply_free) struct reply reply = { 0 };
	json_t *files = NULL;
	int code = options->operand ? files_read(options->operand, &files, out) : EXIT_DONE;
	bool would_fail;

	if (code)
		return code;
	/* Without a file: for the policy in force. */
	code = remote_call(options, PROTOCOL_PREFLIGHT, json_pack("{s:o*}", "files", files), out,
			   &reply);
	if (code)
		return code;
	if (reply.failure && !strcmp(reply.failure, PROTOCOL_POLICY_REFUSED))
		return refused(options, reply.parameters, out);
	if (reply.failure)
		return remote_failure(&reply, out);
	would_fail = field_number(reply.parameters, "failures") != 0;
	code = output_data(out, TAKE_PTR(reply.parameters), print);
	return code ? code : would_fail ? EXIT_TROUBLE : EXIT_DONE;
}
