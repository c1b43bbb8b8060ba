/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <string.h>

#include "base/own.h"
#include "cli/check.h"
#include "cli/command.h"
#include "cli/files.h"
#include "cli/words.h"
#include "policy/asserts.h"

/* How one file went. */
static json_t *results_json(const struct assert_results *results, const struct policy *policy)
{
	json_t *list = json_array();

	for (size_t i = 0; i < results->list.count; i++) {
		const struct assert_result *r = &results->list.items[i];
		json_t *by = r->rule.line ? words_place(policy->sources, r->rule) : json_null();

		if (r->rule.line)
			json_object_set_new(by, "message", json_string(r->rule_message));
		json_array_append_new(
			list, json_pack("{s:s, s:b, s:s, s:s?, s:o, s:o}", "kind",
					r->is_test ? "test" : "assertion", "holds", (int)r->holds,
					"name", r->name, "message", r->message, "where",
					words_place(policy->sources, r->place), "rule", by));
	}
	return json_pack("{s:s, s:I, s:o}", "file", sources_file(policy->sources, 0)->name, "failures",
			 (json_int_t)results->failures, "results", list);
}

static json_t *refused_json(const char *file, const char *findings)
{
	return json_pack("{s:s, s:I, s:s, s:[]}", "file", file, "failures", (json_int_t)1, "error",
			 findings, "results");
}

/* A policy that is refused is a failure of its file, and the others are looked at all the same. */
static json_t *test_file(const char *path, struct output *out, int *code)
{
	_cleanup_(sources_free) struct sources *sources = NULL;
	_cleanup_(policy_free) struct policy *policy = NULL;
	_cleanup_(assert_results_free) struct assert_results results = { 0 };
	_cleanup_(diags_free) struct diags diags = { 0 };
	_cleanup_(text_free) struct text findings = { 0 };
	struct error error = { "" };
	int err;

	if (!command_can_send("file name", path, out)) {
		*code = EXIT_USAGE;
		return NULL;
	}
	err = files_open(path, &sources, &error);
	if (err) {
		*code = check_unreadable(err, &error, out);
		return NULL;
	}
	err = policy_build_unasserted(&sources, &policy, &diags, &error);
	if (!err)
		err = policy_assert(policy->model, &results);
	if (!err)
		return results_json(&results, policy);
	if (err == -ENOMEM) {
		output_error(out, "NoMemory", "no memory to test %s", path);
		*code = EXIT_BROKEN;
		return NULL;
	}
	if (diags.errors)
		diags_print(&diags, sources, &findings);
	return refused_json(path, findings.bytes ?: error.text);
}

static void print_result(struct output *out, const json_t *result)
{
	bool holds = json_is_true(json_object_get(result, "holds"));
	const json_t *where = json_object_get(result, "where");
	const json_t *rule = json_object_get(result, "rule");

	fprintf(out->stream, "%s%s%s ", output_style(out, holds ? STYLE_GOOD : STYLE_BAD),
		holds ? "ok    " : "FAILED", output_style(out, STYLE_PLAIN));
	output_clean(out->stream, field_text(where, "file"));
	fprintf(out->stream, ":%llu: ", (unsigned long long)field_number(where, "line"));
	output_clean(out->stream, field_text(result, "name"));
	fputc('\n', out->stream);
	if (holds)
		return;
	fputs("       ", out->stream);
	output_clean(out->stream, field_text(result, "message"));
	if (json_is_object(rule)) {
		fputs(": ", out->stream);
		output_clean(out->stream, field_text(rule, "message"));
		fputs(", ", out->stream);
		output_clean(out->stream, field_text(rule, "file"));
		fprintf(out->stream, ":%llu", (unsigned long long)field_number(rule, "line"));
	}
	fputc('\n', out->stream);
}

