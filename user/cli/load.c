/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/load.h"

#include <errno.h>

#include "base/own.h"
#include "cli/check.h"
#include "cli/command.h"
#include "cli/remote.h"
#include "control/protocol.h"

static void release(json_t **value)
{
	json_decref(*value);
}

/* Warnings are for `check`; what is asked here has an answer in spite of them. */
static int build(struct source **source, struct policy **policy, struct output *out)
{
	_cleanup_(diags_free) struct diags diags = { 0 };
	_cleanup_(text_free) struct text findings = { 0 };
	const struct source *shown = *source;
	struct error error;
	int err = policy_build(source, policy, &diags, &error);

	if (!err)
		return EXIT_DONE;
	if (err != -EINVAL || !diags.errors) {
		output_error(out, "Failed", "%s: %s", shown->name, error.text);
		return err == -E2BIG ? EXIT_REFUSED : EXIT_BROKEN;
	}
	diags_print(&diags, shown, &findings);
	output_clean_lines(out->errors, findings.bytes ?: "");
	output_error(out, "Refused", "%s has errors", shown->name);
	return EXIT_REFUSED;
}

int load_file(const char *path, struct policy **policy, struct output *out)
{
	_cleanup_(source_free) struct source *source = NULL;
	struct error error;
	int err = source_read(path, &source, &error);

	return err ? check_unreadable(err, &error, out) : build(&source, policy, out);
}

int load_running(const struct options *options, struct policy **policy, struct output *out)
{
	_cleanup_(source_free) struct source *source = NULL;
	_cleanup_(release) json_t *data = NULL;
	const json_t *text;
	struct error error;
	int code = remote_ask(options, PROTOCOL_GET_POLICY, out, &data);

	if (code)
		return code;
	text = json_object_get(data, "text");
	if (source_new(field_text(data, "name"), json_string_value(text) ?: "",
		       json_string_length(text), &source, &error)) {
		output_error(out, "Failed", "%s", error.text);
		return EXIT_BROKEN;
	}
	return build(&source, policy, out);
}

int load_either(const struct options *options, const char *path, struct policy **policy,
		struct output *out)
{
	return path ? load_file(path, policy, out) : load_running(options, policy, out);
}
