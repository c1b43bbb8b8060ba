/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/diff.h"

#include <errno.h>
#include <string.h>

#include "base/own.h"
#include "cli/command.h"
#include "cli/load.h"
#include "cli/words.h"

/* Names of devices in a line; the JSON has all of them. */
#define NAMES_SHOWN 4

static const char *effect_of(bool widened, bool narrowed)
{
	return widened && narrowed ? "both" : widened ? "widened" : narrowed ? "narrowed" : "none";
}

static json_t *subjects_json(const struct diff_line *line)
{
	json_t *list = json_array();

	for (size_t i = 0; i < line->subjects.count; i++) {
		const struct diff_subject *subject = &line->subjects.items[i];
		json_t *names = json_array();

		for (size_t n = 0; n < subject->count; n++)
			json_array_append_new(names, json_string(subject->names[n]));
		json_array_append_new(list,
				      json_pack("{s:s?, s:o, s:b}", "profile", subject->profile,
						line->kind == DIFF_LINK ? "links" : "devices",
						names, "all", (int)subject->all));
	}
	return list;
}

static json_t *line_json(const struct diff_line *line, const struct sources *old,
			 const struct sources *new)
{
	static const char *const kinds[DIFF_KINDS] = {
		[DIFF_OPENS] = "opens",		  [DIFF_OPENED] = "opened",
		[DIFF_LIMIT] = "limit",		  [DIFF_MODE] = "mode",
		[DIFF_BINDING] = "binding",	  [DIFF_DEVICE] = "device",
		[DIFF_QUARANTINE] = "quarantine", [DIFF_LINK] = "link",
	};

	return json_pack("{s:s, s:s, s:o, s:s, s:s?, s:o, s:o, s:o}", "kind", kinds[line->kind],
			 "effect", effect_of(line->widened, line->narrowed), "subjects",
			 subjects_json(line), "text", line->sentence, "network", line->network,
			 "peers", words_prefixes(&line->peers), "services",
			 words_services(&line->services), "where",
			 words_place(line->in_old ? old : new, line->place));
}

static json_t *diff_json(const struct diff *diff, const struct sources *old,
			 const struct sources *new)
{
	json_t *changes = json_array();

	for (size_t i = 0; i < diff->lines.count; i++)
		json_array_append_new(changes, line_json(&diff->lines.items[i], old, new));
	return json_pack("{s:s, s:s, s:b, s:b, s:o}", "old",
			 sources_file(old, 0)->name, "new", sources_file(new, 0)->name, "widened",
			 (int)diff->widened, "narrowed", (int)diff->narrowed, "changes", changes);
}

/* "pump (3 devices)", "pump-1, pump-2 (pump)", "link ward", "devices in quarantine" */
static void add_subject(const json_t *subject, struct text *out)
{
	const char *profile = json_string_value(json_object_get(subject, "profile"));
	const json_t *devices = json_object_get(subject, "devices");
	char count[2 * OUTPUT_FIGURE];

	if (json_object_get(subject, "links")) {
		text_add(out, "link ");
		words_join(json_object_get(subject, "links"), 0, out);
	} else if (!profile) {
		text_add(out, "devices in quarantine");
	} else if (json_is_true(json_object_get(subject, "all")) && json_array_size(devices) > 1) {
		text_add(out, "%s (%s)", profile,
			 output_things(count, json_array_size(devices), "device"));
	} else {
		words_join(devices, NAMES_SHOWN, out);
		text_add(out, " (%s)", profile);
	}
}

static void print_change(struct output *out, const json_t *change)
{
	static const struct {
		const char *effect, *sign;
		enum style style;
	} effects[] = { { "widened", "+", STYLE_BAD },
			{ "narrowed", "-", STYLE_GOOD },
			{ "both", "~", STYLE_WARNING },
			{ "none", "=", STYLE_PLAIN } };
	const json_t *subjects = json_object_get(change, "subjects");
	const json_t *where = json_object_get(change, "where");
	_cleanup_(text_free) struct text text = { 0 };
	size_t effect = 0;

	while (effect < 3 && strcmp(effects[effect].effect, field_text(change, "effect")))
		effect++;
	for (size_t i = 0; i < json_array_size(subjects); i++) {
		text_add(&text, "%s", i ? "; " : "");
		add_subject(json_array_get(subjects, i), &text);
	}
	text_add(&text, "%s %s", json_array_size(subjects) ? ":" : "", field_text(change, "text"));
	fprintf(out->stream, "%s%s ", output_style(out, effects[effect].style),
		effects[effect].sign);
	output_clean(out->stream, text.bytes ?: "");
	fputs(output_style(out, STYLE_PLAIN), out->stream);
	if (json_is_object(where)) {
		fputs("  [", out->stream);
		output_clean(out->stream, field_text(where, "file"));
		fprintf(out->stream, ":%llu]", (unsigned long long)field_number(where, "line"));
	}
	fputc('\n', out->stream);
}

static void print(struct output *out, const json_t *data)
{
	const json_t *changes = json_object_get(data, "changes");
	bool widened = json_is_true(json_object_get(data, "widened"));
	bool narrowed = json_is_true(json_object_get(data, "narrowed"));
	size_t i;
	json_t *change;

	json_array_foreach (changes, i, change)
		print_change(out, change);
	output_clean(out->stream, field_text(data, "new"));
	fprintf(out->stream, ": %s\n",
		widened && narrowed ? "lets more pass, and less elsewhere"
		: widened	    ? "lets more pass"
		: narrowed	    ? "lets less pass"
				    : "lets the same pass");
}

static int compare(const struct policy *old, const struct policy *new, struct output *out)
{
	_cleanup_(diff_free) struct diff diff = { 0 };
	int code;

	if (policy_diff(old->model, new->model, &diff)) {
		output_error(out, "NoMemory", "no memory to compare the policies");
		return EXIT_BROKEN;
	}
	code = output_data(out, diff_json(&diff, old->sources, new->sources), print);
	return code	       ? code
	       : diff.widened  ? EXIT_WIDENED
	       : diff.narrowed ? EXIT_NARROWED
			       : EXIT_DONE;
}

int command_diff(const struct options *options, struct output *out)
{
	_cleanup_(policy_free) struct policy *old = NULL;
	_cleanup_(policy_free) struct policy *new = NULL;
	bool two = options->operand_count == 2;
	int code;

	if (options->operand_count > 2) {
		output_error(out, "Usage", "'%s' is one argument too many", options->operands[2]);
		return EXIT_USAGE;
	}
	code = load_either(options, two ? options->operands[0] : NULL, &old, out);
	if (!code)
		code = load_file(options->operands[two ? 1 : 0], &new, out);
	return code ? code : compare(old, new, out);
}