static void print(struct output *out, const json_t *data)
{
	const json_t *files = json_object_get(data, "files");
	uint64_t failures = field_number(data, "failures"), count = 0;
	char shown[2 * OUTPUT_FIGURE];
	size_t f, r;
	json_t *file, *result;

	json_array_foreach (files, f, file) {
		const json_t *results = json_object_get(file, "results");
		const char *error = json_string_value(json_object_get(file, "error"));

		if (error)
			output_clean_lines(out->errors, error);
		count += json_array_size(results) + (error != NULL);
		json_array_foreach (results, r, result)
			print_result(out, result);
	}
	fprintf(out->stream, "%s, ", output_things(shown, count, "result"));
	fprintf(out->stream, "%s%s%s\n", output_style(out, failures ? STYLE_BAD : STYLE_GOOD),
		failures ? output_things(shown, failures, "failure") : "all hold",
		output_style(out, STYLE_PLAIN));
}

/* JUnit XML, as CI systems read it. What XML cannot carry was refused with the policy. */

static void print_xml(struct output *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '<')
			fputs("&lt;", out->stream);
		else if (*text == '>')
			fputs("&gt;", out->stream);
		else if (*text == '&')
			fputs("&amp;", out->stream);
		else if (*text == '"')
			fputs("&quot;", out->stream);
		else if ((unsigned char)*text >= 0x20 || strchr("\n\t", *text))
			fputc(*text, out->stream);
	}
}

static void print_case(struct output *out, const char *file, const char *name, const char *failure,
		       const json_t *rule)
{
	fputs("    <testcase classname=\"", out->stream);
	print_xml(out, file);
	fputs("\" name=\"", out->stream);
	print_xml(out, name);
	if (!failure) {
		fputs("\"/>\n", out->stream);
		return;
	}
	fputs("\">\n      <failure message=\"", out->stream);
	print_xml(out, failure);
	fputs("\">", out->stream);
	if (json_is_object(rule)) {
		print_xml(out, field_text(rule, "message"));
		fputs(", ", out->stream);
		print_xml(out, field_text(rule, "file"));
		fprintf(out->stream, ":%llu", (unsigned long long)field_number(rule, "line"));
	}
	fputs("</failure>\n    </testcase>\n", out->stream);
}

static void print_junit(struct output *out, const json_t *data)
{
	const json_t *files = json_object_get(data, "files");
	size_t f, r;
	json_t *file, *result;

	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n", out->stream);
	json_array_foreach (files, f, file) {
		const json_t *results = json_object_get(file, "results");
		const char *error = json_string_value(json_object_get(file, "error"));
		const char *name = field_text(file, "file");

		fputs("  <testsuite name=\"", out->stream);
		print_xml(out, name);
		fprintf(out->stream, "\" tests=\"%zu\" failures=\"%llu\">\n",
			json_array_size(results) + (error != NULL),
			(unsigned long long)field_number(file, "failures"));
		if (error)
			print_case(out, name, "the policy is good", error, NULL);
		json_array_foreach (results, r, result)
			print_case(out, name, field_text(result, "name"),
				   json_string_value(json_object_get(result, "message")),
				   json_object_get(result, "rule"));
		fputs("  </testsuite>\n", out->stream);
	}
	fputs("</testsuites>\n", out->stream);
}

int command_test(const struct options *options, struct output *out)
{
	json_t *files = json_array();
	uint64_t failures = 0;
	bool refused = false;
	int code = EXIT_DONE;

	for (size_t i = 0; !code && i < options->operand_count; i++) {
		json_t *file = test_file(options->operands[i], out, &code);

		failures += field_number(file, "failures");
		refused |= json_object_get(file, "error") != NULL;
		if (file)
			json_array_append_new(files, file);
	}
	if (!code)
		code = output_data(
			out,
			json_pack("{s:O, s:I}", "files", files, "failures", (json_int_t)failures),
			options->junit ? print_junit : print);
	json_decref(files);
	return code ? code : refused ? EXIT_REFUSED : failures ? EXIT_FAILED : EXIT_DONE;
}
