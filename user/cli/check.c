/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/check.h"

#include <errno.h>
#include <string.h>

#include "base/own.h"
#include "cli/command.h"
#include "cli/files.h"
#include "policy/policy.h"

struct result {
	struct policy *policy; /* NULL when it was refused */
	struct diags diags;
	uint64_t nanoseconds;
};

static void result_free(struct result *result)
{
	policy_free(&result->policy);
	diags_free(&result->diags);
}

static json_t *place_json(const struct sources *sources, struct place place)
{
	return json_pack("{s:s, s:I, s:I}", "file", sources_file(sources, place.file)->name, "line",
			 (json_int_t)place.line, "column", (json_int_t)place.column);
}

static json_t *finding_json(const struct sources *sources, const struct diag *diag)
{
	json_t *finding = json_pack(
		"{s:s, s:s, s:s, s:I, s:I, s:s?, s:s?}", "severity",
		diag->severity == SEVERITY_ERROR ? "error" : "warning", "code",
		codes[diag->code].number, "file", sources_file(sources, diag->place.file)->name,
		"line", (json_int_t)diag->place.line, "column", (json_int_t)diag->place.column,
		"message", diag->message, "hint", diag->hint);
	json_t *other = diag->other_message ? place_json(sources, diag->other) : json_null();

	if (diag->other_message)
		json_object_set_new(other, "message", json_string(diag->other_message));
	json_object_update_new(
		finding, json_pack("{s:s, s:s, s:s?, s:o}", "severity",
				   diag->severity == SEVERITY_ERROR ? "error" : "warning",
				   "message", diag->message, "hint", diag->hint, "other", other));
	return finding;
}

static json_t *summary_json(const struct result *result)
{
	const struct policy *policy = result->policy;

	if (!policy)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:f}", "links",
			 (json_int_t)policy->model->links.count, "devices",
			 (json_int_t)policy->model->devices.count, "profiles",
			 (json_int_t)policy->model->profiles.count, "rules",
			 (json_int_t)policy->image->rules.count, "entries",
			 (json_int_t)policy->image->entries.count, "compared",
			 (json_int_t)policy->compared, "hash", policy->image->hash, "seconds",
			 (double)result->nanoseconds / 1e9);
}

/* NULL rather than an answer with a finding less than it counts. */
static json_t *findings_json(const struct sources *sources, const struct diags *diags)
{
	json_t *findings = json_array();

	for (size_t i = 0; i < diags->list.count; i++) {
		if (!json_array_append_new(findings, finding_json(sources, &diags->list.items[i])))
			continue;
		json_decref(findings);
		return NULL;
	}
	return findings;
}

static json_t *result_json(const struct result *result, const struct sources *sources)
{
	json_t *findings = findings_json(sources, &result->diags);

	if (!findings)
		return NULL;
	return json_pack("{s:s, s:b, s:I, s:I, s:o, s:o}", "file", sources_file(sources, 0)->name,
			 "ok", result->policy != NULL, "errors", (json_int_t)result->diags.errors,
			 "warnings", (json_int_t)result->diags.warnings, "findings", findings,
			 "policy", summary_json(result));
}

static void print_refused(struct output *out, const json_t *data)
{
	char errors[2 * OUTPUT_FIGURE], warnings[2 * OUTPUT_FIGURE];

	output_clean(out->errors, field_text(data, "file"));
	fprintf(out->errors, ": refused: %s%s, %s\n",
		output_things(errors, field_number(data, "errors"), "error"),
		field_number(data, "errors") >= DIAG_LIMIT ? " or more" : "",
		output_things(warnings, field_number(data, "warnings"), "warning"));
}

static void print(struct output *out, const json_t *data)
{
	const json_t *policy = json_object_get(data, "policy");
	char devices[2 * OUTPUT_FIGURE], rules[2 * OUTPUT_FIGURE], warnings[2 * OUTPUT_FIGURE];
	char compared[OUTPUT_FIGURE];

	if (!json_is_object(policy)) {
		print_refused(out, data);
		return;
	}
	output_clean(out->stream, field_text(data, "file"));
	fprintf(out->stream,
		": %sgood%s: %s, %s, %s; compiled and proved by %s comparisons in %.2f s\n",
		output_style(out, STYLE_GOOD), output_style(out, STYLE_PLAIN),
		output_things(devices, field_number(policy, "devices"), "device"),
		output_things(rules, field_number(policy, "rules"), "rule"),
		output_things(warnings, field_number(data, "warnings"), "warning"),
		output_count(compared, field_number(policy, "compared")),
		json_real_value(json_object_get(policy, "seconds")));
}

static void print_findings(const struct result *result, const struct sources *sources,
			   struct output *out)
{
	struct text text = { 0 };

	if (out->json)
		return;
	diags_print(&result->diags, sources, &text);
	output_clean_lines(out->errors, text.bytes ? text.bytes : "");
	text_free(&text);
}

int check_sources(struct sources **sources, struct output *out)
{
	_cleanup_(result_free) struct result result = { 0 };
	uint64_t start = clock_read(CLOCK_MONOTONIC);
	const struct sources *shown = *sources;
	struct error error;
	int err, code;

	err = policy_build(sources, &result.policy, &result.diags, &error);
	result.nanoseconds = clock_read(CLOCK_MONOTONIC) - start;
	/* The policy has taken the sources over, or left them; both live until the end of this. */
	print_findings(&result, shown, out);
	if (err && !(err == -EINVAL && result.diags.errors)) {
		output_error(out, "Failed", "%s: %s", sources_file(shown, 0)->name, error.text);
		return err == -E2BIG ? EXIT_REFUSED : EXIT_BROKEN;
	}
	code = output_data(out, result_json(&result, shown), print);
	return code ? code : result.policy ? EXIT_DONE : EXIT_REFUSED;
}

int check_unreadable(int err, const struct error *error, struct output *out)
{
	output_error(out, err == -EFBIG ? "Refused" : "Usage", "%s", error->text);
	return err == -EFBIG ? EXIT_REFUSED : err == -ENOMEM ? EXIT_BROKEN : EXIT_USAGE;
}

int command_check(const struct options *options, struct output *out)
{
	_cleanup_(sources_free) struct sources *sources = NULL;
	struct error error;
	int err;

	if (!command_can_send("file name", options->operand, out))
		return EXIT_USAGE;
	err = files_open(options->operand, &sources, &error);
	return err ? check_unreadable(err, &error, out) : check_sources(&sources, out);
}
