/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>

#include "base/own.h"
#include "cli/check.h"
#include "cli/command.h"
#include "cli/files.h"
#include "policy/format.h"
#include "policy/policy.h"

static void print(struct output *out, const json_t *data)
{
	output_clean_lines(out->stream, field_text(data, "text"));
}

/* As one text, in the layout of `fmt`. */
static int print_model(const struct model *model, struct text *out, struct error *error)
{
	_cleanup_(source_free) struct source *source = NULL;
	_cleanup_(diags_free) struct diags diags = { 0 };
	_cleanup_(text_free) struct text text = { 0 };
	int err;

	policy_print(model, &text);
	err = text_status(&text) ?:
	      source_new("policy", text.bytes, text.length, &source, error) ?:
	      format_source(source, out, &diags, error);
	return err == -ENOMEM ? error_set(error, err, "no memory to print the policy") : err;
}

static int read_model(struct sources *sources, struct model **out, struct output *output)
{
	_cleanup_(diags_free) struct diags diags = { 0 };
	_cleanup_(model_free) struct model *model = NULL;
	_cleanup_(text_free) struct text findings = { 0 };
	const char *name = sources_file(sources, 0)->name;
	int err = policy_parse(sources, &model, &diags) ?: policy_check(model, &diags);

	if (err == -ENOMEM) {
		output_error(output, "Failed", "%s: no memory to read the policy", name);
		return EXIT_BROKEN;
	}
	diags_print(&diags, sources, &findings);
	output_clean_lines(output->errors, findings.bytes ?: "");
	if (err) {
		output_error(output, "Refused", "%s: the policy has errors", name);
		return EXIT_REFUSED;
	}
	*out = TAKE_PTR(model);
	return EXIT_DONE;
}

int command_print(const struct options *options, struct output *out)
{
	_cleanup_(sources_free) struct sources *sources = NULL;
	_cleanup_(model_free) struct model *model = NULL;
	_cleanup_(text_free) struct text text = { 0 };
	struct error error = { "" };
	int err = files_open(options->operand, &sources, &error), code;

	if (err)
		return check_unreadable(err, &error, out);
	code = read_model(sources, &model, out);
	if (code)
		return code;
	err = print_model(model, &text, &error);
	if (err) {
		output_error(out, "Failed", "%s: %s", sources_file(sources, 0)->name, error.text);
		return EXIT_BROKEN;
	}
	return output_data(
		out,
		json_pack("{s:s, s:s}", "file", sources_file(sources, 0)->name, "text", text.bytes),
		print);
}
