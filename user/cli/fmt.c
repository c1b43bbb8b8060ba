/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/file.h"
#include "base/own.h"
#include "cli/check.h"
#include "cli/command.h"
#include "cli/files.h"
#include "policy/format.h"
#include "policy/sources.h"

static void print(struct output *out, const json_t *data)
{
	bool checked = json_is_true(json_object_get(data, "checked"));
	size_t i;
	json_t *file;

	json_array_foreach (json_object_get(data, "files"), i, file) {
		if (json_object_get(file, "text"))
			output_clean_lines(out->stream, field_text(file, "text"));
		if (!json_is_true(json_object_get(file, checked ? "changes" : "written")))
			continue;
		output_clean(out->stream, field_text(file, "file"));
		fputs(checked ? ": would change\n" : ": rewritten\n", out->stream);
	}
}

static int refused(const struct sources *sources, const struct diags *diags, int err,
		   const struct error *error, struct output *out)
{
	const char *name = sources_file(sources, 0)->name;
	_cleanup_(text_free) struct text findings = { 0 };

	diags_print(diags, sources, &findings);
	output_clean_lines(out->errors, findings.bytes ?: "");
	if (err != -EINVAL) {
		output_error(out, "Failed", "%s: no memory", name);
		return EXIT_BROKEN;
	}
	output_error(out, "Refused", "%s: %s", name,
		     diags->errors ? "it was left as it is" : error->text);
	return EXIT_REFUSED;
}

/* A link stays one: what it leads to is replaced. */
static int replace(const char *name, const struct text *text, struct output *out)
{
	char path[PATH_MAX];
	struct error error;

	if (!realpath(name, path)) {
		output_error(out, "Failed", "%s: %s", name, strerror(errno));
		return EXIT_BROKEN;
	}
	if (!file_replace(path, text->bytes, text->length, &error))
		return EXIT_DONE;
	output_error(out, "Failed", "%s", error.text);
	return EXIT_BROKEN;
}

static int format_file(const char *name, const struct options *options, json_t *files,
		       struct output *out)
{
	_cleanup_(sources_free) struct sources *sources = NULL;
	_cleanup_(diags_free) struct diags diags = { 0 };
	_cleanup_(text_free) struct text text = { 0 };
	struct error error = { "" };
	int err = files_open(name, &sources, &error), code = EXIT_DONE;
	const struct source *source;
	bool changes, input = files_is_input(name);

	if (err)
		return check_unreadable(err, &error, out);
	source = sources_file(sources, 0);
	err = format_source(source, &text, &diags, &error);
	if (err)
		return refused(sources, &diags, err, &error, out);
	changes = text.length != source->length ||
		  memcmp(text.bytes, source->bytes, text.length) != 0;
	if (changes && options->check)
		code = EXIT_REFUSED;
	else if (changes && !input)
		code = replace(name, &text, out);
	json_array_append_new(files,
			      json_pack("{s:s, s:b, s:b, s:s*}", "file", source->name, "changes",
					changes, "written", changes && !input && code == EXIT_DONE,
					"text", input && !options->check ? text.bytes : NULL));
	return code;
}

int command_fmt(const struct options *options, struct output *out)
{
	json_t *files = json_array();
	int worst = EXIT_DONE, code;

	for (size_t i = 0; i < options->operand_count; i++) {
		code = format_file(options->operands[i], options, files, out);
		worst = code > worst ? code : worst;
	}
	code = output_data(out, json_pack("{s:b, s:o}", "checked", options->check, "files", files),
			   print);
	return worst ? worst : code;
}
