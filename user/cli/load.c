/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/load.h"

#include <errno.h>

#include "base/own.h"
#include "cli/check.h"
#include "cli/command.h"
#include "cli/files.h"
#include "cli/remote.h"
#include "control/protocol.h"

static void release(json_t **value)
{
	json_decref(*value);
}

/* Warnings are for `check`; what is asked here has an answer in spite of them. */
static int build(struct sources **sources, struct policy **policy, struct output *out)
{
	_cleanup_(diags_free) struct diags diags = { 0 };
	_cleanup_(text_free) struct text findings = { 0 };
	const struct sources *shown = *sources;
	const char *name = sources_file(shown, 0)->name;
	struct error error;
	int err = policy_build(sources, policy, &diags, &error);

	if (!err)
		return EXIT_DONE;
	if (err != -EINVAL || !diags.errors) {
		output_error(out, "Failed", "%s: %s", name, error.text);
		return err == -E2BIG ? EXIT_REFUSED : EXIT_BROKEN;
	}
	diags_print(&diags, shown, &findings);
	output_clean_lines(out->errors, findings.bytes ?: "");
	output_error(out, "Refused", "%s has errors", name);
	return EXIT_REFUSED;
}

int load_file(const char *path, struct policy **policy, struct output *out)
{
	_cleanup_(sources_free) struct sources *sources = NULL;
	struct error error;
	int err;

	if (!command_can_send("file name", path, out))
		return EXIT_USAGE;
	err = files_open(path, &sources, &error);
	return err ? check_unreadable(err, &error, out) : build(&sources, policy, out);
}

/* The first is the one that was named. */
static int add_file(const json_t *file, struct sources **sources, struct error *error)
{
	const json_t *text = json_object_get(file, "text");
	const char *name = field_text(file, "name"), *bytes = json_string_value(text) ?: "";
	size_t length = json_string_length(text);

	return *sources ? sources_add(*sources, name, bytes, length, error)
			: sources_new(name, bytes, length, sources, error);
}

int load_running(const struct options *options, struct policy **policy, struct output *out)
{
	_cleanup_(sources_free) struct sources *sources = NULL;
	_cleanup_(release) json_t *data = NULL;
	const json_t *files;
	struct error error;
	int err = 0, code = remote_ask(options, PROTOCOL_GET_POLICY, json_object(), out, &data);

	if (code)
		return code;
	files = json_object_get(data, "files");
	for (size_t i = 0; !err && i < json_array_size(files); i++)
		err = add_file(json_array_get(files, i), &sources, &error);
	if (!err && sources)
		return build(&sources, policy, out);
	output_error(out, "Failed", "%s", err ? error.text : "the daemon sent no files");
	return EXIT_BROKEN;
}

int load_either(const struct options *options, const char *path, struct policy **policy,
		struct output *out)
{
	return path ? load_file(path, policy, out) : load_running(options, policy, out);
}
